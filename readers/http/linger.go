package http

import (
	"io"
	"net/http"
	"time"
)

// Many clients send their whole body before they read an answer. One that comes earlier never reaches them when the
// connection is closed while they send: what is unread resets it (RFC 9112, 9.6), and they see a broken pipe where 413, 401 or
// 503 was said. So what is left of a body is read and dropped behind such an answer, within limits.
const (
	lingerBytes = 64 << 20
	lingerIdle  = 5 * time.Second  // without a byte
	lingerTime  = 30 * time.Second // in all

	// served is how much of a body net/http reads by itself before it answers, and keeps the connection.
	served = 256 << 10
)

// early reports whether more of the request's body may be on its way than net/http reads. A client that waits to be told to
// go on (Expect) sends none.
func early(req *http.Request, ended bool) bool {
	n := req.ContentLength
	return !ended && (n < 0 || n > served) && req.Header.Get("Expect") == ""
}

// answerEarly has answer written before the body was read to its end, and reads on. The connection is closed then.
func answerEarly(w http.ResponseWriter, req *http.Request, answer func()) {
	c := http.NewResponseController(w)
	if c.EnableFullDuplex() != nil { // not over HTTP/1.1
		answer()
		return
	}
	w.Header().Set("Connection", "close")
	answer()
	if c.Flush() != nil {
		return // the client has gone
	}
	buf := make([]byte, smallest)
	end := time.Now().Add(lingerTime)
	for n := int64(0); n < lingerBytes; {
		at := time.Now().Add(lingerIdle)
		if at.After(end) {
			at = end
		}
		if c.SetReadDeadline(at) != nil {
			return
		}
		got, err := io.ReadFull(req.Body, buf)
		n += int64(got)
		if err != nil {
			return // it is over, or nothing comes any more
		}
	}
}
