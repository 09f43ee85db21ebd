package sink

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// readSize is how much is read from a connection at once: as much as stays in
// the processor's cache until it is checked.
const readSize = 256 << 10

// linesType is the Content-Type of bare lines (docs/protocol.md).
const linesType = "application/x-logskiff-lines"

// conn is one HTTP/1.1 connection. net/http parses the request's head; a plain
// body is checked in place, in the buffer it was read into.
type conn struct {
	led   *Ledger
	net   net.Conn
	in    *bufio.Reader
	feed  *feed // of the body that is coming in
	own   *feed // for the ledger's kind
	lines *feed // for bare lines; nil: none are taken
	zstd  *zstd.Decoder
	gzip  *gzip.Reader
	body  []byte // of a compressed or chunked request
	text  []byte // body, decompressed
}

// serveHTTP answers requests until the connection ends.
func (l *Ledger) serveHTTP(c net.Conn) error {
	s := &conn{led: l, net: c, in: bufio.NewReaderSize(c, readSize), own: l.newFeed(), lines: l.newLinesFeed()}
	defer func() {
		if s.zstd != nil {
			s.zstd.Close()
		}
	}()
	for {
		req, err := http.ReadRequest(s.in)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot read request: %w", err)
		}
		if err := s.serve(req); err != nil {
			return err
		}
		if req.Close {
			return nil
		}
	}
}

func (s *conn) serve(req *http.Request) error {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return s.answer(elasticInfo, req.Method == http.MethodHead)
	}
	if strings.EqualFold(req.Header.Get("Expect"), "100-continue") {
		if _, err := io.WriteString(s.net, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return err
		}
	}
	s.led.begin()
	s.feed = s.own
	if s.lines != nil && req.Header.Get("Content-Type") == linesType {
		s.feed = s.lines
	}
	s.feed.reset()
	wire, err := s.read(req)
	if err != nil {
		return fmt.Errorf("cannot read body: %w", err)
	}
	lines := s.feed.lines
	ok := headerAgrees(req.Header.Get("Logskiff-Batch"), lines)
	s.led.commit(s.feed, wire, ok)
	if strings.HasSuffix(req.URL.Path, "_bulk") {
		return s.answer(bulkAnswer(lines, req.URL.Query().Has("filter_path")), false)
	}
	if strings.HasPrefix(req.Header.Get("Content-Type"), "application/json") {
		return s.answer("{}", false) // OTLP/HTTP wants a JSON object
	}
	return s.answer("", false)
}

// read takes the body to its end and returns its size on the wire.
func (s *conn) read(req *http.Request) (wire int64, err error) {
	encoding := req.Header.Get("Content-Encoding")
	if encoding == "" && req.ContentLength >= 0 {
		return req.ContentLength, s.stream(req.ContentLength)
	}
	if s.body, err = appendAll(s.body[:0], req.Body); err != nil {
		return 0, err
	}
	text := s.body
	switch encoding {
	case "":
	case "zstd":
		if s.zstd == nil { // no checksums: every byte is checked anyway
			if s.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.IgnoreChecksum(true)); err != nil {
				return 0, err
			}
		}
		s.text, err = s.zstd.DecodeAll(s.body, s.text[:0])
		text = s.text
	case "gzip":
		if text, err = s.gunzip(); err == nil {
			s.text = text
		}
	default:
		err = fmt.Errorf("unknown content encoding %q", encoding)
	}
	if err != nil {
		return 0, err
	}
	s.feed.take(text, true)
	return int64(len(s.body)), nil
}

func (s *conn) gunzip() ([]byte, error) {
	in := strings.NewReader(string(s.body)) // an io.ByteReader, so that gzip adds no buffer of its own
	if s.gzip == nil {
		s.gzip = new(gzip.Reader)
	}
	if err := s.gzip.Reset(in); err != nil {
		return nil, err
	}
	return appendAll(s.text[:0], s.gzip)
}

// stream checks the next n bytes of the connection as they come.
func (s *conn) stream(n int64) error {
	want := 1
	for n > 0 {
		if _, err := s.in.Peek(want); err != nil {
			return err
		}
		b, err := s.in.Peek(int(min(n, int64(s.in.Buffered()))))
		if err != nil {
			return err
		}
		taken := s.feed.take(b, int64(len(b)) == n)
		if taken == 0 && len(b) == readSize {
			return errors.New("BUG: a record fills the whole buffer")
		}
		if _, err := s.in.Discard(taken); err != nil {
			return err
		}
		n -= int64(taken)
		want = len(b) - taken + 1
	}
	return nil
}

func (s *conn) answer(body string, head bool) error {
	kind := ""
	if body != "" {
		kind = "Content-Type: application/json\r\nX-Elastic-Product: Elasticsearch\r\n"
	}
	if s.lines != nil {
		kind += "Logskiff-Accept: lines\r\n"
	}
	text := fmt.Sprintf("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n", kind, len(body))
	if !head {
		text += body
	}
	_, err := io.WriteString(s.net, text)
	return err
}

// headerAgrees reports whether a batch's header names as many records as its
// body held. A sender of another make sends none.
func headerAgrees(value string, lines int) bool {
	if value == "" {
		return true
	}
	var h struct {
		Segments []struct {
			Start, End int64
			Records    int
		}
	}
	if json.Unmarshal([]byte(value), &h) != nil {
		return false
	}
	for _, s := range h.Segments {
		if s.End <= s.Start {
			return false
		}
		lines -= s.Records
	}
	return lines == 0
}

// appendAll appends all of r to dst.
func appendAll(dst []byte, r io.Reader) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, make([]byte, max(len(dst), 64<<10))...)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
