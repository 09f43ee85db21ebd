package file

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/record"
	"logskiff/senders"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("FILESEND_KILL_DIR"); dir != "" {
		writeUntilKilled(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// seg is one segment to send: size bytes for each record.
type seg struct {
	stream byte
	start  int64
	n      int
	size   int64
}

func (s seg) end() int64 { return s.start + int64(s.n)*s.size }

// payload makes what the encoder would make of the segments.
func payload(segs ...seg) *senders.Payload {
	b := &record.Batch{}
	var body []byte
	for _, s := range segs {
		st := &record.Stream{ID: id(s.stream), Origin: &record.Origin{}}
		b.Segments = append(b.Segments, record.Segment{Stream: st, Start: s.start, End: s.end(), First: len(b.Records), N: s.n})
		for i := range s.n {
			off := s.start + int64(i)*s.size
			b.Records = append(b.Records, record.Record{Offset: off, Size: uint32(s.size)})
			body = append(body, lineOf(s.stream, off, s.size)...)
		}
	}
	return &senders.Payload{Body: body, Batch: b, Last: len(b.Records)}
}

func line(stream byte, off int64) string { return lineOf(stream, off, 10) }

func lineOf(stream byte, off, size int64) string {
	return fmt.Sprintf(`{"_offset":%d,"_size":%d,"_stream":"%s","message":"%s"}`+"\n", off, size, id(stream), strings.Repeat("x", int(off%50)))
}

func testConfig(dir string) Config {
	cfg := Default()
	cfg.Path = dir
	return cfg
}

func testEnv(t testing.TB, log *bytes.Buffer) Env {
	w := log
	if w == nil {
		w = new(bytes.Buffer)
	}
	return Env{Log: slog.New(slog.NewTextHandler(w, nil)), Counters: new(Counters),
		Now: func() time.Time { return time.Date(2026, 11, 21, 2, 20, 47, 0, time.UTC) }}
}

// open builds an endpoint and opens its folder.
func open(cfg Config, env Env) (*endpoint, error) { return openWith(cfg, env, nil) }

// openWith does it on a disk of the test's; nil: the real one.
func openWith(cfg Config, env Env, openFile func(string, int, os.FileMode) (file, error)) (*endpoint, error) {
	e, err := build(cfg, env)
	if err != nil {
		return nil, err
	}
	if openFile != nil {
		e.store.openFile = openFile
	}
	return e, e.open()
}

func mustOpen(t testing.TB, dir string) *endpoint {
	t.Helper()
	e, err := open(testConfig(dir), testEnv(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func mustSend(t testing.TB, e *endpoint, segs ...seg) {
	t.Helper()
	if r := e.Send(t.Context(), payload(segs...)); r.Class != senders.Delivered {
		t.Fatalf("%v: %s", segs, r.Reason)
	}
}

// crash lets go of the folder without finishing anything, as a killed process does.
func crash(e *endpoint) {
	e.closed = true
	e.store.close()
}

// offsets reads all data files: how often each record of each stream is there.
// Every line must be whole.
func offsets(t testing.TB, dir string) map[string]int {
	t.Helper()
	got := map[string]int{}
	files, err := listData(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.name))
		if err != nil {
			t.Fatal(err)
		}
		for l := range bytes.Lines(text) {
			var r struct {
				Offset  int64  `json:"_offset"`
				Stream  string `json:"_stream"`
				Message string
			}
			if err := json.Unmarshal(l, &r); err != nil || l[len(l)-1] != '\n' {
				t.Fatalf("%s holds %q: %v", f.name, l, err)
			}
			if len(r.Message) != int(r.Offset%50) {
				t.Fatalf("%s: record altered: %s", f.name, l)
			}
			got[fmt.Sprintf("%s@%d", r.Stream[:2], r.Offset)]++
		}
	}
	return got
}

// wantOnce checks that exactly the records of segs are in the files, each once.
func wantOnce(t testing.TB, dir string, segs ...seg) {
	t.Helper()
	want := map[string]int{}
	for _, s := range segs {
		for i := range s.n {
			want[fmt.Sprintf("%s@%d", id(s.stream).String()[:2], s.start+int64(i)*s.size)] = 1
		}
	}
	if got := offsets(t, dir); !maps.Equal(got, want) {
		t.Fatalf("got  %v\nwant %v", show(got), show(want))
	}
}

// wantKept checks that all records of segs are in the files, and none is there twice.
func wantKept(t testing.TB, dir string, segs ...seg) {
	t.Helper()
	got := offsets(t, dir)
	for _, s := range segs {
		for i := range s.n {
			if k := fmt.Sprintf("%s@%d", id(s.stream).String()[:2], s.start+int64(i)*s.size); got[k] == 0 {
				t.Fatalf("%s is gone: %v", k, show(got))
			}
		}
	}
	for k, n := range got {
		if n > 1 {
			t.Fatalf("%s is there %d times", k, n)
		}
	}
}

func show(m map[string]int) (s []string) {
	for k, n := range m {
		s = append(s, fmt.Sprintf("%sx%d", k, n))
	}
	slices.Sort(s)
	return s
}
