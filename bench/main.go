// Command bench measures whole processes: the agent, rsyslog beside it, and any
// other agent that is on PATH, all reading the same file and sending to a sink
// that checks every line. Run `go run ./bench -h` for what it can do; the
// figures it made are in docs/performance.md.
//
// It measures through what a user has, the binary and its configuration: it
// must not import the agent's packages.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const usage = `Usage: go run ./bench [flags] WHAT...

WHAT is any of
  raw nginx json lines zstd gzip elasticsearch victorialogs
                                   read one file of -lines lines; rsyslog and the bare copy are run beside it
  copy                       the bare copy alone: the file posted unread, the machine's limit
  rsyslog                    rsyslog alone
  peers                      fluent-bit, vector, filebeat, otelcol, file.d: those on PATH, raw
  latency                    a line appended to a quiet file: how long until the sink has it
  steady                     lines that come at a steady rate: CPU, requests, latency; vlagent is run beside it when it is on PATH
  quiet                      memory and CPU with 1,000 to 100,000 files that nobody writes to, after a first start and a later one
  kill                       20,000 lines/s, renamed every 2 s, agent killed with -9 every second
  all                        everything, and write docs/performance.md and its chart
  gen                        only make the input files

Time is counted from the start of the process until the sink has verified the
last line; CPU is user and system time of the process from start to exit; peak
memory is VmHWM. MB and GB are powers of 1000 and count bytes of the log file.

Flags:
`

// options are the flags.
type options struct {
	agent        string
	lines        uint64
	runs         int
	timeout      time.Duration
	out          string
	write        bool
	keep         bool
	settle       time.Duration
	watch        time.Duration
	latencyLines int
	steadyTime   time.Duration
	steadyRates  string
	steadyFiles  string
	quietFiles   string
	quietLayouts string
	kills        int
	rate         int
	who          string
}

func main() {
	if len(os.Args) > 1 { // we started ourselves?
		if run := ownProcess(os.Args[1]); run != nil {
			if err := run(os.Args[2:]); err != nil {
				fmt.Fprintf(os.Stderr, "bench %s: %v\n", os.Args[1], err)
				os.Exit(1)
			}
			return
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// ownProcess returns what a process that we start ourselves does, or nil.
func ownProcess(name string) func(args []string) error {
	switch name {
	case "sink":
		return sinkMain
	case "post":
		return copyMain
	}
	return nil
}

func run(ctx context.Context, args []string) error {
	var o options
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.Usage = func() {
		fmt.Fprint(fs.Output(), usage)
		fs.PrintDefaults()
	}
	fs.StringVar(&o.agent, "agent", "", "agent binary to measure (default: build this module's)")
	fs.Uint64Var(&o.lines, "lines", 5_000_000, "lines of the file; 5 million are 1 GB")
	fs.StringVar(&o.who, "who", "rsyslog,logskiff", "which of the two to measure")
	fs.IntVar(&o.runs, "runs", 3, "runs of each measurement; the one with the median speed is reported")
	fs.DurationVar(&o.timeout, "timeout", 3*time.Minute, "longest time for one run")
	fs.StringVar(&o.out, "out", "bench/out", "folder for input files and everything made on the way")
	fs.BoolVar(&o.write, "write", false, "write docs/performance.md and its chart (all does so anyway)")
	fs.BoolVar(&o.keep, "keep", false, "keep data folders and logs of the runs")
	fs.DurationVar(&o.settle, "settle", 60*time.Second, "quiet: time from the delivery of all lines, or a later start, until CPU is measured")
	fs.DurationVar(&o.watch, "watch", 60*time.Second, "quiet: time over which CPU is measured; memory is at its end")
	fs.StringVar(&o.quietFiles, "quiet-files", "1000,10000,100000", "quiet: how many files")
	fs.StringVar(&o.quietLayouts, "quiet-layouts", "flat,nested,linked,pods,polled", "quiet: where they lie")
	fs.IntVar(&o.latencyLines, "latency-lines", 500, "latency: lines to append")
	fs.DurationVar(&o.steadyTime, "steady-time", 5*time.Second, "steady: time over which each rate is measured")
	fs.StringVar(&o.steadyRates, "steady-rates", "10000,100000", "steady: lines written each second, all files together")
	fs.StringVar(&o.steadyFiles, "steady-files", "10,100", "steady: files written to in turn")
	fs.IntVar(&o.kills, "kills", 10, "kill: times to kill the agent")
	fs.IntVar(&o.rate, "rate", 20_000, "kill: lines written each second")
	if err := fs.Parse(args); err != nil {
		return err
	}
	known := []string{"all", "gen", "rsyslog", "copy", "peers", "latency", "steady", "quiet", "kill"}
	for _, s := range scenarios {
		known = append(known, s.name)
	}
	for _, what := range fs.Args() {
		if !slices.Contains(known, what) {
			return fmt.Errorf("unknown measurement %q; known are %v", what, known)
		}
	}
	if fs.NArg() == 0 {
		fs.Usage()
		return flag.ErrHelp
	}
	for _, who := range strings.Split(o.who, ",") {
		if who != "rsyslog" && who != "logskiff" {
			return fmt.Errorf("cannot measure %q: -who takes rsyslog, logskiff, or both with a comma", who)
		}
	}
	if o.steadyTime < time.Second {
		return errors.New("-steady-time must be at least a second")
	}
	for _, list := range []string{o.steadyRates, o.steadyFiles, o.quietFiles} {
		if _, err := numbers(list); err != nil {
			return fmt.Errorf("-steady-rates, -steady-files and -quiet-files take numbers with commas between them: %w", err)
		}
	}
	if _, err := layoutsOf(o.quietLayouts); err != nil {
		return err
	}
	if o.runs < 1 || o.lines < 1 || o.rate < 100 || o.kills < 0 || o.latencyLines < 1 {
		return errors.New("-runs, -lines and -latency-lines must be at least 1, -rate at least 100, -kills not negative")
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if err := os.Chdir(root); err != nil {
		return fmt.Errorf("cannot work in the module's folder: %w", err)
	}
	b := &bench{options: o}
	return b.all(ctx, fs.Args())
}

// moduleRoot finds the folder with go.mod, from the working folder upwards.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("cannot find go.mod: run this inside the module")
		}
		dir = filepath.Dir(dir)
	}
	return "", fmt.Errorf("cannot find the module: %w", err)
}
