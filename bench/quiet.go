package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"logskiff/bench/gen"
	"logskiff/bench/sink"
)

// rest is what following many quiet files costs.
type rest struct {
	subject  string
	files    int
	rss      int64   // bytes, once everything is settled
	peak     int64   // bytes, since the start
	cpu      float64 // of one core, 0 to 1
	goal     int64   // for rss, in bytes
	allCame  bool
	watching time.Duration
}

const (
	goalQuietCPU  = 0.005
	linesPerQuiet = 3    // lines in a quiet file, so that each has an offset to remember
	filesPerDir   = 1000 // quiet files in one folder
)

func (b *bench) quiet(ctx context.Context) error {
	subjects, err := b.subjects()
	if err != nil {
		return err
	}
	var failed error
	for _, n := range []struct {
		files int
		goal  int64
	}{{1000, 22 << 20}, {10_000, 35 << 20}} {
		folder, err := makeQuietFiles(b.out, n.files)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, sub := range subjects {
			if err := b.quietOf(ctx, sub, folder, n.files, n.goal); err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s, %d quiet files: %w", sub.name, n.files, err))
			}
		}
		failed = errors.Join(failed, os.RemoveAll(folder))
	}
	return failed
}

// makeQuietFiles writes files of a few lines each, numbered through.
func makeQuietFiles(out string, files int) (folder string, err error) {
	if folder, err = os.MkdirTemp(out, "quiet-"); err != nil {
		return "", fmt.Errorf("cannot make quiet files: %w", err)
	}
	c := gen.NewSet(gen.Combined).NewCursor()
	for i := range files {
		dir := filepath.Join(folder, fmt.Sprintf("app%02d", i/filesPerDir))
		if i%filesPerDir == 0 {
			if err := os.Mkdir(dir, 0o755); err != nil {
				return "", fmt.Errorf("cannot make quiet files: %w", err)
			}
		}
		var text []byte
		for range linesPerQuiet {
			text = c.Append(text)
			c.Next()
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("access-%05d.log", i)), text, 0o644); err != nil {
			return "", fmt.Errorf("cannot make quiet files: %w", err)
		}
	}
	return folder, nil
}

func (b *bench) quietOf(ctx context.Context, sub subject, folder string, files int, goal int64) error {
	r, err := b.begin(sub, sink.Config{Kind: sub.kind, Lines: uint64(files * linesPerQuiet)},
		job{paths: []string{filepath.Join(folder, "*", "*.log")}, parser: "raw"})
	if err != nil {
		return err
	}
	defer r.end()
	if err := r.proc.sleep(ctx, b.settle); err != nil {
		return err
	}
	q := rest{subject: sub.name, files: files, goal: goal, watching: b.watch}
	if q.rss, err = r.proc.status("VmRSS"); err != nil {
		return err
	}
	before, err := r.proc.cpu()
	if err != nil {
		return err
	}
	if err := r.proc.sleep(ctx, b.watch); err != nil {
		return err
	}
	after, err := r.proc.cpu()
	if err != nil {
		return err
	}
	q.cpu = (after - before) / b.watch.Seconds()
	if q.peak, err = r.proc.status("VmHWM"); err != nil {
		return err
	}
	q.peak = max(q.peak, q.rss) // the kernel notes the peak a little late
	rep, err := r.sink.report()
	if err != nil {
		return err
	}
	q.allCame = rep.Good()
	fmt.Printf("%-10s %6d quiet files: %5.1f MiB (peak %5.1f), %.2f %% of one core   %s\n",
		q.subject, q.files, mib(q.rss), mib(q.peak), 100*q.cpu, verdict(rep))
	b.results.rests = append(b.results.rests, q)
	return nil
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
