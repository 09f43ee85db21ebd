package httpread

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is what RFC 9659 lets an HTTP client use for zstd. With one decoder for
// each core it bounds their memory.
const maxWindow = 8 << 20

// smallest is the first buffer for a body of unknown size.
const smallest = 16 << 10

// decoder decompresses one body at a time, on one core.
type decoder struct {
	zstd *zstd.Decoder
	gzip *gzip.Reader
}

// open returns a reader of the decompressed body.
func (d *decoder) open(encoding string, wire []byte) (io.Reader, error) {
	src := bytes.NewReader(wire)
	if encoding == "gzip" {
		if d.gzip == nil {
			d.gzip = new(gzip.Reader)
		}
		return d.gzip, d.gzip.Reset(src)
	}
	if d.zstd == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecodeBuffersBelow(0))
		if err != nil {
			return nil, err
		}
		d.zstd = z
	}
	return d.zstd, d.zstd.Reset(src)
}

// readBody reads the whole body, decompressed, into m. The compressed bytes are
// read first and decoded then, so that a slow client occupies no decoder.
func (r *Reader) readBody(w http.ResponseWriter, req *http.Request, encoding string, m *message) error {
	limit := int64(r.cfg.MaxBody)
	if encoding == "" {
		limit = min(limit, int64(r.cfg.MaxDecoded))
	}
	if req.ContentLength > limit {
		return tooLarge("the body has %d bytes, more than %d", req.ContentLength, limit)
	}
	if err := r.deadline(w, time.Now().Add(r.cfg.BodyTimeout.Std())); err != nil {
		return err
	}
	hint := req.ContentLength
	if hint < 0 {
		hint = smallest
	}
	wire, err := readAll(req.Body, hint, limit, &m.lease)
	if err != nil {
		return err
	}
	// The server goes on reading to notice that the client has gone; that must
	// not end with the body's deadline.
	if err := r.deadline(w, time.Time{}); err != nil {
		return err
	}
	if encoding == "" {
		m.body = wire
		return nil
	}
	defer m.lease.give(int64(cap(wire)))
	return r.decode(encoding, wire, m)
}

func (r *Reader) deadline(w http.ResponseWriter, at time.Time) error {
	if err := http.NewResponseController(w).SetReadDeadline(at); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return refuse(http.StatusRequestTimeout, "cannot read the body: %v", err)
	}
	return nil
}

func (r *Reader) decode(encoding string, wire []byte, m *message) error {
	d := <-r.decoders
	defer func() { r.decoders <- d }()
	src, err := d.open(encoding, wire)
	if err != nil && len(wire) > 0 {
		return garbage("cannot decompress the body as %s: %v", encoding, err)
	}
	if len(wire) == 0 {
		return nil
	}
	body, err := readAll(garbled{src, encoding}, decodedHint(encoding, wire), int64(r.cfg.MaxDecoded), &m.lease)
	if err != nil {
		return err
	}
	m.body = body
	return nil
}

// decodedHint guesses the decompressed size: zstd bodies made in one go carry it.
func decodedHint(encoding string, wire []byte) int64 {
	var h zstd.Header
	if encoding == "zstd" && h.Decode(wire) == nil && h.HasFCS && h.FrameContentSize < 1<<30 {
		return int64(h.FrameContentSize)
	}
	return 4 * int64(len(wire))
}

// garbled turns the errors of a decompressor into refusals.
type garbled struct {
	io.Reader
	encoding string
}

func (g garbled) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = garbage("cannot decompress the body as %s: %v", g.encoding, err)
	}
	return n, err
}

// readAll reads src to its end into memory that is taken from the lease. It fails
// with a refusal.
func readAll(src io.Reader, hint, limit int64, l *lease) ([]byte, error) {
	var buf []byte
	grow := func(size int64) error {
		if err := l.take(size - int64(cap(buf))); err != nil {
			return err
		}
		buf = append(make([]byte, 0, size), buf...)
		return nil
	}
	// One byte more than expected, to see the end without growing.
	if err := grow(min(max(hint, 0), limit) + 1); err != nil {
		return nil, err
	}
	for {
		n, err := src.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return nil, tooLarge("the body has more than %d bytes", limit)
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			if r := (*refusal)(nil); errors.As(err, &r) {
				return nil, err
			}
			return nil, refuse(http.StatusRequestTimeout, "cannot read the body: %v", err)
		}
		if len(buf) == cap(buf) {
			if err := grow(min(max(2*int64(cap(buf)), smallest), limit+1)); err != nil {
				return nil, err
			}
		}
	}
}

// lease is what one message holds of the budget.
type lease struct {
	*budget
	held int64
}

func (l *lease) take(n int64) error {
	if err := l.budget.take(n); err != nil {
		return err
	}
	l.held += n
	return nil
}

func (l *lease) give(n int64) {
	l.held -= n
	l.budget.give(n)
}

// end gives back all that is held.
func (l *lease) end() { l.give(l.held) }
