package http

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"logskiff/readers"
	"logskiff/record"
	"logskiff/record/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	idA = "00112233445566778899aabbccddeeff"
	idB = "ffeeddccbbaa99887766554433221100"
)

// got is one record as the pipeline saw it.
type got struct {
	Stream, Host, Source, Path, Text string
	Offset                           int64
	Size                             int
}

// rig is a running reader and the pipeline behind it.
type rig struct {
	t      *testing.T
	r      *Reader
	url    string
	client *http.Client
	limits record.Limits

	mu   sync.Mutex
	seen []got
	log  bytes.Buffer
}

// start runs a reader. With deliver, what it reads is delivered at once; without,
// a test calls fill itself.
func start(t *testing.T, deliver bool, change func(*Config)) *rig {
	t.Helper()
	cfg := Default()
	cfg.Listen = "127.0.0.1:0"
	if change != nil {
		change(&cfg)
	}
	g := &rig{t: t, limits: record.Limits{Bytes: 1 << 20}, client: &http.Client{Transport: &http.Transport{}}}
	origin := &record.Origin{Host: "forwarder", Source: "in", Tags: []record.Tag{{Key: "env", Value: "ours"}, {Key: "zone", Value: "z"}}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.r, err = New(cfg, Env{Log: slog.New(slog.NewTextHandler(&lockedWriter{w: &g.log}, nil)), Origin: origin, Listen: on(l)})
	if err != nil {
		t.Fatal(err)
	}
	g.url = "http://" + l.Addr().String() + "/v1/batch"
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := g.r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	if deliver {
		wg.Go(func() { g.pump(ctx) })
	}
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		g.client.CloseIdleConnections()
		if err := g.r.Close(); err != nil {
			t.Error(err)
		}
		g.balance()
	})
	return g
}

// balance checks that each request was counted once for what came of it.
func (g *rig) balance() {
	g.t.Helper()
	var c readers.Received
	until(g.t, "each request is counted once", func() bool {
		c = g.r.Received()
		refused := int64(0)
		for _, n := range c.Refusals {
			refused += n
		}
		return c.Requests == c.Accepted+refused && refused == c.Refused+c.Busy
	})
	if c.Refusals["foreign"] != c.Foreign || c.Refusals["no_word"] != c.Wordless || len(c.Refusals) != int(reasons) {
		g.t.Errorf("counted otherwise by reason: %+v", c)
	}
}

// on hands out one listener, whatever is asked for.
func on(l net.Listener) readers.Listen {
	return func(context.Context, string, string) (net.Listener, error) { return l, nil }
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// next returns a batch once it has n records. Ready may have a token left over from a Fill
// that took more than one message.
func (g *rig) next(n int) *record.Batch {
	b := &record.Batch{}
	for len(b.Records) < n {
		<-g.r.Ready()
		g.r.Fill(b, record.Limits{Bytes: 1 << 20, Segments: 100})
	}
	return b
}

// pump is a pipeline that delivers everything.
func (g *rig) pump(ctx context.Context) {
	for {
		b := &record.Batch{}
		more := g.r.Fill(b, g.limits)
		if len(b.Records) > 0 {
			g.note(b)
			g.r.Done(b, true)
		}
		if more {
			continue
		}
		select {
		case <-g.r.Ready():
		case <-ctx.Done():
			return
		}
	}
}

// note keeps what is in b, and checks that it is laid out as the contract says.
func (g *rig) note(b *record.Batch) {
	g.mu.Lock()
	defer g.mu.Unlock()
	next := 0
	for _, s := range b.Segments {
		if s.First != next || s.N == 0 || s.End <= s.Start {
			g.t.Errorf("bad segment %+v", s)
		}
		next += s.N
		for _, r := range b.Records[s.First : s.First+s.N] {
			if r.Offset < s.Start || r.Offset+int64(r.Size) > s.End {
				g.t.Errorf("record %+v is outside of %+v", r, s)
			}
			g.seen = append(g.seen, got{s.Stream.ID.String(), s.Stream.Origin.Host, s.Stream.Origin.Source,
				s.Stream.Path, string(b.Bytes(r.Text)), r.Offset, int(r.Size)})
		}
	}
	if next != len(b.Records) {
		g.t.Errorf("%d records in segments, %d in the batch", next, len(b.Records))
	}
}

func (g *rig) texts() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var s []string
	for _, r := range g.seen {
		s = append(s, r.Text)
	}
	return strings.Join(s, "|")
}

// post sends a body and returns the status and the answer.
func (g *rig) post(body string, header ...string) (int, string) {
	g.t.Helper()
	resp, text, err := g.try(body, header...)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp.StatusCode, text
}

func (g *rig) try(body string, header ...string) (*http.Response, string, error) {
	req, err := http.NewRequest("POST", g.url, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := g.client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func batchHeader(segments ...wire.Segment) string {
	text, err := json.Marshal(wire.Header{Version: 1, Host: "web-1", Source: "nginx", Tags: map[string]string{"env": "prod"}, Segments: segments})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func zstdOf(s string) string {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	return string(e.EncodeAll([]byte(s), nil))
}

func gzipOf(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}
