package agent

import (
	"runtime"
	"sync"

	"logskiff/senders"
)

// A compressor holds more than a megabyte, and works only while a core does. So there are as
// many as cores in the whole process, however many pipelines and workers there are:
// each is lent for one body.

// compressors lends them.
type compressors struct {
	working chan struct{} // as many as cores

	mu   sync.Mutex
	idle []idleCompressor // at most one for each core, the one used last at the end
}

type idleCompressor struct {
	senders.Compressor
	of *senders.Sender
}

func newCompressors() *compressors {
	return &compressors{working: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// share makes the compressors of s ones that are lent.
func (c *compressors) share(s *senders.Sender) {
	own := s.NewCompressor
	first := own()
	if first.ContentEncoding() == "" {
		return // it copies, and holds nothing
	}
	c.give(idleCompressor{first, s})
	l := &lent{from: c, of: s, own: own, encoding: first.ContentEncoding()}
	s.NewCompressor = func() senders.Compressor { return l }
}

// take returns an idle compressor of s, or nil.
func (c *compressors) take(s *senders.Sender) senders.Compressor {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.idle) - 1; i >= 0; i-- {
		if x := c.idle[i]; x.of == s {
			c.idle = append(c.idle[:i], c.idle[i+1:]...)
			return x.Compressor
		}
	}
	return nil
}

// give takes one back. The one used longest ago is dropped when there are too many.
func (c *compressors) give(x idleCompressor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle) == cap(c.working) {
		copy(c.idle, c.idle[1:])
		c.idle = c.idle[:len(c.idle)-1]
	}
	c.idle = append(c.idle, x)
}

// lent is a compressor for any number of goroutines.
type lent struct {
	from     *compressors
	of       *senders.Sender
	own      func() senders.Compressor
	encoding string
}

func (l *lent) ContentEncoding() string { return l.encoding }

// Append waits for a core.
func (l *lent) Append(dst, src []byte) []byte {
	l.from.working <- struct{}{}
	defer func() { <-l.from.working }()
	c := l.from.take(l.of)
	if c == nil {
		c = l.own()
	}
	dst = c.Append(dst, src)
	l.from.give(idleCompressor{c, l.of})
	return dst
}
