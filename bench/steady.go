package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"logskiff/bench/gen"
	"logskiff/bench/sink"
)

// flow is what lines cost that come at a steady rate, each by a write of its own.
type flow struct {
	subject     string
	rate, files int
	cpu         float64 // microseconds a line
	request     float64 // lines a request; 0: there are none
	median, p99 time.Duration
}

const (
	goalSteadyP99 = 300 * time.Millisecond
	steadyWarm    = 8 * time.Second // written before anything is measured: see readers/file/busy.go
)

// steady measures all subjects in turn at each rate, with their default settings.
func (b *bench) steady(ctx context.Context) error {
	subjects, err := b.subjects()
	if err != nil {
		return err
	}
	if path, err := exec.LookPath("vlagent"); err == nil {
		subjects = append(subjects, vlagentSubject(path))
	} else {
		fmt.Printf("%-10s not on PATH\n", "vlagent")
	}
	rates, err := numbers(b.steadyRates)
	if err != nil {
		return err
	}
	files, err := numbers(b.steadyFiles)
	if err != nil {
		return err
	}
	var failed error
	for _, rate := range rates {
		for _, n := range files {
			for _, sub := range subjects {
				if err := b.steadyOf(ctx, sub, rate, n); err != nil {
					failed = errors.Join(failed, fmt.Errorf("%s, steady: %w", sub.name, err))
				}
			}
		}
	}
	return failed
}

// numbers reads what a flag lists.
func numbers(list string) ([]int, error) {
	var all []int
	for _, s := range strings.Split(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a number above 0", s)
		}
		all = append(all, n)
	}
	return all, nil
}

// vlagentSubject is VictoriaLogs' agent. It looks for new files every ten seconds, so they must
// be there before it starts.
func vlagentSubject(binary string) subject {
	return subject{name: "vlagent", kind: sink.Embedded, prepare: func(j job) ([]string, error) {
		argv := []string{binary, "-httpListenAddr=127.0.0.1:0", "-tmpDataPath=" + filepath.Join(j.dir, "data"), "-remoteWrite.url=http://" + j.addrs[0] + "/internal/insert"}
		for _, p := range j.paths {
			argv = append(argv, "-fileCollector.glob="+p)
		}
		return argv, nil
	}}
}

func (b *bench) steadyOf(ctx context.Context, sub subject, rate, files int) error {
	folder, err := os.MkdirTemp(b.out, "steady-")
	if err != nil {
		return fmt.Errorf("cannot make a folder for logs: %w", err)
	}
	defer os.RemoveAll(folder) // what is left is seen by whoever looks into bench/out
	w, err := newSteadyWriter(folder, files)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.upTo(uint64(files)); err != nil {
		return err
	}
	warm := files + int(steadyWarm.Seconds()*float64(rate))
	lines := warm + int(b.steadyTime.Seconds()*float64(rate))
	r, err := b.begin(sub, sink.Config{Kind: sink.Stamped, Lines: uint64(lines)}, job{paths: []string{filepath.Join(folder, "*.log")}, parser: "raw"})
	if err != nil {
		return err
	}
	defer r.end()
	f, err := b.measureSteady(ctx, r, w, flow{subject: sub.name, rate: rate, files: files}, warm, lines)
	if err != nil {
		return err
	}
	request := ""
	if sub.tcp {
		f.request = 0
	} else {
		request = fmt.Sprintf(", %.0f lines a request", f.request)
	}
	fmt.Printf("%-10s %d lines/s in %d files: %.2f µs of CPU a line%s, latency median %.1f ms, p99 %.1f ms\n",
		f.subject, rate, files, f.cpu, request, ms(f.median), ms(f.p99))
	b.results.flows = append(b.results.flows, f)
	return nil
}

// measureSteady writes lines at f's rate, and notes in f what those from warm on cost.
func (b *bench) measureSteady(ctx context.Context, r *measured, w *steadyWriter, f flow, warm, lines int) (flow, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	for started := false; !started; { // until it reads all files
		if err := r.proc.sleep(ctx, 100*time.Millisecond); err != nil {
			return f, err
		}
		rep, err := r.sink.report()
		if err != nil {
			return f, err
		}
		started = rep.Unique >= uint64(f.files)
	}
	if err := w.atRate(ctx, f.rate, uint64(warm)); err != nil {
		return f, err
	}
	cpu0, err := r.proc.clock()
	if err != nil {
		return f, err
	}
	before, err := r.sink.report()
	if err != nil {
		return f, err
	}
	if err := w.atRate(ctx, f.rate, uint64(lines)); err != nil {
		return f, err
	}
	cpu1, err := r.proc.clock()
	if err != nil {
		return f, err
	}
	select {
	case <-r.sink.done:
	case <-time.After(20 * time.Second): // the report will say what is missing
	case <-r.proc.exited:
		return f, r.proc.died()
	}
	rep, err := r.sink.report()
	if err != nil {
		return f, err
	}
	if !rep.Good() {
		return f, errors.New(verdict(rep))
	}
	f.cpu = float64((cpu1 - cpu0).Nanoseconds()) / 1e3 / float64(lines-warm)
	f.request = float64(rep.Unique-before.Unique) / float64(max(1, rep.Requests-before.Requests))
	waited := rep.Waited[len(before.Waited):]
	slices.Sort(waited)
	f.median, f.p99 = time.Duration(waited[len(waited)/2]), time.Duration(waited[len(waited)*99/100])
	return f, nil
}

// steadyWriter writes stamped lines to files in turn.
type steadyWriter struct {
	files  []*os.File
	cursor *gen.Cursor
	buf    []byte
}

func newSteadyWriter(folder string, n int) (*steadyWriter, error) {
	w := &steadyWriter{cursor: gen.NewSet(gen.Bare).NewCursor()}
	for i := range n {
		f, err := os.OpenFile(filepath.Join(folder, fmt.Sprintf("%d.log", i)), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			w.close()
			return nil, fmt.Errorf("cannot write logs: %w", err)
		}
		w.files = append(w.files, f)
	}
	return w, nil
}

func (w *steadyWriter) close() {
	for _, f := range w.files {
		f.Close()
	}
}

// upTo writes the lines before seq that are not written, each by itself.
func (w *steadyWriter) upTo(seq uint64) error {
	for ; w.cursor.Seq() < seq; w.cursor.Next() {
		w.buf = sink.AppendStamped(w.buf[:0], w.cursor, sink.Mono())
		if _, err := w.files[w.cursor.Seq()%uint64(len(w.files))].Write(w.buf); err != nil {
			return fmt.Errorf("cannot write logs: %w", err)
		}
	}
	return nil
}

// atRate writes the lines before seq as they are due, so many a second.
func (w *steadyWriter) atRate(ctx context.Context, rate int, seq uint64) error {
	first, began := w.cursor.Seq(), time.Now()
	for w.cursor.Seq() < seq {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := w.upTo(min(seq, first+uint64(time.Since(began).Seconds()*float64(rate)))); err != nil {
			return err
		}
		time.Sleep(100 * time.Microsecond)
	}
	return nil
}
