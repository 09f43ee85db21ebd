package file

import (
	"slices"
	"testing"
	"time"
)

func TestScenario01RenameAndCreateWhileReading(t *testing.T) {
	g := newRig(t)
	a, la := numbered(0, 1000)
	g.write("a.log", a)
	g.limit.Bytes = 8 << 10
	g.start()
	g.take1()
	g.rename("a.log", "a.log.1")
	b, lb := numbered(1000, 1100)
	g.write("a.log", b)
	g.wait()
	g.want(slices.Concat(la, lb)...)
	g.noLoss()
}

// take1 reads one batch.
func (g *rig) take1() {
	g.t.Helper()
	b := newBatch()
	g.r.Fill(b, g.limit)
	g.take(b)
}

func TestScenario02WriterGoesOnAfterTheRename(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "1\n")
	g.start()
	g.step()
	g.rename("a.log", "a.log.1")
	g.write("a.log", "new\n")
	g.step()
	for i := range 6 {
		g.after(5 * time.Second)
		g.write("a.log.1", string(rune('a'+i))+"\n")
	}
	g.wait()
	g.want("1", "new", "a", "b", "c", "d", "e", "f")
	g.after(10 * time.Minute)
	g.noLoss()
}

func TestScenario03RotatedNameMatchesThePatternToo(t *testing.T) {
	g := newRig(t, "a.log*")
	g.write("a.log", "1\n2\n")
	g.start()
	g.step()
	g.rename("a.log", "a.log.1")
	g.write("a.log", "3\n")
	g.wait()
	g.after(10 * time.Minute)
	g.kill()
	g.start()
	g.wait()
	g.want("1", "2", "3")
}

func TestScenario04RotatedWhileStopped(t *testing.T) {
	for _, pattern := range []string{"a.log", "a.log*"} {
		g := newRig(t, pattern)
		g.write("a.log", "1\n2\n")
		g.start()
		g.step()
		g.kill()
		g.write("a.log", "3\n")
		g.rename("a.log", "a.log.1")
		g.write("a.log", "4\n")
		g.start()
		g.wait()
		g.want("1", "2", "3", "4")
		g.noLoss()
	}
}

func TestScenario05RotatedTwiceWhileStopped(t *testing.T) {
	for _, pattern := range []string{"a.log", "a.log*"} {
		for _, start := range []string{"end", "beginning"} {
			g := newRig(t, pattern)
			g.cfg.StartAt = start
			g.start()
			g.write("a.log", "1\n2\n")
			g.step()
			g.kill()
			g.write("a.log", "3\n")
			g.rename("a.log", "a.log.1")
			g.write("a.log", "4\n")
			g.rename("a.log.1", "a.log.2")
			g.rename("a.log", "a.log.1")
			g.write("a.log", "5\n")
			g.start()
			g.wait()
			g.want("1", "2", "3", "4", "5")
			g.noLoss()
		}
	}
}

func TestScenario05RotatedTwiceBetweenTwoLooks(t *testing.T) {
	g := newRig(t, "a.log")
	g.write("a.log", "1\n")
	g.start()
	g.step()
	g.write("a.log", "2\n")
	g.rename("a.log", "a.log.1")
	g.write("a.log", "3\n")
	g.rename("a.log.1", "a.log.2")
	g.rename("a.log", "a.log.1")
	g.write("a.log", "4\n")
	g.wait()
	g.want("1", "2", "3", "4")
	g.noLoss()
}

func TestScenario06RotatedOutOfThePatternWithUnreadBytes(t *testing.T) {
	g := newRig(t)
	a, la := numbered(0, 1000)
	g.write("a.log", a)
	g.limit.Bytes = 8 << 10
	g.start()
	g.take1()
	g.rename("a.log", "b.old")
	g.wait()
	g.want(la...)
	g.noLoss()
}

func TestScenario07TheSameWhileStopped(t *testing.T) {
	g := newRig(t)
	a, la := numbered(0, 1000)
	g.write("a.log", a)
	g.limit.Bytes = 8 << 10
	g.start()
	g.take1()
	g.kill()
	g.rename("a.log", "b.old")
	g.start()
	g.wait()
	g.want(la...)
	g.noLoss()
}

func TestScenario07GoneWhileStoppedIsCounted(t *testing.T) {
	g := newRig(t)
	a, _ := numbered(0, 1000)
	g.write("a.log", a)
	g.limit.Bytes = 8 << 10
	g.start()
	g.take1()
	g.close()
	g.remove("a.log")
	g.start()
	g.wait()
	g.sound()
	cp := g.reg.Checkpoints()
	if len(cp) != 1 || cp[0].Lost == 0 || cp[0].Offset != int64(len(a)) || len(g.reg.Losses()) != 1 {
		t.Fatalf("got %+v %q", cp, g.reg.Losses())
	}
}

func TestScenario08CompressedBeforeItWasRead(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		for _, pattern := range []string{"a.log", "a.log*"} {
			g := newRig(t, pattern)
			a, la := numbered(0, 3000)
			g.write("a.log", a)
			g.limit.Bytes = 8 << 10
			g.start()
			g.take1()
			g.kill()
			if !stopped {
				g.start()
				g.closeFDs()
			}
			g.rename("a.log", "a.log.1")
			g.gzip("a.log.1")
			g.write("a.log", "new\n")
			if stopped {
				g.start()
			}
			g.wait()
			g.wantSet(append(la, "new")...)
			g.noLoss()
			g.kill()
			g.start()
			g.wait()
			g.wantSet(append(la, "new")...)
		}
	}
}

// closeFDs takes the reader's descriptors away, as a full table does.
func (g *rig) closeFDs() {
	g.r.mu.Lock()
	for f := g.r.fds.first; f != nil; f = g.r.fds.first {
		g.r.fds.close(f)
	}
	g.r.mu.Unlock()
}

func TestScenario09CompressedAfterItWasRead(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		g := newRig(t, "a.log*")
		a, la := numbered(0, 1000)
		g.write("a.log", a)
		g.start()
		g.step()
		if stopped {
			g.kill()
		}
		g.rename("a.log", "a.log.1")
		if !stopped {
			g.step()
		}
		g.gzip("a.log.1")
		g.write("a.log", "new\n")
		if stopped {
			g.start()
		}
		g.wait()
		g.want(append(la, "new")...)
		g.noLoss()
	}
}
