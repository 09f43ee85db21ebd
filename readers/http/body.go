package http

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"logskiff/readers/inbox"
)

// maxWindow is what RFC 9659 lets an HTTP client use for zstd. With one decoder for
// each core it bounds their memory.
const maxWindow = 8 << 20

const (
	// smallest is the first buffer for a body of unknown size.
	smallest = 16 << 10
	// first is the largest first buffer: memory is for what has come, not for what is announced.
	first = 128 << 10
	// growth is how many times what has come may be reserved for what is to come: 2 would copy
	// a body of 1 MiB three times.
	growth = 8
)

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
// read first and decoded then, so that a slow client occupies no decoder. It sets ended when it has them all.
func (r *Reader) readBody(w http.ResponseWriter, req *http.Request, encoding string, m *message, ended *bool) error {
	limit := int64(r.cfg.MaxBody)
	if encoding == "" {
		limit = min(limit, int64(r.cfg.MaxDecoded))
	}
	if req.ContentLength > limit {
		return tooLarge("the body has %d bytes, more than %d", req.ContentLength, limit)
	}
	control := http.NewResponseController(w)
	now := time.Now()
	a := r.arrivals.Add(inbox.Pace{
		Rate: int64(r.cfg.MinRate), Begun: now, End: now.Add(r.cfg.BodyTimeout.Std()), Source: req.Body,
		Deadline: func(at time.Time) error { return setDeadline(control, at) },
	})
	hint := req.ContentLength
	if hint < 0 {
		hint = smallest
	}
	wire, err := readAll(a, min(hint, first), req.ContentLength, limit, &m.Lease)
	r.arrivals.Remove(a)
	if err != nil {
		return err
	}
	*ended = true
	// The server goes on reading to notice that the client has gone; that must
	// not end with the body's deadline.
	if err := setDeadline(control, time.Time{}); err != nil {
		return err
	}
	if encoding == "" {
		m.Body = wire
		return nil
	}
	defer m.Lease.Give(int64(cap(wire)))
	return r.decode(encoding, wire, m)
}

func setDeadline(c interface{ SetReadDeadline(time.Time) error }, at time.Time) error {
	if err := c.SetReadDeadline(at); err != nil && !errors.Is(err, http.ErrNotSupported) {
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
	hint := decodedHint(encoding, wire)
	begin := min(hint, first+16*int64(len(wire))) // a bomb must explode to be paid for
	body, err := readAll(garbled{src, encoding}, begin, hint, int64(r.cfg.MaxDecoded), &m.Lease)
	if err != nil {
		return err
	}
	m.Body = body
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

// readAll reads src to its end into memory that is taken from the lease as it is
// filled, beginning with some; it is expected to hold so many bytes. It fails with a refusal.
func readAll(src io.Reader, begin, expected, limit int64, l *inbox.Lease) ([]byte, error) {
	var buf []byte
	grow := func(size int64) error {
		if err := refusalOf(l.Take(size - int64(cap(buf)))); err != nil {
			return err
		}
		buf = append(make([]byte, 0, size), buf...)
		return nil
	}
	// One byte more than expected, to see the end without growing.
	if err := grow(min(max(begin, 0), limit) + 1); err != nil {
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
			if errors.Is(err, inbox.ErrSlow) {
				return nil, refuse(http.StatusRequestTimeout, "the body: %v", err)
			}
			return nil, refuse(http.StatusRequestTimeout, "cannot read the body: %v", err)
		}
		if len(buf) == cap(buf) {
			size := 2 * int64(cap(buf))
			if expected >= int64(cap(buf)) {
				size = min(growth*int64(cap(buf)), expected+1)
			}
			size = min(max(size, smallest), limit+1)
			if err := grow(size); err != nil {
				return nil, err
			}
		}
	}
}
