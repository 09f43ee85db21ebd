package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"logskiff/record/wire"
)

// sink is a forwarder in the test's own process. It takes what comes into its
// ledger, unless its script says otherwise.
type sink struct {
	*ledger
	t      *testing.T
	addr   string
	script atomic.Pointer[script]

	requests atomic.Int64
	mu       sync.Mutex
	server   *http.Server
	served   chan struct{}
	handling sync.WaitGroup
}

// script decides what becomes of a request. It returns true to have the sink
// take it; else it has answered (or not) itself. It must end when ctx does.
type script func(ctx context.Context, w http.ResponseWriter, r *request) bool

// request is one batch on its way in.
type request struct {
	*http.Request
	body []byte // as it came
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{ledger: newLedger(), t: t, addr: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	t.Cleanup(s.down)
	s.up()
	return s
}

// behave installs a script; nil takes everything.
func (s *sink) behave(f script) { s.script.Store(&f) }

// up listens at the sink's address, always the same.
func (s *sink) up() {
	s.t.Helper()
	var l net.Listener
	eventually(s.t, 5*failAfter, "the sink can listen", func() bool {
		var err error
		l, err = net.Listen("tcp", s.addr)
		return err == nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server = &http.Server{Handler: s, BaseContext: func(net.Listener) context.Context { return ctx }}
	s.served = make(chan struct{})
	server, served := s.server, s.served
	go func() {
		defer close(served)
		defer cancel()
		server.Serve(l) //nolint:errcheck // it ends when it is closed
	}()
}

// down closes the port and every connection.
func (s *sink) down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return
	}
	s.server.Close()
	<-s.served
	s.handling.Wait()
	s.server = nil
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handling.Add(1)
	defer s.handling.Done()
	if r.Method == http.MethodHead {
		return // the agent asks whether anybody is there
	}
	s.requests.Add(1)
	in := &request{Request: r}
	if f := s.script.Load(); f != nil && *f != nil {
		if !(*f)(r.Context(), w, in) {
			return
		}
	}
	if err := in.read(); err != nil {
		abort() // the client went away, and will come again
	}
	if err := s.take(in); err != nil {
		s.t.Errorf("the agent sent what breaks the protocol: %v", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// read takes the whole body, once.
func (r *request) read() (err error) {
	if r.body == nil {
		r.body, err = io.ReadAll(r.Body)
	}
	return err
}

// text returns the body without its compression.
func (r *request) text() ([]byte, error) {
	if err := r.read(); err != nil {
		return nil, err
	}
	switch coding := r.Header.Get("Content-Encoding"); coding {
	case "":
		return r.body, nil
	case "zstd":
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer d.Close()
		return d.DecodeAll(r.body, nil)
	case "gzip":
		d, err := gzip.NewReader(bytes.NewReader(r.body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(d)
	default:
		return nil, fmt.Errorf("unknown Content-Encoding %q", coding)
	}
}

// message is one ndjson record, as far as these tests look at it.
type message struct {
	Offset  *int64 `json:"_offset"`
	Stream  string `json:"_stream"`
	Source  string `json:"_source"`
	Path    string `json:"_path"`
	Message string `json:"message"`
}

// take checks a batch against docs/protocol.md and notes its records.
func (s *sink) take(r *request) error {
	header, err := wire.Parse(r.Header.Get(wire.HeaderName))
	if err != nil {
		return err
	}
	text, err := r.text()
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 4<<20)
	for _, seg := range header.Segments {
		at := seg.Start
		for range seg.Records {
			if !lines.Scan() {
				return fmt.Errorf("the header promises more records than the body holds: %+v", seg)
			}
			var m message
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				return fmt.Errorf("%w in %.200q", err, lines.Bytes())
			}
			if m.Offset == nil || *m.Offset < at || *m.Offset >= seg.End {
				return fmt.Errorf("a record's offset is not where its segment is: %.200q in %+v", lines.Bytes(), seg)
			}
			at = *m.Offset + 1
			s.addText(identity{seg.Stream, *m.Offset}, m.Message)
		}
	}
	if lines.Scan() {
		return fmt.Errorf("the body holds more records than the header promises: %.200q", lines.Bytes())
	}
	return lines.Err()
}
