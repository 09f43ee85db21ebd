package agent

import (
	"slices"

	"logskiff/agent/deliver"
	"logskiff/record"
	"logskiff/senders"
)

// bodyMaker encodes and compresses whole batches, for one parse worker.
type bodyMaker struct {
	pool       *deliver.Pool
	encoder    senders.Encoder
	shortcut   senders.Shortcut // nil: there is none
	compressor senders.Compressor
	ends       bool    // the endpoints want to know where records end
	growth     float64 // bytes of the encoder's per byte of text, as seen lately
}

func newBodyMaker(s *Sender) *bodyMaker {
	m := &bodyMaker{pool: s.Pool, encoder: s.NewEncoder(), compressor: s.NewCompressor(), ends: s.Ends, growth: 1.25}
	if s.NewShortcut != nil {
		m.shortcut = s.NewShortcut()
	}
	return m
}

// make sets b.Body to all records of b, encoded and compressed. A batch that is
// not compressed has one buffer for both.
func (m *bodyMaker) make(b *record.Batch) {
	if len(b.Records) == 0 {
		return // all of them were dropped, and nothing will be sent
	}
	if m.compressor.ContentEncoding() == "" {
		b.Body = m.encode(b.Body, b)
		return
	}
	b.Plain = m.encode(b.Plain, b)
	b.Body = m.compressor.Append(b.Body[:0], b.Plain)
}

// encode returns the records of b in the cheapest form that they fit and the endpoints in use take. The buffer
// is given its size at once: growing it step by step would leave twice as much garbage.
func (m *bodyMaker) encode(buf []byte, b *record.Batch) []byte {
	if m.shortcut != nil && m.pool.Takes(m.shortcut.ContentType()) {
		var fits bool
		if buf, fits = m.shortcut.Append(sized(buf, len(b.Buf)+len(b.Segments)), b); fits {
			b.BodyType = m.shortcut.ContentType()
			return buf
		}
	}
	buf = sized(buf, int(float64(len(b.Buf))*m.growth*1.05)+4096)
	if m.ends {
		buf, b.Ends = m.encoder.(senders.Marking).AppendMarked(buf, b.Ends[:0], b, 0, len(b.Records))
	} else {
		buf = m.encoder.Append(buf, b, 0, len(b.Records))
	}
	m.learn(len(b.Buf), len(buf))
	return buf
}

// learn follows growth, up at once and down slowly.
func (m *bodyMaker) learn(text, body int) {
	if text < 4096 {
		return // a few short lines say little
	}
	m.growth = max(float64(body)/float64(text), m.growth*0.95)
}

// sized empties buf and gives it room for n bytes. What is too small is dropped
// rather than copied.
func sized(buf []byte, n int) []byte {
	if cap(buf) < n {
		buf = nil
	}
	return slices.Grow(buf[:0], n)
}
