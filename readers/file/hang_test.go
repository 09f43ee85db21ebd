package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/readers"
	"logskiff/readers/file/disk"
)

// stuck is the system, with a folder whose file server can be stopped. What is below it
// is another device, as a mount is.
type stuck struct {
	*hooked
	dir string

	mu   sync.Mutex
	stop chan struct{} // nil: it answers
	only string        // it hangs in this call only, "": in all
	hung []string
}

const stuckDevice = 1<<40 + 7

func newStuck(t testing.TB, dir string) *stuck {
	s := &stuck{dir: dir}
	s.hooked = newHooked(func(op, path string, do func()) {
		if s.below(path) {
			s.wait(op, path)
		}
		do()
	})
	t.Cleanup(s.answer)
	return s
}

func (s *stuck) below(path string) bool { return path == s.dir || strings.HasPrefix(path, s.dir+"/") }

func (s *stuck) wait(op, path string) {
	s.mu.Lock()
	stop := s.stop
	if stop == nil || s.only != "" && s.only != op {
		s.mu.Unlock()
		return
	}
	s.hung = append(s.hung, op+" "+path)
	s.mu.Unlock()
	<-stop
}

// hang stops the file server at the next call op, or at any when that is "".
func (s *stuck) hang(op string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop, s.only, s.hung = make(chan struct{}), op, nil
}

func (s *stuck) answer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		close(s.stop)
		s.stop = nil
	}
}

// healed answers, and waits until all that hung has come back.
func (s *stuck) healed(g *rig) {
	s.answer()
	for len(g.r.disk.AllAway()) > 0 {
		time.Sleep(time.Millisecond)
	}
}

// calls returns what hangs.
func (s *stuck) calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.hung...)
}

func (s *stuck) device(path string, i disk.Info) disk.Info {
	if s.below(path) {
		i.Dev = stuckDevice
	}
	return i
}

func (s *stuck) Stat(path string) (disk.Info, error) {
	i, err := s.hooked.Stat(path)
	return s.device(path, i), err
}

func (s *stuck) StatBorn(path string) (disk.Info, int64, error) {
	i, born, err := s.hooked.StatBorn(path)
	return s.device(path, i), born, err
}

func (s *stuck) StatNames(dir string, names []string, to []disk.Stated, p *disk.Pulse) {
	s.hooked.StatNames(dir, names, to, p)
	for n, name := range names {
		to[n].Info = s.device(dir+"/"+name, to[n].Info)
	}
}

func (s *stuck) OpenRead(o *disk.Opener, path string) (int, disk.Info, error) {
	fd, i, err := s.hooked.OpenRead(o, path)
	return fd, s.device(path, i), err
}

func (s *stuck) Fstat(fd int) (disk.Info, error) {
	i, err := s.hooked.Fstat(fd)
	return s.device(s.pathOf(fd), i), err
}

// stuckRig has two folders, of which "far" can hang.
func stuckRig(t testing.TB) (*rig, *stuck) {
	g := newRig(t, "*/*.log")
	g.do(mkdirs(g.path("near"), g.path("far")))
	s := newStuck(t, g.path("far"))
	g.sys, g.patience = s, 50*time.Millisecond
	return g, s
}

// until steps until a line arrived.
func (g *rig) until(line string) {
	g.t.Helper()
	for !slices.Contains(g.texts(), line) {
		g.step()
	}
}

// bubble gives a test a clock that stands still but while all wait. So what hangs is given up at once,
// and what the system is asked has as long as it takes, however busy the machine is.
func bubble(test func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

// soon fails when fn takes longer than anyone may wait for a folder that hangs.
func soon(t testing.TB, what string, fn func()) { t.Helper(); within(t, time.Second, what, fn) }

func within(t testing.TB, limit time.Duration, what string, fn func()) {
	t.Helper()
	began := time.Now()
	fn()
	if took := time.Since(began); took > limit {
		t.Fatalf("%s took %v", what, took)
	}
}

var everyCall = []string{"", "stat", "list", "open", "fstat", "pread", "statx", "close"}

func TestAFolderThatHangsBlocksNobody(t *testing.T) {
	for _, op := range everyCall {
		t.Run("in "+op, bubble(func(t *testing.T) {
			g, s := stuckRig(t)
			g.write("near/a.log", "near 1\n")
			g.write("far/a.log", "far 1\n")
			g.start()
			g.step()
			g.wantSet("near 1", "far 1")

			s.hang(op)
			want := []string{"near 1", "far 1"}
			g.write("far/a.log", "far 2\n")
			g.write("far/b.log", "far b\n")
			for n := range 50 {
				line := fmt.Sprintf("near %d", n+2)
				g.write("near/a.log", line+"\n")
				want = append(want, line)
				soon(t, "reading on in the other folder", func() { g.until(line) })
			}
			if len(s.calls()) > 3 {
				t.Errorf("calls that hang: %q", s.calls())
			}
			soon(t, "Status", func() {
				g.r.Status(func(readers.Status) bool { return true })
			})
			s.healed(g)
			g.wait()
			g.wantSet(append(want, "far 2", "far b")...)
			g.noLoss()
			soon(t, "Close", g.close)
		}))
	}
}

// Whatever happens to the files meanwhile, it is found out when the folder answers.
func TestWhatHappensWhileAFolderHangsIsMetWhenItAnswers(t *testing.T) {
	for _, op := range everyCall {
		for _, stopped := range []bool{false, true} {
			t.Run(fmt.Sprintf("in %s stopped %v", op, stopped), bubble(func(t *testing.T) {
				g, s := stuckRig(t)
				text, want := numbered(0, 3)
				g.write("far/a.log", text)
				g.write("far/t.log", "truncated 1\ntruncated 2\n")
				g.write("far/d.log", "deleted\n")
				g.start()
				g.step()
				want = append(want, "truncated 1", "truncated 2", "deleted")
				if stopped {
					g.close()
				}
				s.hang(op)
				more, wantMore := numbered(3, 5)
				g.write("far/a.log", more)
				g.rename("far/a.log", "far/a.log.1")
				g.write("far/a.log", "new\n")
				g.copy("far/t.log", "far/t.log.1")
				g.truncate("far/t.log")
				g.write("far/t.log", "after\n")
				g.do(os.Remove(g.path("far/d.log")))
				want = append(want, append(wantMore, "new", "after")...)
				if stopped {
					soon(t, "the start", g.start)
				}
				for range 30 {
					soon(t, "a step", g.step)
				}
				g.noLoss()
				s.healed(g)
				g.wait()
				g.wait()
				g.wantSet(want...)
				g.noLoss()
			}))
		}
	}
}

// Nobody waits for a look, not even for one that waits for a disk.
func TestNobodyWaitsForALook(t *testing.T) {
	g, s := stuckRig(t)
	g.write("near/a.log", "one\n")
	g.write("far/a.log", "two\n")
	g.hold = true
	g.start()
	g.step()
	s.hang("")
	g.r.disk.Patience = time.Minute // of the look
	looked := make(chan struct{})
	go func() { defer close(looked); g.look() }()
	for len(s.calls()) == 0 {
		time.Sleep(time.Millisecond)
	}
	within(t, 20*time.Second, "an acknowledgement", g.release)
	n := 0
	within(t, 20*time.Second, "the status", func() { g.r.Status(func(readers.Status) bool { n++; return true }) })
	if n != 2 {
		t.Errorf("the status has %d entries, want those of 2 files", n)
	}
	d := g.r.folders[filepath.Join(g.dir, "near")]
	within(t, 20*time.Second, "an event", func() { g.r.event(d, "a.log", 2) })
	s.answer()
	<-looked
	g.wantSet("one", "two")
}

// What a folder holds that answers for the first time later is as old as if it had
// answered at the start.
func TestAFolderThatHangsAtTheFirstStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := stuckRig(t)
		g.cfg.Paths = append(g.cfg.Paths, g.path("far/*/*.log"))
		g.cfg.StartAt = "end"
		g.do(mkdirs(g.path("far/sub")))
		g.write("far/a.log", "old\n")
		g.write("far/sub/a.log", "old\n")
		g.write("near/a.log", "old\n")
		s.hang("")
		g.start()
		for range 5 {
			g.step()
		}
		s.healed(g)
		g.wait()
		for _, name := range []string{"far/a.log", "far/sub/a.log", "near/a.log"} {
			g.write(name, "appended\n")
		}
		g.wait()
		g.write("far/b.log", "new\n")
		g.write("far/sub/b.log", "new\n")
		g.wait()
		g.wantSet("appended", "appended", "appended", "new", "new")
	})
}

// A batch that was being filled when the folder went away is whole, and nothing writes to it
// later.
func TestABatchIsNotTouchedByAReadThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, s := stuckRig(t)
		text, want := numbered(0, 20000)
		g.write("near/a.log", "first\n")
		g.start()
		g.step()
		g.write("far/a.log", text)
		g.limit.Bytes = 1 << 20
		g.look()
		s.hang("pread")
		g.look()
		g.write("near/a.log", strings.Repeat("x", 3000)+"\n")
		g.until(strings.Repeat("x", 3000))
		b := newBatch()
		g.r.Fill(b, g.limit)
		g.take(b)
		s.healed(g)
		g.wait()
		g.wantSet(append(want, "first", strings.Repeat("x", 3000))...)
	})
}

// cameWhileStopped has a log in far/sub read, and rotated twice while the agent is stopped; gone: nothing has its name then. It
// returns the lines that are to arrive.
func (g *rig) cameWhileStopped(gone bool) (want []string) {
	g.do(mkdirs(g.path("far/sub")))
	g.write("far/sub/a.log", "one\n")
	g.start()
	g.step()
	g.close()
	want = []string{"one", "two"}
	g.rename("far/sub/a.log", "far/sub/a.log.2")
	g.write("far/sub/a.log", "two\n")
	g.rename("far/sub/a.log", "far/sub/a.log.1")
	if !gone {
		g.write("far/sub/a.log", "three\n")
		want = append(want, "three")
	}
	return want
}

// What came and was rotated while the agent was stopped is asked for when its folder is found, though that is after the first look.
func TestAFolderThatIsFoundAfterTheStartIsAskedForWhatCameMeanwhile(t *testing.T) {
	for _, op := range []string{"", "list", "stat"} {
		for _, gone := range []bool{false, true} {
			t.Run(fmt.Sprintf("in %s gone %v", op, gone), bubble(func(t *testing.T) {
				g, s := stuckRig(t)
				g.cfg.Paths = append(g.cfg.Paths, g.path("far/*/*.log"))
				want := g.cameWhileStopped(gone)
				s.hang(op)
				soon(t, "the start", g.start)
				for range 5 {
					soon(t, "a step", g.step)
				}
				s.healed(g)
				g.wait()
				g.wait()
				g.wantSet(want...)
				g.noLoss()
			}))
		}
	}
}

// denied is the system, with a folder that may not be listed.
type denied struct {
	*hooked
	dir string
	on  bool
}

func (d *denied) List(path string, p *disk.Pulse) ([]disk.Entry, error) {
	if d.on && path == d.dir {
		return nil, unix.EACCES
	}
	return d.hooked.List(path, p)
}

// So it is where the folder above could not be listed at the start.
func TestAFolderBelowOneThatIsReadableLaterIsAskedForWhatCameMeanwhile(t *testing.T) {
	for _, gone := range []bool{false, true} {
		g := newRig(t, "far/*/*.log")
		sys := &denied{hooked: newHooked(func(_, _ string, do func()) { do() }), dir: g.path("far")}
		g.sys = sys
		want := g.cameWhileStopped(gone)
		sys.on = true
		g.start()
		for range 5 {
			g.step()
		}
		sys.on = false
		g.wait()
		g.wait()
		g.wantSet(want...)
		g.noLoss()
	}
}

// A log that was first seen a moment before a power cut is looked for among its rotations there too.
func TestScenario41InAFolderThatAnswersAfterTheStart(t *testing.T) {
	for _, op := range []string{"", "list", "stat"} {
		for _, live := range []bool{false, true} {
			for _, startAt := range []string{"beginning", "end"} {
				t.Run(fmt.Sprintf("in %s live %v start_at %s", op, live, startAt), bubble(func(t *testing.T) {
					g, s := stuckRig(t)
					g.cfg.StartAt = startAt
					g.write("far/old.log.1", "old\n")
					old := wall().Add(-time.Hour)
					g.do(os.Chtimes(g.path("far/old.log.1"), old, old))
					g.start()
					g.write("near/a.log", "near\n")
					g.step()
					stored, looked := g.reg.Checkpoints(), wall().Add(-time.Second)
					g.write("far/a.log", "one\n")
					g.step()
					g.rename("far/a.log", "far/a.log.2")
					g.write("far/a.log", "two\n")
					g.rename("far/a.log", "far/a.log.1")
					want := []string{"near", "one", "two"}
					if live {
						g.write("far/a.log", "three\n")
						want = append(want, "three")
					}
					g.powerCut(stored, looked)
					g.out = nil
					s.hang(op)
					soon(t, "the start", g.start)
					for range 5 {
						soon(t, "a step", g.step)
					}
					s.healed(g)
					g.wait()
					g.wait()
					have := slices.DeleteFunc(g.texts(), func(s string) bool { return s == "near" })
					slices.Sort(have)
					slices.Sort(want[1:])
					if !slices.Equal(have, want[1:]) {
						t.Fatalf("got %q, want %q\n%s", have, want[1:], g.log.String())
					}
					g.noLoss()
				}))
			}
		}
	}
}
