package file

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"logskiff/readers"
	"logskiff/readers/readertest"
	"logskiff/record"
)

func BenchmarkFill(b *testing.B) {
	const size = 64 << 20
	line := append(bytes.Repeat([]byte("x"), 219), '\n')
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.log"), bytes.Repeat(line, size/len(line)), 0o644); err != nil {
		b.Fatal(err)
	}
	cfg := Default()
	cfg.Paths, cfg.StartAt = []string{filepath.Join(dir, "a.log")}, "beginning"
	batch := new(record.Batch)
	l := record.Limits{Bytes: 1 << 20, Lines: 10000, Segments: 100}
	b.SetBytes(size / int64(len(line)) * int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := New(cfg, Env{Registry: readertest.NewRegistry(), Origin: &record.Origin{}})
		if err != nil {
			b.Fatal(err)
		}
		r.look()
		n := 0
		for {
			batch.Reset()
			r.Fill(batch, l)
			if len(batch.Records) == 0 {
				break
			}
			n += len(batch.Records)
		}
		if n != size/len(line) {
			b.Fatalf("%d lines", n)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSweepOf10000QuietFiles(b *testing.B) {
	dir := b.TempDir()
	for i := range 10000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("service-%05d.log", i)), []byte("one line here\n"), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	cfg := Default()
	cfg.Paths = []string{filepath.Join(dir, "*.log")}
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	now := time.Now()
	r, err := New(cfg, Env{Registry: discard{}, Origin: &record.Origin{}, Now: func() time.Time { return now }, Mono: func() int64 { return now.UnixNano() }})
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	r.look()
	first := time.Since(began)
	now = now.Add(time.Hour)
	r.look()
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		now = now.Add(time.Minute)
		r.look()
	}
	b.ReportMetric(float64(first.Milliseconds()), "ms/first-look")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/10000, "heapB/file")
}

// discard is a registry that keeps nothing, so that only the reader is measured.
type discard struct{}

func (discard) Looked(time.Time, bool) error                      { return nil }
func (discard) Register(readers.Checkpoint, bool) error           { return nil }
func (discard) Update(record.StreamID, readers.Known, bool) error { return nil }
func (discard) Lose(record.StreamID, int64, string)               {}
func (discard) Forget(...record.StreamID)                         {}
