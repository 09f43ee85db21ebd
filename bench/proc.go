package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/bench/sink"
)

// proc is a running process whose figures we want.
type proc struct {
	cmd     *exec.Cmd
	started int64 // of sink.Mono, just before it
	log     string
	exited  chan struct{}
}

// startProc starts argv, with its output in a log file in dir. It is killed if
// this process dies.
func startProc(dir string, argv []string) (*proc, error) {
	log := filepath.Join(dir, "output.log")
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", argv[0], err)
	}
	defer f.Close() // the process has its own
	p := &proc{cmd: exec.Command(argv[0], argv[1:]...), log: log, exited: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, f, f
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.started = sink.Mono()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", argv[0], err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.exited)
	}()
	return p, nil
}

// stop asks the process to end, kills it if it does not within 15 s, and
// returns the CPU seconds it used in its life.
func (p *proc) stop() float64 {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.exited:
	case <-time.After(15 * time.Second):
		p.kill()
	}
	return (p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()).Seconds()
}

// kill ends the process with SIGKILL.
func (p *proc) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.exited
}

// status returns a value of /proc/PID/status that is in kB, in bytes.
func (p *proc) status(key string) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("cannot read memory of process: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, key+":"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("cannot read memory of process: no %s", key)
}

// clock returns the CPU time used by now, to the nanosecond: the process's own clock, as
// clock_getcpuclockid(3) names it.
func (p *proc) clock() (time.Duration, error) {
	const whole = 2 // CPUCLOCK_SCHED, of all threads: linux/posix-timers.h
	var ts unix.Timespec
	if err := unix.ClockGettime(^int32(p.cmd.Process.Pid)<<3|whole, &ts); err != nil {
		return 0, fmt.Errorf("cannot read CPU time of process: %w", err)
	}
	return time.Duration(ts.Nano()), nil
}

// died explains an early end.
func (p *proc) died() error {
	return fmt.Errorf("%s ended too early: %v\n%s", p.cmd.Path, p.cmd.ProcessState, tail(p.log))
}

// tail returns the last lines of a log.
func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-3000):])
}

// sleep waits for d, for the process to end, or for ctx.
func (p *proc) sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-p.exited:
		return p.died()
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
