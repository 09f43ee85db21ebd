package victorialogs

import (
	"logskiff/record"
	"logskiff/senders/encode"
)

// lines encodes records as documents, one a line. A record above a limit stands there with nothing.
type lines struct {
	document   *encode.Document
	most       int // bytes of a line, its newline included
	mostFields int
}

// ContentType returns "application/x-ndjson".
func (e *lines) ContentType() string { return "application/x-ndjson" }

// Append implements senders.Encoder.
func (e *lines) Append(dst []byte, b *record.Batch, first, last int) []byte {
	streams := b.Streams()
	for i := first; i < last; i++ {
		dst = e.appendOne(dst, b, i, streams.Of(i))
	}
	return dst
}

// AppendMarked implements senders.Marking.
func (e *lines) AppendMarked(dst []byte, ends []uint32, b *record.Batch, first, last int) ([]byte, []uint32) {
	from := len(dst)
	streams := b.Streams()
	for i := first; i < last; i++ {
		dst = e.appendOne(dst, b, i, streams.Of(i))
		ends = append(ends, uint32(len(dst)-from))
	}
	return dst, ends
}

func (e *lines) appendOne(dst []byte, b *record.Batch, i int, s *record.Stream) []byte {
	from := len(dst)
	dst = e.document.Append(dst, b, &b.Records[i], s)
	switch n := len(dst) - from; {
	case n+1 > e.most:
		return dst[:from]
	case n >= short:
		if fields, depth := measure(dst[from:]); fields > e.mostFields || depth > maxDepth {
			return dst[:from]
		}
	}
	return append(dst, '\n')
}
