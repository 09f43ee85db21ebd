package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/bench/gen"
	"logskiff/bench/sink"
)

// rest is what following many quiet files costs.
type rest struct {
	subject  string
	layout   layout
	files    int
	rss      int64   // bytes, once everything is settled
	peak     int64   // bytes, since the start
	cpu      float64 // of one core, 0 to 1
	goal     int64   // for rss, in bytes
	goalCPU  float64 // for cpu
	allCame  bool
	watching time.Duration
}

// layout is where quiet files lie.
type layout string

const (
	flat   layout = "flat"   // in the pattern's own folder
	nested layout = "nested" // in folders below it
	linked layout = "linked" // in other folders, found by symbolic links in the pattern's own
	polled layout = "polled" // flat, and the system reports no changes
)

const (
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
		files   int
		goal    int64
		goalCPU float64
	}{{1000, 22 << 20, 0.0002}, {10_000, 35 << 20, 0.001}, {100_000, 120 << 20, 0.01}} {
		for _, l := range []layout{flat, nested, linked, polled} {
			for _, sub := range subjects {
				if sub.name != "logskiff" && (n.files > 10_000 || l != nested) {
					continue // a session has an end
				}
				q := rest{subject: sub.name, layout: l, files: n.files, goal: n.goal, goalCPU: n.goalCPU, watching: b.watch}
				if err := b.quietOf(ctx, sub, q); err != nil {
					failed = errors.Join(failed, fmt.Errorf("%s, %d quiet files, %s: %w", sub.name, n.files, l, err))
				}
			}
		}
	}
	return failed
}

// makeQuietFiles writes files of a few lines each, numbered through, and returns their folder and
// the pattern that finds them.
func makeQuietFiles(out string, files int, l layout) (folder, pattern string, err error) {
	fail := func(err error) (string, string, error) {
		return folder, "", fmt.Errorf("cannot make quiet files: %w", err)
	}
	if folder, err = os.MkdirTemp(out, "quiet-"); err != nil {
		return fail(err)
	}
	links := filepath.Join(folder, "links")
	if l == linked {
		if err := os.Mkdir(links, 0o755); err != nil {
			return fail(err)
		}
	}
	c := gen.NewSet(gen.Combined).NewCursor()
	for i := range files {
		dir := folder
		if l == nested || l == linked {
			dir = filepath.Join(folder, fmt.Sprintf("app%02d", i/filesPerDir))
			if i%filesPerDir == 0 {
				if err := os.Mkdir(dir, 0o755); err != nil {
					return fail(err)
				}
			}
		}
		var text []byte
		for range linesPerQuiet {
			text = c.Append(text)
			c.Next()
		}
		name := fmt.Sprintf("access-%05d.log", i)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fail(err)
		}
		if l == linked {
			if err := os.Symlink(filepath.Join(dir, name), filepath.Join(links, name)); err != nil {
				return fail(err)
			}
		}
	}
	pattern = map[layout]string{nested: filepath.Join(folder, "*", "*.log"), linked: filepath.Join(links, "*.log")}[l]
	if pattern == "" {
		pattern = filepath.Join(folder, "*.log")
	}
	return folder, pattern, nil
}

// takeEvents opens inotify instances until this user may have no more, so that an agent that
// starts then must poll. The result gives them back.
func takeEvents() (giveBack func(), err error) {
	var all []int
	giveBack = func() {
		for _, fd := range all {
			unix.Close(fd)
		}
	}
	for len(all) < 4096 {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
		if errors.Is(err, unix.EMFILE) {
			return giveBack, nil
		}
		if err != nil {
			giveBack()
			return nil, fmt.Errorf("cannot take the system's change events away: %w", err)
		}
		all = append(all, fd)
	}
	giveBack()
	return nil, errors.New("cannot take the system's change events away: fs.inotify.max_user_instances is too large")
}

func (b *bench) quietOf(ctx context.Context, sub subject, q rest) (err error) {
	folder, pattern, err := makeQuietFiles(b.out, q.files, q.layout)
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err != nil {
		return err
	}
	if q.layout == polled {
		giveBack, err := takeEvents()
		if err != nil {
			return err
		}
		defer giveBack()
	}
	r, err := b.begin(sub, sink.Config{Kind: sub.kind, Lines: uint64(q.files * linesPerQuiet)}, job{paths: []string{pattern}, parser: "raw"})
	if err != nil {
		return err
	}
	defer r.end()
	if err := r.proc.sleep(ctx, b.settle); err != nil {
		return err
	}
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
	fmt.Printf("%-10s %6d quiet files, %s: %5.1f MiB (peak %5.1f), %.3f %% of one core   %s\n",
		q.subject, q.files, q.layout, mib(q.rss), mib(q.peak), 100*q.cpu, verdict(rep))
	b.results.rests = append(b.results.rests, q)
	return nil
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
