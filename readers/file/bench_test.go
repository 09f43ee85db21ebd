package file

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

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

// Files that a mass rotation moved away come back one after another: what one costs does not depend on their number.
func BenchmarkFilesComeBack(b *testing.B) {
	for _, files := range []int{1000, 4000, 16000} {
		b.Run(fmt.Sprint(files), func(b *testing.B) {
			g := newRig(b)
			for n := range files {
				g.do(os.WriteFile(g.path(fmt.Sprintf("%d.log", n)), fmt.Appendf(nil, "one of %d\n", n), 0o644))
			}
			g.touched()
			g.start()
			g.wait()
			p := &pass{now: g.r.clock.mono(), was: map[place]*file{}}
			at := map[*file]found{}
			for _, f := range g.r.files {
				i, born, err := g.r.disk.StatBorn(f.name())
				g.do(err)
				at[f] = found{place: place{f.folder, f.base}, Info: i, born: born}
			}
			processor := func() time.Duration {
				var u unix.Rusage
				g.do(unix.Getrusage(unix.RUSAGE_SELF, &u))
				return time.Duration(u.Utime.Nano() + u.Stime.Nano())
			}
			var took time.Duration
			for b.Loop() {
				for f := range at {
					g.r.end(p, f, "")
				}
				began := processor()
				for f, x := range at {
					g.r.bring(p, f, x)
				}
				took += processor() - began
				g.r.reckon(p)
				g.r.later = nil
			}
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N*files), "cpu-ns/file")
		})
	}
}

// Files that a first look meets: what one costs does not depend on their number, whatever they are called.
func BenchmarkFilesAreMet(b *testing.B) {
	for _, called := range []string{"%d.log", "%d.log.1"} {
		for _, files := range []int{1000, 4000, 16000} {
			b.Run(fmt.Sprintf("%s %d", strings.ReplaceAll(called, "%d", "N"), files), func(b *testing.B) {
				g := newRig(b, "*.log*")
				for n := range files {
					g.do(os.WriteFile(g.path(fmt.Sprintf(called, n)), fmt.Appendf(nil, "one of %d\n", n), 0o644))
				}
				g.touched()
				for b.Loop() {
					g.start()
					b.StopTimer()
					g.close()
					b.StartTimer()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*files), "ns/file")
			})
		}
	}
}
