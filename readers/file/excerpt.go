package file

import (
	"io"

	"golang.org/x/text/encoding"

	"logskiff/record"
)

// Excerpt cuts text that is not followed, say a pipe or an unpacked file, into the
// records a Reader with the same settings makes of it.
type Excerpt struct {
	in      io.Reader
	stream  *record.Stream
	cut     cutter
	framer  framer
	decoder *encoding.Decoder // nil: UTF-8
	buf     []byte            // read and not yet cut
	off     int64             // of buf[0] in the text
	part    uint16
	end     bool // there is no more to read
}

// excerptBytes is how much text makes a batch, if its lines are not longer.
const excerptBytes = 1 << 20

// NewExcerpt returns an Excerpt of in. Its records belong to stream. Of c only what
// says how a file is cut is used: its encoding, max_line and multiline.
func NewExcerpt(c Config, in io.Reader, stream *record.Stream) (*Excerpt, error) {
	set, err := decoderFor(c.Encoding)
	if err != nil {
		return nil, err
	}
	e := &Excerpt{in: in, stream: stream, cut: cutter{max: int(c.MaxLine) &^ 1, set: set}}
	e.framer = newFramer(&e.cut, &c.Multiline, c.Multiline.rule())
	if set.decoder != nil {
		e.decoder = set.decoder()
	}
	return e, nil
}

// Next appends a segment of at least one and at most lines records to b, which
// is empty. The error is io.EOF when no line is left, or says why in cannot be read.
func (e *Excerpt) Next(b *record.Batch, lines int) error {
	at, err := 0, error(nil)
	for {
		for n := -1; n < len(b.Records) && len(b.Records) < lines; { // each part of a long line ends a call
			n = len(b.Records)
			b.Records, at = e.framer.cut(b.Records, e.buf, at, len(e.buf), e.off+int64(at), &e.part, lines-n)
		}
		if len(b.Records) >= lines || at > 0 && len(e.buf) >= excerptBytes {
			break
		}
		if e.end {
			if at < len(e.buf) {
				b.Records, at = e.framer.rest(b.Records, e.buf, at, len(e.buf), e.off+int64(at), &e.part, lines-len(b.Records))
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
	e.cut.set.unmark(&b.Records[0], e.buf)
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
		b.Buf = e.cut.set.decodeRecords(b.Buf, e.decoder, e.buf, b.Records)
	}
	e.buf = append(e.buf[:0], e.buf[n:]...)
	e.off += int64(n)
	e.framer.lines = 0 // the group under way is begun again
}
