package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"logskiff/bench/sink"
)

// delay is how long lines took from the moment before they were written until
// the sink had read them.
type delay struct {
	subject           string
	lines             int
	median, p99, most time.Duration
}

const (
	goalMedian = 3 * time.Millisecond
	goalP99    = 15 * time.Millisecond
)

// latency measures how long a line takes, with each subject's default settings.
func (b *bench) latency(ctx context.Context) error {
	subjects, err := b.subjects()
	if err != nil {
		return err
	}
	var failed error
	for _, sub := range subjects {
		failed = errors.Join(failed, b.latencyOf(ctx, sub))
	}
	return failed
}

func (b *bench) latencyOf(ctx context.Context, sub subject) error {
	folder, err := os.MkdirTemp(b.out, "latency-")
	if err != nil {
		return fmt.Errorf("cannot measure latency: %w", err)
	}
	defer os.RemoveAll(folder) // what is left is seen by whoever looks into bench/out
	log, err := os.OpenFile(filepath.Join(folder, "quiet.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("cannot measure latency: %w", err)
	}
	defer log.Close()
	r, err := b.begin(sub, sink.Config{Kind: sink.Latency, Lines: uint64(b.latencyLines + 1)},
		job{paths: []string{log.Name()}, parser: "raw"})
	if err != nil {
		return err
	}
	defer r.end()
	if err := b.appendSlowly(ctx, r, log); err != nil {
		return fmt.Errorf("%s, latency: %w", sub.name, err)
	}
	rep, err := r.sink.report()
	if err != nil {
		return err
	}
	if !rep.Good() {
		return fmt.Errorf("%s, latency: %s", sub.name, verdict(rep))
	}
	waited := rep.Waited[1:] // the first one waited for the agent to start
	slices.Sort(waited)
	at := func(share float64) time.Duration { return time.Duration(waited[int(share*float64(len(waited)-1))]) }
	d := delay{sub.name, len(waited), at(0.5), at(0.99), at(1)}
	fmt.Printf("%-10s latency of %d lines: median %.2f ms, p99 %.2f ms, longest %.2f ms\n",
		d.subject, d.lines, ms(d.median), ms(d.p99), ms(d.most))
	b.results.delays = append(b.results.delays, d)
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// appendSlowly writes a line, waits until it has arrived, and then writes one
// every 20 to 50 ms and waits for the last.
func (b *bench) appendSlowly(ctx context.Context, r *measured, log *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	random := rand.New(rand.NewPCG(7, 7))
	for seq := range uint64(b.latencyLines + 1) {
		if _, err := log.Write(sink.AppendStamp(nil, seq, sink.Mono())); err != nil {
			return fmt.Errorf("cannot append: %w", err)
		}
		for seq == 0 { // until it has arrived
			if err := r.proc.sleep(ctx, 100*time.Millisecond); err != nil {
				return err
			}
			if rep, err := r.sink.report(); err != nil {
				return err
			} else if rep.Unique > 0 {
				break
			}
		}
		if err := r.proc.sleep(ctx, time.Duration(20_000+random.IntN(30_000))*time.Microsecond); err != nil {
			return err
		}
	}
	select {
	case <-r.sink.done:
		return nil
	case <-time.After(20 * time.Second):
		return nil // the report will say what is missing
	case <-r.proc.exited:
		return r.proc.died()
	}
}
