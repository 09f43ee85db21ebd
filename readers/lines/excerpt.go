package lines

import (
	"io"

	"golang.org/x/text/encoding"

	"logskiff/record"
)

// Excerpt cuts text that is not followed, say a pipe or an unpacked file, into the
// records that a reader with the same settings makes of it.
type Excerpt struct {
	in      io.Reader
	stream  *record.Stream
	framer  Framer
	decoder *encoding.Decoder // nil: UTF-8
	buf     []byte            // read and not yet cut
	off     int64             // of buf[0] in the text
	part    uint16
	end     bool // there is no more to read
}

// excerptBytes is how much text makes a batch, if its lines are not longer.
const excerptBytes = 1 << 20

// NewExcerpt returns an Excerpt of in. Its records belong to stream.
func NewExcerpt(s Settings, in io.Reader, stream *record.Stream) (*Excerpt, error) {
	c, err := NewCutter(s)
	if err != nil {
		return nil, err
	}
	return &Excerpt{in: in, stream: stream, framer: c.Framer(), decoder: c.set.Decoder()}, nil
}

// Next appends a segment of at least one and at most lines records to b, which
// is empty. The error is io.EOF when no line is left, or says why in cannot be read.
func (e *Excerpt) Next(b *record.Batch, lines int) error {
	at, err := 0, error(nil)
	for {
		for n := -1; n < len(b.Records) && len(b.Records) < lines; { // each part of a long line ends a call
			n = len(b.Records)
			b.Records, at = e.framer.Cut(b.Records, e.buf, at, len(e.buf), e.off+int64(at), &e.part, lines-n)
		}
		if len(b.Records) >= lines || at > 0 && len(e.buf) >= excerptBytes {
			break
		}
		if e.end {
			if at < len(e.buf) {
				b.Records, at = e.framer.Rest(b.Records, e.buf, at, len(e.buf), e.off+int64(at), &e.part, lines-len(b.Records))
			}
			break
		}
		if err = e.read(); err != nil {
			return err
		}
	}
	if len(b.Records) == 0 {
		return io.EOF
	}
	e.framer.set.Unmark(&b.Records[0], e.buf)
	b.Segments = append(b.Segments, record.Segment{Stream: e.stream, Start: e.off, End: e.off + int64(at), N: len(b.Records)})
	e.take(b, at)
	return nil
}

// read appends more text to buf.
func (e *Excerpt) read() error {
	at := len(e.buf)
	e.buf = append(e.buf, make([]byte, 64<<10)...)
	n, err := e.in.Read(e.buf[at:])
	e.buf = e.buf[:at+n]
	if err == io.EOF {
		e.end, err = true, nil
	}
	return err
}

// take moves the first n bytes of buf, which the records of b are spans of, to b.
func (e *Excerpt) take(b *record.Batch, n int) {
	if e.decoder == nil {
		b.Buf = append(b.Buf, e.buf[:n]...)
	} else {
		b.Buf = e.framer.set.DecodeRecords(b.Buf, e.decoder, e.buf, b.Records)
	}
	e.buf = append(e.buf[:0], e.buf[n:]...)
	e.off += int64(n)
	e.framer.again()
}
