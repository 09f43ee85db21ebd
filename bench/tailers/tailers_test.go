package tailers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hpcloud/tail"

	"logskiff/readers/file"
	"logskiff/readers/file/watch"
	"logskiff/readers/readertest"
	"logskiff/record"
)

// follower starts to follow path from its beginning and calls line for every line.
type follower func(t testing.TB, path string, line func()) (stop func())

func own(t testing.TB, path string, line func()) func() {
	ctx, cancel := context.WithCancel(context.Background())
	cfg := file.Default()
	cfg.Paths, cfg.StartAt = []string{path}, "beginning"
	log := slog.New(slog.DiscardHandler)
	hub, registry := watch.New(log), readertest.NewRegistry()
	r, err := file.New(cfg, file.Env{Log: log, Hub: hub, Registry: registry, Origin: &record.Origin{}})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { hub.Run(ctx) })
	running.Go(func() { r.Run(ctx) })
	running.Go(func() {
		b := &record.Batch{}
		for {
			more := r.Fill(b, record.Limits{Bytes: 1 << 20, Lines: 1 << 14, Segments: 24})
			for range b.Records {
				line()
			}
			for _, s := range b.Segments {
				pos := record.Position{Offset: s.End, Anchor: s.Anchor}
				registry.Advance(s.Stream.ID, pos)
				r.Advance(s.Stream, pos)
			}
			r.Done(b, true)
			b.Reset()
			if more {
				continue
			}
			select {
			case <-r.Ready():
			case <-ctx.Done():
				return
			}
		}
	})
	return func() { cancel(); running.Wait(); r.Close() }
}

func hpcloud(poll bool) follower {
	return func(t testing.TB, path string, line func()) func() {
		f, err := tail.TailFile(path, tail.Config{Follow: true, ReOpen: true, Poll: poll, Logger: tail.DiscardingLogger})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range f.Lines {
				line()
			}
		}()
		return func() { f.Stop(); <-done }
	}
}

func followers() map[string]follower {
	return map[string]follower{"own": own, "hpcloud": hpcloud(false), "hpcloud-poll": hpcloud(true)}
}

// counter counts lines and knows when none came for a while.
type counter struct {
	mu   sync.Mutex
	n    int
	last time.Time
}

func (c *counter) line() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	c.last = time.Now()
}

// wait returns the count once it reached want, or once so long passed without a line.
func (c *counter) wait(want int, patience time.Duration) int {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); ; <-tick.C {
		c.mu.Lock()
		n, quiet := c.n, min(time.Since(c.last), time.Since(begun))
		c.mu.Unlock()
		if n >= want || quiet > patience {
			return n
		}
	}
}

const combined = `192.0.2.%d - - [21/Nov/2026:02:20:47 +0000] "GET /item/%09d HTTP/1.1" 200 5120 "https://example.org/shop/list" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"` + "\n"

// writer is what nginx does: it writes to what it has open until it is told to reopen.
type writer struct {
	t    testing.TB
	path string
	f    *os.File
	n    int
}

func (w *writer) reopen() {
	w.close()
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		w.t.Fatal(err)
	}
	w.f = f
}

func (w *writer) close() {
	if w.f != nil {
		w.f.Close()
	}
}

// lines writes n lines, some at a time, over about that long.
func (w *writer) lines(n int, over time.Duration) {
	const steps = 20
	tick := time.NewTicker(over / steps)
	defer tick.Stop()
	for range steps {
		buf := bufio.NewWriter(w.f)
		for range n / steps {
			fmt.Fprintf(buf, combined, w.n%250, w.n)
			w.n++
		}
		if err := buf.Flush(); err != nil {
			w.t.Fatal(err)
		}
		<-tick.C
	}
}

// renamed: logrotate renames the log, and nginx goes on with the old file for 200 ms.
func renamed(w *writer) {
	w.reopen()
	for i := range 5 {
		w.lines(2500, 100*time.Millisecond)
		os.Rename(w.path, fmt.Sprintf("%s.%d", w.path, i+1))
		w.lines(2500, 200*time.Millisecond)
		w.reopen()
	}
}

// copied: logrotate copies and truncates, while nobody writes.
func copied(w *writer) {
	w.reopen()
	for i := range 5 {
		w.lines(5000, 100*time.Millisecond)
		from, err := os.Open(w.path)
		if err != nil {
			w.t.Fatal(err)
		}
		to, err := os.Create(fmt.Sprintf("%s.%d", w.path, i+1))
		if err != nil {
			w.t.Fatal(err)
		}
		io.Copy(to, from)
		to.Close()
		from.Close()
		os.Truncate(w.path, 0)
	}
	w.lines(5000, 100*time.Millisecond)
}

// lost plays a rotation and returns how many lines were written and not seen.
func lost(t testing.TB, follow follower, play func(*writer), patience time.Duration) (written, missing int) {
	w := &writer{t: t, path: filepath.Join(t.TempDir(), "access.log")}
	w.reopen()
	var c counter
	stop := follow(t, w.path, c.line)
	play(w)
	w.close()
	missing = w.n - c.wait(w.n, patience)
	stop()
	return w.n, missing
}

func benchmarkLost(b *testing.B, play func(*writer)) {
	for name, follow := range followers() {
		b.Run(name, func(b *testing.B) {
			all, missing := 0, 0
			for b.Loop() {
				n, m := lost(b, follow, play, 2*time.Second)
				all, missing = all+n, missing+m
			}
			b.ReportMetric(float64(missing)*100/float64(all), "%lost")
		})
	}
}

func BenchmarkLostWhenRenamed(b *testing.B) { benchmarkLost(b, renamed) }
func BenchmarkLostWhenCopied(b *testing.B)  { benchmarkLost(b, copied) }

func BenchmarkReading(b *testing.B) {
	w := &writer{t: b, path: filepath.Join(b.TempDir(), "access.log")}
	w.reopen()
	w.lines(400_000, time.Millisecond)
	w.close()
	info, err := os.Stat(w.path)
	if err != nil {
		b.Fatal(err)
	}
	for name, follow := range followers() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				var mu sync.Mutex
				n, all := 0, make(chan struct{})
				stop := follow(b, w.path, func() {
					mu.Lock()
					defer mu.Unlock()
					if n++; n == w.n {
						close(all)
					}
				})
				<-all
				b.StopTimer()
				stop()
				b.StartTimer()
			}
		})
	}
}

func TestOursLosesNothingInARotation(t *testing.T) {
	for name, play := range map[string]func(*writer){"renamed": renamed, "copied": copied} {
		if all, missing := lost(t, own, play, 30*time.Second); missing != 0 {
			t.Errorf("%s: %d of %d lines missing", name, missing, all)
		}
	}
}
