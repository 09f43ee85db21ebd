package agent

import (
	"slices"

	"logskiff/record"
	"logskiff/senders"
)

// bodyMaker encodes and compresses whole batches, for one parse worker.
type bodyMaker struct {
	encoder    senders.Encoder
	compressor senders.Compressor
	growth     float64 // encoded bytes per byte of text, as seen lately
}

func newBodyMaker(s *senders.Sender) *bodyMaker {
	return &bodyMaker{encoder: s.NewEncoder(), compressor: s.NewCompressor(), growth: 1.25}
}

// make sets b.Body to all records of b, encoded and compressed. A batch that is
// not compressed has one buffer for both, and buffers are given their size
// at once: growing them step by step would leave twice as much garbage.
func (m *bodyMaker) make(b *record.Batch) {
	if len(b.Records) == 0 {
		return // all of them were dropped, and nothing will be sent
	}
	size := int(float64(len(b.Buf))*m.growth*1.05) + 4096
	if m.compressor.ContentEncoding() == "" {
		b.Body = m.encoder.Append(sized(b.Body, size), b, 0, len(b.Records))
		m.learn(len(b.Buf), len(b.Body))
		return
	}
	b.Plain = m.encoder.Append(sized(b.Plain, size), b, 0, len(b.Records))
	m.learn(len(b.Buf), len(b.Plain))
	b.Body = m.compressor.Append(b.Body[:0], b.Plain)
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
