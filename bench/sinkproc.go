package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"logskiff/bench/sink"
)

// sinkMain is the sink's process. It writes reports to its output, one JSON
// object a line: when it is ready, when all lines are there, and whenever a
// line comes in; it ends with its input, so it never outlives us.
func sinkMain(args []string) error {
	var c sink.Config
	fs := flag.NewFlagSet("sink", flag.ContinueOnError)
	kind := fs.String("kind", "", "what is in a body")
	tcp := fs.Bool("tcp", false, "bare lines over TCP")
	fs.Uint64Var(&c.Lines, "lines", 0, "lines expected")
	fs.BoolVar(&c.Exact, "exact", false, "one file, so that offsets are known")
	if err := fs.Parse(args); err != nil {
		return err
	}
	c.Kind = sink.Kind(*kind)
	led, err := sink.NewLedger(c)
	if err != nil {
		return err
	}
	s, err := sink.Listen(led, 2, *tcp)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	out := json.NewEncoder(os.Stdout)
	emit := func(r *sink.Report) {
		mu.Lock()
		defer mu.Unlock()
		r.Addrs = s.Addrs
		_ = out.Encode(r) // when nobody reads any more, our input ends too
	}
	emit(led.Report("ready"))
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		select {
		case <-led.Done():
			emit(led.Report("done"))
		case <-ctx.Done():
		}
	}()
	go func() {
		defer cancel()
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			emit(led.Report("report"))
		}
	}()
	return s.Run(ctx, func(err error) { fmt.Fprintln(os.Stderr, "sink:", err) })
}

// sinkProc is a sink we started.
type sinkProc struct {
	addrs   []string
	done    chan struct{} // closed when every line is there
	cmd     *exec.Cmd
	in      io.WriteCloser
	reports chan *sink.Report
}

// startSink starts the sink in a process of its own. stderr gets what it
// complains about.
func startSink(c sink.Config, tcp bool, stderr io.Writer) (*sinkProc, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot start the sink: %w", err)
	}
	s := &sinkProc{done: make(chan struct{}), reports: make(chan *sink.Report, 1)}
	s.cmd = exec.Command(self, "sink", "-kind", string(c.Kind), "-lines", strconv.FormatUint(c.Lines, 10),
		fmt.Sprintf("-exact=%v", c.Exact), fmt.Sprintf("-tcp=%v", tcp))
	s.cmd.Stderr = stderr
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt is for us; it ends with its input
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("cannot start the sink: %w", err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start the sink: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the sink: %w", err)
	}
	go s.listen(out)
	r, err := s.next()
	if err != nil {
		s.close()
		return nil, err
	}
	s.addrs = r.Addrs
	return s, nil
}

func (s *sinkProc) listen(out io.Reader) {
	defer close(s.reports)
	for d := json.NewDecoder(out); ; {
		var r sink.Report
		if d.Decode(&r) != nil {
			return // it ended; next says so
		}
		if r.Event == "done" {
			close(s.done)
			continue
		}
		s.reports <- &r
	}
}

func (s *sinkProc) next() (*sink.Report, error) {
	select {
	case r, ok := <-s.reports:
		if !ok {
			return nil, errors.New("the sink ended")
		}
		return r, nil
	case <-time.After(30 * time.Second):
		return nil, errors.New("the sink does not answer")
	}
}

// report asks for what has arrived by now.
func (s *sinkProc) report() (*sink.Report, error) {
	if _, err := io.WriteString(s.in, "\n"); err != nil {
		return nil, fmt.Errorf("cannot ask the sink: %w", err)
	}
	return s.next()
}

// close ends the sink.
func (s *sinkProc) close() {
	s.in.Close()
	for range s.reports { // until it closed its output
	}
	_ = s.cmd.Wait() // how it ends is of no interest
}
