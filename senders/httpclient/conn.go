package httpclient

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// transport speaks HTTP/1.1 only: a batch is one large body, which HTTP/2 would cut
// into 16 KiB frames under a flow-control window and put on a single connection
// with all the others; 1.1 gives each request in flight a connection of its own.
func (c *Config) transport(u *url.URL, trust *trust, env Env) *http.Transport {
	d := newDialer(u, trust, c.ConnectTimeout.Std())
	if env.Dial != nil {
		d.open = env.Dial
	}
	t := &http.Transport{
		Proxy:                  c.proxy(),
		DialContext:            d.plain,
		DialTLSContext:         d.secure,
		TLSClientConfig:        trust.behindProxy(u.Hostname()),
		TLSHandshakeTimeout:    c.ConnectTimeout.Std(),
		MaxIdleConnsPerHost:    256, // more than any sensible max_in_flight: a connection is never closed just to be opened again
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	return t
}

// once makes each request of t use a new connection.
func once(t *http.Transport) *http.Transport {
	t.DisableKeepAlives = true
	return t
}

// bulkConn is a connection that is good at one thing: sending a large body that
// lies in memory.
type bulkConn struct {
	net.Conn
	sent int // by the last Write; one goroutine writes
}

// ReadFrom is what net/http's transport calls for the part of a body that did
// not fit into its 4 KiB buffer beside the headers. A lent body goes to the
// kernel in one write, instead of in pieces of 32 KiB through a copy.
func (c *bulkConn) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		if body, ok := limited.R.(*bodyReader); ok {
			n, err := body.writeRest(c, limited.N)
			limited.N -= n
			return n, err
		}
	}
	return io.Copy(struct{ io.Writer }{c}, r)
}

// Write hides that the connection is closed. The peer often closed it after
// answering early, with 413 or 401 say, or because it was idle too long; the
// transport would report the failed write and neither read that answer nor use
// another connection. Reading has the last word: it finds the answer, or the end.
func (c *bulkConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent = n
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) {
		return len(p), nil
	}
	return n, err
}
