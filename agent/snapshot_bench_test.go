package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
)

// idle runs an agent with so many sources of so many quiet files each, until the benchmark ends.
func idle(b *testing.B, sources, files int) *Agent {
	dir := b.TempDir()
	var text strings.Builder
	fmt.Fprintf(&text, "[agent]\ndata_dir = %q\nlisten = \"off\"\nmemory = \"256MiB\"\n[[sender]]\nname = \"in\"\nfile = { path = %q }\n", filepath.Join(dir, "data"), filepath.Join(dir, "received"))
	for s := range sources {
		logs := filepath.Join(dir, fmt.Sprint(s))
		if err := os.Mkdir(logs, 0o755); err != nil {
			b.Fatal(err)
		}
		for f := range files {
			if err := os.WriteFile(filepath.Join(logs, fmt.Sprint(f, ".log")), []byte("x\n"), 0o644); err != nil {
				b.Fatal(err)
			}
		}
		fmt.Fprintf(&text, "[[source]]\nname = \"s%d\"\nreader.file = { paths = [%q] }\n", s, filepath.Join(logs, "*.log"))
	}
	cfg, err := conf.Parse("bench.toml", []byte(text.String()), kinds.All())
	if err != nil {
		b.Fatal(err)
	}
	a, err := New(cfg, Options{Log: slog.New(slog.DiscardHandler), Version: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		found := 0
		for _, p := range a.Status().Pipelines {
			found += p.Files
		}
		if found == sources*files {
			return a
		}
		if time.Now().After(end) {
			b.Fatalf("%d files are found", found)
		}
	}
}

// What one look costs: at most two a second are taken, however many look.
func BenchmarkSnapshot(b *testing.B) {
	for _, size := range [][2]int{{4, 10}, {50, 10}, {1, 10_000}} {
		b.Run(fmt.Sprintf("%d sources of %d files", size[0], size[1]), func(b *testing.B) {
			a := idle(b, size[0], size[1])
			b.ReportAllocs()
			for b.Loop() {
				s := backend{a}.Snapshot()
				s.Judge()
				text, err := json.Marshal(s)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(text)), "bytes")
			}
		})
	}
}

// What is done once a second when nobody looks: without the lag, and with it, which is asked for as often as takes a thousandth of the time.
func BenchmarkSample(b *testing.B) {
	for _, size := range [][2]int{{4, 10}, {50, 10}, {1, 10_000}} {
		for what, lag := range map[string]time.Duration{"counters": time.Hour, "counters and lag": 0} {
			b.Run(fmt.Sprintf("%s of %d sources of %d files", what, size[0], size[1]), func(b *testing.B) {
				a := idle(b, size[0], size[1])
				all, now := a.runners(), time.Now()
				b.ReportAllocs()
				for b.Loop() {
					now = now.Add(time.Second)
					a.samples.mu.Lock()
					a.samples.lag = lagLook{at: now, took: lag / lagShare}
					a.samples.mu.Unlock()
					a.samples.sample(all, now)
				}
			})
		}
	}
}
