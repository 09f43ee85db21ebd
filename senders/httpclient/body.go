package httpclient

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

var errTakenBack = errors.New("the request is over")

// lentBody lends a caller's bytes to net/http for the time of one Send. The
// transport may go on reading a body after RoundTrip has returned (an early
// answer, a cancelled request), but the bytes belong to a pooled batch: takeBack
// waits for the read that is going on and lets no other one begin.
type lentBody struct {
	mu   sync.RWMutex
	data []byte
	over bool
	left atomic.Int64 // bytes the transport has not taken yet
}

func lend(data []byte) *lentBody {
	l := &lentBody{data: data}
	l.left.Store(int64(len(data)))
	return l
}

// takeBack returns when nobody reads the bytes any more. A write to a socket
// that hangs does not delay it for long: the transport closes connections whose
// request was cancelled, or answered before its body was sent.
func (l *lentBody) takeBack() {
	l.mu.Lock()
	l.data, l.over = nil, true
	l.mu.Unlock()
}

// reader returns a reader of the whole body; each attempt gets its own.
func (l *lentBody) reader() *bodyReader { return &bodyReader{lent: l} }

// bodyReader reads a lent body once. One goroutine at a time uses it.
type bodyReader struct {
	lent *lentBody
	off  int
}

func (r *bodyReader) Read(p []byte) (int, error) {
	r.lent.mu.RLock()
	defer r.lent.mu.RUnlock()
	if r.lent.over {
		return 0, errTakenBack
	}
	if r.off >= len(r.lent.data) {
		return 0, io.EOF
	}
	n := copy(p, r.lent.data[r.off:])
	r.took(n)
	return n, nil
}

// writeRest writes up to limit unread bytes with one Write, uncopied.
func (r *bodyReader) writeRest(w io.Writer, limit int64) (int64, error) {
	r.lent.mu.RLock()
	defer r.lent.mu.RUnlock()
	if r.lent.over {
		return 0, errTakenBack
	}
	rest := r.lent.data[min(r.off, len(r.lent.data)):]
	n, err := w.Write(rest[:min(int64(len(rest)), limit)])
	sent := n
	if c, ok := w.(*bulkConn); ok {
		sent = c.sent
	}
	r.took(sent)
	r.off += n - sent
	return int64(n), err
}

func (r *bodyReader) took(n int) {
	r.off += n
	r.lent.left.Store(int64(len(r.lent.data) - r.off))
}

// Close does nothing: takeBack ends the loan.
func (r *bodyReader) Close() error { return nil }
