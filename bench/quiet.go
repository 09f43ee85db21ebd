package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/bench/gen"
	"logskiff/bench/sink"
)

// rest is what following many quiet files costs, after a first start or a later one.
type rest struct {
	subject  string
	layout   layout
	files    int
	again    bool          // the agent was stopped and started again
	took     time.Duration // from the start until the sink had all lines; 0: it is started again
	rss      int64         // bytes, once everything is settled
	mapped   int64         // of them, pages of files: the program, and what of the store is mapped
	peak     int64         // bytes, since the start
	cpu      float64       // of one core, 0 to 1
	goal     int64         // for rss, in bytes
	goalCPU  float64       // for cpu
	allCame  bool
	watching time.Duration
}

// layout is where quiet files lie.
type layout string

const (
	flat   layout = "flat"   // in the pattern's own folder
	nested layout = "nested" // in folders below it
	linked layout = "linked" // in other folders, found by symbolic links in the pattern's own
	pods   layout = "pods"   // each in a folder of its own, found by a link with a long name, as on a node of Kubernetes
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
	counts, err := numbers(b.quietFiles)
	if err != nil {
		return err
	}
	layouts, err := layoutsOf(b.quietLayouts)
	if err != nil {
		return err
	}
	var failed error
	for _, n := range counts {
		for _, l := range layouts {
			for _, sub := range subjects {
				if sub.name != "logskiff" && (n > 10_000 || l != nested) {
					continue // a session has an end
				}
				q := rest{subject: sub.name, layout: l, files: n, watching: b.watch}
				q.goal, q.goalCPU = quietGoals(n)
				if err := b.quietOf(ctx, sub, q); err != nil {
					failed = errors.Join(failed, fmt.Errorf("%s, %d quiet files, %s: %w", sub.name, n, l, err))
				}
			}
		}
	}
	return failed
}

// quietGoals returns what so many files may cost, in bytes and in parts of a core.
func quietGoals(files int) (rss int64, cpu float64) {
	switch {
	case files <= 1000:
		return 22 << 20, 0.0002
	case files <= 10_000:
		return 35 << 20, 0.001
	}
	return 120 << 20, 0.01
}

// layoutsOf reads what a flag lists.
func layoutsOf(list string) (all []layout, err error) {
	known := []layout{flat, nested, linked, pods, polled}
	for s := range strings.SplitSeq(list, ",") {
		if !slices.Contains(known, layout(s)) {
			return nil, fmt.Errorf("unknown layout %q of quiet files; known are %v", s, known)
		}
		all = append(all, layout(s))
	}
	return all, nil
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
	if l == linked || l == pods {
		if err := os.Mkdir(links, 0o755); err != nil {
			return fail(err)
		}
	}
	c := gen.NewSet(gen.Combined).NewCursor()
	for i := range files {
		dir, name := folder, fmt.Sprintf("access-%05d.log", i)
		link := name
		switch l {
		case nested, linked:
			dir = filepath.Join(folder, fmt.Sprintf("app%02d", i/filesPerDir))
		case pods:
			dir, name = filepath.Join(folder, "pods", fmt.Sprintf("shop_web-%05d_%08x-7a5c-4c1e-9d0b-2f6f0c3d9e11", i, i), "web"), "0.log"
			link = fmt.Sprintf("web-%05d_shop_web-%064x.log", i, i)
		}
		if dir != folder {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return fail(err)
			}
		}
		var text []byte
		for range linesPerQuiet {
			text = c.Append(text)
			c.Next()
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fail(err)
		}
		if l == linked || l == pods {
			if err := os.Symlink(filepath.Join(dir, name), filepath.Join(links, link)); err != nil {
				return fail(err)
			}
		}
	}
	switch l {
	case nested:
		return folder, filepath.Join(folder, "*", "*.log"), nil
	case linked, pods:
		return folder, filepath.Join(links, "*.log"), nil
	}
	return folder, filepath.Join(folder, "*.log"), nil
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
	if err := b.quietStart(ctx, r, q); err != nil || sub.name != "logskiff" {
		return err
	}
	r.proc.stop()
	if err := r.restart(); err != nil {
		return err
	}
	q.again = true
	return b.quietStart(ctx, r, q)
}

// quietStart measures a process that was just started.
func (b *bench) quietStart(ctx context.Context, r *measured, q rest) error {
	if !q.again {
		select {
		case <-r.sink.done:
			q.took = time.Duration(sink.Mono() - r.proc.started)
		case <-time.After(b.timeout): // what came is in the report
		case <-r.proc.exited:
			return r.proc.died()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := r.proc.sleep(ctx, b.settle); err != nil {
		return err
	}
	before, err := r.proc.clock()
	if err != nil {
		return err
	}
	if err := r.proc.sleep(ctx, b.watch); err != nil {
		return err
	}
	after, err := r.proc.clock()
	if err != nil {
		return err
	}
	q.cpu = (after - before).Seconds() / b.watch.Seconds()
	for _, v := range []struct {
		key string
		to  *int64
	}{{"VmRSS", &q.rss}, {"RssFile", &q.mapped}, {"VmHWM", &q.peak}} {
		if *v.to, err = r.proc.status(v.key); err != nil {
			return err
		}
	}
	q.peak = max(q.peak, q.rss) // the kernel notes the peak a little late
	rep, err := r.sink.report()
	if err != nil {
		return err
	}
	q.allCame = rep.Good()
	fmt.Printf("%-10s %6d quiet files, %s, %s: %5.1f MiB (%.1f of files; peak %5.1f), %.3f %% of one core   %s\n",
		q.subject, q.files, q.layout, q.start(), mib(q.rss), mib(q.mapped), mib(q.peak), 100*q.cpu, verdict(rep))
	b.results.rests = append(b.results.rests, q)
	return nil
}

// start says which start of the agent was measured.
func (q *rest) start() string {
	if q.again {
		return "again"
	}
	return fmt.Sprintf("first, %.1f s", q.took.Seconds())
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
