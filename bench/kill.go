package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"logskiff/bench/gen"
	"logskiff/bench/sink"
)

// crash is what came of killing a subject while its file grew and rotated.
type crash struct {
	subject               string
	kills                 int
	lines, lost, repeated uint64
}

const (
	rotateEvery  = 2 * time.Second
	killEvery    = time.Second // on average
	goalRepeats  = 0.01
	drainPatient = 15 * time.Second // without a new line, nothing more will come
)

func (b *bench) kill(ctx context.Context) error {
	subjects, err := b.subjects()
	if err != nil {
		return err
	}
	var failed error
	for _, sub := range subjects {
		if err := b.killOf(ctx, sub); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s, killed: %w", sub.name, err))
		}
	}
	return failed
}

func (b *bench) killOf(ctx context.Context, sub subject) error {
	folder, err := os.MkdirTemp(b.out, "rotate-")
	if err != nil {
		return fmt.Errorf("cannot make a folder for logs: %w", err)
	}
	defer os.RemoveAll(folder) // what is left is seen by whoever looks into bench/out
	path := filepath.Join(folder, "access.log")
	length := time.Duration(b.kills+1) * killEvery
	lines := uint64(b.rate) * uint64(length/time.Second)
	r, err := b.begin(sub, sink.Config{Kind: sub.kind, Lines: lines}, job{paths: []string{path}, parser: "raw"})
	if err != nil {
		return err
	}
	defer r.end()

	ctx, cancel := context.WithCancel(ctx)
	written := make(chan error, 1)
	go func() { written <- writeRotating(ctx, path, lines, b.rate) }()
	stopWriter := func() error {
		cancel()
		return <-written
	}
	random := rand.New(rand.NewPCG(9, 9))
	for range b.kills {
		// Not in step with anything the agent does once a second.
		wait := killEvery/2 + time.Duration(random.Int64N(int64(killEvery)))
		if err := r.proc.sleep(ctx, wait); err != nil {
			return errors.Join(err, stopWriter())
		}
		r.proc.kill()
		if err := r.restart(); err != nil {
			return errors.Join(err, stopWriter())
		}
	}
	err = <-written
	defer cancel()
	if err != nil {
		return err
	}
	rep, err := r.drain(ctx)
	if err != nil {
		return err
	}
	c := crash{sub.name, b.kills, lines, lines - rep.Unique, rep.Repeated}
	fmt.Printf("%-10s killed %d times over %d lines: %d lost (%.2f %%), %d repeated (%.2f %%)   %s\n", c.subject, c.kills,
		c.lines, c.lost, 100*float64(c.lost)/float64(lines), c.repeated, 100*float64(c.repeated)/float64(lines), verdict(rep))
	b.results.crashes = append(b.results.crashes, c)
	return nil
}

// drain waits until every line is there, or no new one has come for a while.
func (r *measured) drain(ctx context.Context) (*sink.Report, error) {
	best, since := uint64(0), time.Now()
	for {
		rep, err := r.sink.report()
		if err != nil {
			return nil, err
		}
		if rep.Unique > best {
			best, since = rep.Unique, time.Now()
		}
		if time.Since(since) > drainPatient {
			return rep, nil
		}
		select {
		case <-r.sink.done:
			// Repeats may still be on their way.
			if err := r.proc.sleep(ctx, 2*time.Second); err != nil {
				return nil, err
			}
			return r.sink.report()
		case <-r.proc.exited:
			return nil, r.proc.died()
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// writeRotating writes lines at a rate, in the small pieces of a busy server,
// and renames the file and creates a new one every two seconds.
func writeRotating(ctx context.Context, path string, lines uint64, rate int) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("cannot write log: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	c := gen.NewSet(gen.Combined).NewCursor()
	const step = 5 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	began, rotated, rotations := time.Now(), time.Now(), 0
	var buf []byte
	for c.Seq() < lines {
		select {
		case <-ctx.Done():
			return nil // whoever stopped us knows why
		case <-tick.C:
		}
		due := min(lines, uint64(time.Since(began).Seconds()*float64(rate)))
		buf = buf[:0]
		for ; c.Seq() < due; c.Next() {
			buf = c.Append(buf)
		}
		if _, err := f.Write(buf); err != nil {
			return fmt.Errorf("cannot write log: %w", err)
		}
		if time.Since(rotated) < rotateEvery {
			continue
		}
		rotations++
		rotated = time.Now()
		if err := os.Rename(path, fmt.Sprintf("%s.%d", path, rotations)); err != nil {
			return fmt.Errorf("cannot rotate log: %w", err)
		}
		next, err := os.Create(path)
		if err != nil {
			return fmt.Errorf("cannot rotate log: %w", err)
		}
		old := f
		f = next
		if err := old.Close(); err != nil {
			return fmt.Errorf("cannot rotate log: %w", err)
		}
	}
	return nil
}
