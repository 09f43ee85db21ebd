package httpclient

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

const (
	maxSaid   = 2 << 10  // bytes of an answer that are looked at for a person
	maxDrain  = 64 << 10 // bytes of an answer read so that its connection can be used again
	drainTime = time.Second
	slack     = 64 << 10 // bytes that compression may add to what it cannot compress
)

// Answer is what came of a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // as much of it as Request.Want says, unpacked
	Cut    bool   // it is longer than Want
}

// glance takes from an answer that is known by its status what a person wants to read: its
// body must not keep us for long, and cancel ends it.
func (a *Answer) glance(reply *http.Response, cancel func()) {
	good := a.Status/100 == 2
	if reply.Body == http.NoBody && good {
		return
	}
	defer time.AfterFunc(drainTime, cancel).Stop()
	if !good {
		_ = a.read(reply.Body, maxSaid) // what came is shown
	}
	_, _ = io.CopyN(io.Discard, reply.Body, maxDrain) // if it fails, the connection is closed
}

// read takes up to want bytes, unpacked. A few more are read to see the end, so that the
// connection can be used again.
func (a *Answer) read(body io.Reader, want int) error {
	plain, err := a.unpack(body, want)
	if err != nil {
		return err
	}
	a.Body, err = io.ReadAll(io.LimitReader(plain, int64(want)+1))
	if len(a.Body) > want {
		a.Body, a.Cut = a.Body[:want], true
		_, _ = io.CopyN(io.Discard, body, maxDrain)
	}
	return err
}

// unpack returns what an answer says, whatever the way it was packed for. However much is
// promised to come of it, no more is read than want bytes can be packed in.
func (a *Answer) unpack(body io.Reader, want int) (io.Reader, error) {
	switch how := strings.ToLower(strings.Join(a.Header.Values("Content-Encoding"), ", ")); how {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		packed := &bounded{body, int64(want) + slack}
		z, err := gzip.NewReader(packed)
		if errors.Is(err, io.EOF) {
			return strings.NewReader(""), nil // an answer without a body, to HEAD for instance
		}
		return z, err
	default:
		return nil, fmt.Errorf("it is packed in a way that was not asked for (%s)", how)
	}
}

// bounded is an io.LimitedReader whose limit is an error.
type bounded struct {
	io.Reader
	left int64
}

var errEndless = errors.New("what it is packed in has no end")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errEndless
	}
	n, err := b.Reader.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
