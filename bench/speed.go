package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"logskiff/bench/gen"
	"logskiff/bench/sink"
)

// scenario is one way our agent reads the big file.
type scenario struct {
	name, title string
	shape       gen.Shape
	kind        sink.Kind
	parser      string
	compression string
	format      string  // the agent's; "" is its default
	sender      string  // likewise
	mbs, cpu    float64 // goals: MB/s at least, CPU seconds per GB at most; 0: none
}

var scenarios = []scenario{
	{"raw", "raw lines", gen.Combined, sink.Message, "raw", "none", "", "", 800, 1.6},
	{"nginx", "nginx to fields", gen.Combined, sink.Columns, "nginx", "none", "", "", 450, 3},
	{"json", "JSON lines", gen.JSONLog, sink.JSON, "json", "none", "", "", 500, 3},
	{"lines", "raw lines as lines", gen.Combined, sink.Lines, "raw", "none", "lines", "", 0, 0},
	{"zstd", "raw lines, zstd", gen.Combined, sink.Either, "raw", "zstd", "", "", 300, 3.2},
	{"zstd", "raw lines as ndjson, zstd", gen.Combined, sink.Message, "raw", "zstd", "", "", 300, 0},
	{"gzip", "raw lines, gzip", gen.Combined, sink.Message, "raw", "gzip", "", "", 0, 0},
	{"elasticsearch", "bulk", gen.Combined, sink.Embedded, "raw", "none", "", "elasticsearch", 0, 0},
	{"elasticsearch", "bulk, gzip", gen.Combined, sink.Embedded, "raw", "gzip", "", "elasticsearch", 0, 0},
	{"victorialogs", "JSON lines, zstd", gen.Combined, sink.Embedded, "raw", "zstd", "", "victorialogs", 0, 0},
}

// maxPeak is the goal for peak memory in every scenario, in bytes.
const maxPeak = 64 << 20

// speed is what one run of one subject over the big file came to.
type speed struct {
	subject, title string
	goalMBs        float64
	goalCPU        float64
	mbs            float64 // MB of log a second
	cpu            float64 // CPU seconds per GB of log
	sinkCPU        float64 // the sink's, likewise
	peak           int64   // bytes; the largest of all runs
	wire           float64 // bytes sent per byte of log
	report         *sink.Report
}

func (b *bench) rsyslogSpeed(ctx context.Context) error {
	if !b.measures("rsyslog") {
		return nil
	}
	sub, err := rsyslogSubject()
	if err != nil {
		return err
	}
	return b.speed(ctx, sub, scenario{title: "raw lines", shape: gen.Combined, kind: sub.kind})
}

func (b *bench) agentSpeed(ctx context.Context, wanted func(...string) bool) error {
	var failed error
	for _, sc := range scenarios {
		if wanted(sc.name) && b.measures("logskiff") && ctx.Err() == nil {
			failed = errors.Join(failed, b.speed(ctx, b.agentSubject(), sc))
		}
	}
	return failed
}

// speed runs sub b.runs times and keeps the run with the median speed.
func (b *bench) speed(ctx context.Context, sub subject, sc scenario) error {
	path, size, err := gen.File(b.out, sc.shape, b.lines)
	if err != nil {
		return err
	}
	if err := gen.Warm(path); err != nil {
		return err
	}
	var runs []speed
	var peak int64
	for range b.runs {
		s, err := b.speedOnce(ctx, sub, sc, path, size)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", sub.name, sc.title, err)
		}
		fmt.Printf("%-10s %-25s %6.0f MB/s %6.2f CPU-s/GB %7.1f MiB peak   sink %5.2f CPU-s/GB   %s\n",
			s.subject, s.title, s.mbs, s.cpu, float64(s.peak)/(1<<20), s.sinkCPU, verdict(s.report))
		runs = append(runs, s)
		peak = max(peak, s.peak)
	}
	slices.SortFunc(runs, func(a, b speed) int { return int(a.mbs - b.mbs) })
	median := runs[len(runs)/2]
	median.peak = peak
	b.results.speeds = append(b.results.speeds, median)
	return nil
}

func (b *bench) speedOnce(ctx context.Context, sub subject, sc scenario, path string, size int64) (speed, error) {
	s := speed{subject: sub.name, title: sc.title, goalMBs: sc.mbs, goalCPU: sc.cpu}
	r, err := b.begin(sub, sink.Config{Kind: sc.kind, Lines: b.lines, Exact: sc.kind != sink.Lines && sc.kind != sink.Embedded},
		job{paths: []string{path}, parser: sc.parser, compression: sc.compression, format: sc.format, sender: sc.sender})
	if err != nil {
		return s, err
	}
	defer r.end()
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	select {
	case <-r.sink.done:
	case <-r.proc.exited:
		return s, r.proc.died()
	case <-ctx.Done():
		rep, err := r.sink.report()
		if err != nil {
			return s, err
		}
		return s, fmt.Errorf("not all arrived in time: %s\n%s", verdict(rep), tail(r.proc.log))
	}
	if s.peak, err = r.proc.status("VmHWM"); err != nil {
		return s, err
	}
	cpu := r.proc.stop()
	if s.report, err = r.sink.report(); err != nil {
		return s, err
	}
	gb := float64(size) / 1e9
	s.mbs = 1e3 * gb / time.Duration(s.report.Done-r.proc.started).Seconds()
	s.cpu, s.sinkCPU, s.wire = cpu/gb, s.report.CPU/gb, float64(s.report.WireBytes)/float64(size)
	if !s.report.Good() {
		return s, fmt.Errorf("what arrived is not what was written: %s", verdict(s.report))
	}
	return s, nil
}

// measured is a subject at work and the sink it sends to.
type measured struct {
	argv []string
	dir  string
	keep bool
	proc *proc
	sink *sinkProc
}

// begin starts a sink for what c expects, and sub on j in an empty folder.
func (b *bench) begin(sub subject, c sink.Config, j job) (*measured, error) {
	dir, err := os.MkdirTemp(b.out, "run-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a folder for the run: %w", err)
	}
	r := &measured{dir: dir, keep: b.keep}
	if r.sink, err = startSink(c, sub.tcp, os.Stderr); err == nil {
		j.dir, j.addrs = filepath.Join(dir, "work"), r.sink.addrs
		if err = os.Mkdir(j.dir, 0o755); err == nil {
			if r.argv, err = sub.prepare(j); err == nil {
				r.proc, err = startProc(dir, r.argv)
			}
		}
	}
	if err != nil {
		r.end()
		return nil, err
	}
	return r, nil
}

// restart starts the subject again after it was killed.
func (r *measured) restart() (err error) {
	r.proc, err = startProc(r.dir, r.argv)
	return err
}

// end ends both processes and removes the folder.
func (r *measured) end() {
	if r.proc != nil {
		r.proc.stop()
	}
	if r.sink != nil {
		r.sink.close()
	}
	if r.keep {
		fmt.Println("kept", r.dir)
		return
	}
	if err := os.RemoveAll(r.dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench: cannot clean up:", err)
	}
}

// verdict says what arrived.
func verdict(r *sink.Report) string {
	s := fmt.Sprintf("%d of %d lines", r.Unique, r.Expected)
	if r.Good() && r.Repeated == 0 {
		s = "each line once"
	}
	for _, n := range []struct {
		what string
		n    uint64
	}{{"repeated", r.Repeated}, {"altered", r.Altered}, {"in another form", r.Loose}, {"with a wrong header", r.BadHeaders}} {
		if n.n > 0 {
			s += fmt.Sprintf(", %d %s", n.n, n.what)
		}
	}
	if len(r.Missing) > 0 {
		s += fmt.Sprintf("; missing from %d on", r.Missing[0])
	}
	for _, e := range r.Examples {
		s += fmt.Sprintf("\n  altered: %q", e)
	}
	return s
}
