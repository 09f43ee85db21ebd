package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is one command that a test starts, ends and starts again. What it says
// is shown when the test fails.
type program struct {
	t    *testing.T
	name string
	args []string
	dir  string     // working folder
	pass []*os.File // descriptors it inherits, from 3 on
	log  transcript
	tty  *os.File // a terminal for its standard error; nil: that is in log

	cmd  *exec.Cmd
	done chan struct{} // closed when the process is gone
}

// logskiff makes a program of the built binary; it does not run yet.
func logskiff(t *testing.T, name string, args ...string) *program {
	t.Helper()
	return newProgram(t, name, append([]string{binary(t)}, args...)...)
}

func newProgram(t *testing.T, name string, args ...string) *program {
	t.Helper()
	p := &program{t: t, name: name, args: args, dir: t.TempDir()}
	t.Cleanup(p.cleanup)
	return p
}

func (p *program) cleanup() {
	p.kill()
	for _, bad := range []string{"DATA RACE", "panic:", "fatal error:", "BUG:"} {
		if said := p.log.String(); strings.Contains(said, bad) {
			p.t.Errorf("%s said %q", p.name, bad)
		}
	}
	if p.t.Failed() {
		p.t.Logf("what %s said:\n%s", p.name, p.log.Last(40))
	}
}

// start begins a process; the one before must have ended.
func (p *program) start() *program {
	p.t.Helper()
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = p.dir, &p.log, &p.log, p.pass
	if p.tty != nil {
		cmd.Stderr = p.tty
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = 2 * time.Second
	started := make(chan error)
	starts <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		p.t.Fatalf("cannot start %s: %v", p.name, err)
	}
	done := make(chan struct{})
	p.cmd, p.done = cmd, done
	go func() {
		defer close(done)
		cmd.Wait() //nolint:errcheck // the state tells all there is to know
	}()
	return p
}

func (p *program) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatalf("cannot signal %s: %v", p.name, err)
	}
}

// kill ends the process and all it started as kill -9 does, and waits for it.
func (p *program) kill() {
	if p.cmd == nil {
		return
	}
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // it may be gone
	<-p.done
	p.cmd = nil
}

// running says whether the process has not ended by itself.
func (p *program) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// stop asks the process to end and returns its exit code.
func (p *program) stop(how syscall.Signal, within time.Duration) int {
	p.t.Helper()
	p.signal(how)
	return p.wait(within)
}

// wait returns the exit code once the process has ended.
func (p *program) wait(within time.Duration) int {
	p.t.Helper()
	begun := time.Now()
	select {
	case <-p.done:
		p.t.Logf("%s ended after %v", p.name, time.Since(begun).Round(time.Millisecond))
	case <-time.After(within):
		p.t.Fatalf("%s has not ended within %v", p.name, within)
	}
	code := p.cmd.ProcessState.ExitCode()
	p.cmd = nil
	return code
}

// mustStop ends a process that has to end well.
func (p *program) mustStop() {
	p.t.Helper()
	givenUp := func() int { return strings.Count(p.log.String(), "left behind") } // what takes longer than stop_timeout and its grace
	before := givenUp()
	if code := p.stop(syscall.SIGTERM, failAfter); code != 0 || givenUp() != before {
		p.t.Fatalf("%s ended with exit code %d:\n%s", p.name, code, p.log.Last(20))
	}
}

// peakMemory returns the most memory the process has had, in bytes.
func (p *program) peakMemory() int64 {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	kib, err := strconv.ParseInt(string(bytes.Fields(after)[0]), 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return kib << 10
}

// boundedMemory fails the test when the process has had 96 MiB or more.
func (p *program) boundedMemory() {
	p.t.Helper()
	peak := p.peakMemory()
	p.t.Logf("%s: peak memory %d MiB", p.name, peak>>20)
	if peak >= 96<<20 && !racing() {
		p.t.Errorf("%s took %d MiB, want less than 96", p.name, peak>>20)
	}
}

// transcript is what a program said, over all its runs.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

const maxTranscript = 8 << 20

func (l *transcript) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len() < maxTranscript {
		l.text.Write(b)
	}
	return len(b), nil
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Last returns the last n lines.
func (l *transcript) Last(n int) string {
	lines := strings.Split(strings.TrimRight(l.String(), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// runOnce runs the binary to its end.
func runOnce(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(binary(t), args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	stop := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer stop.Stop()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}
