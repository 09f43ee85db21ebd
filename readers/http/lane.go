package http

import (
	"bytes"
	"io"
	"net"
	"sync"
	"time"

	"logskiff/record/wire"
)

const (
	maxLane  = 64
	laneTime = time.Second
)

// fullHouse is what a client reads for which there is no room.
const fullHouse = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n" +
	wire.AcceptHeader + ": " + wire.AcceptLines + "\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 39\r\n\r\nthe forwarder is full now, come again.\n"

// lane is where connections are told that there is no room for them.
type lane struct {
	mu   sync.Mutex
	n    int
	busy sync.WaitGroup
}

// turnAway answers c and closes it, soon. With TLS nothing can be said without a handshake, which
// costs more than a connection: it is closed, and so are those that come too fast.
func (l *lane) turnAway(c net.Conn, tls bool) {
	l.mu.Lock()
	full := l.n >= maxLane
	if !full && !tls {
		l.n++
		l.busy.Add(1)
	}
	l.mu.Unlock()
	if full || tls {
		c.Close()
		return
	}
	go func() {
		defer l.busy.Done()
		sayFull(c)
		l.mu.Lock()
		l.n--
		l.mu.Unlock()
	}()
}

// sayFull answers once the request's header has come, since a client does not read before, and
// takes in what else comes: an answer to bytes that nobody read is lost with the connection.
func sayFull(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(laneTime)) // without one, the write below fails
	var head [4096]byte
	for n := 0; n < len(head); {
		k, err := c.Read(head[n:])
		if err != nil {
			return
		}
		if n += k; bytes.Contains(head[:n], []byte("\r\n\r\n")) {
			break
		}
	}
	if _, err := io.WriteString(c, fullHouse); err != nil {
		return
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, c, 1<<20) // until it closes, or its time is over
	}
}
