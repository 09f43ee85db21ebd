package file

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestScenario10CopytruncateAtTheEndOfFile(t *testing.T) {
	for _, pattern := range []string{"a.log", "a.log*"} {
		g := newRig(t, pattern)
		g.write("a.log", "1\n2\n")
		g.start()
		g.step()
		g.copy("a.log", "a.log.1")
		g.truncate("a.log")
		g.write("a.log", "3\n")
		g.wait()
		g.want("1", "2", "3")
		g.noLoss()
		g.kill()
		g.start()
		g.wait()
		g.want("1", "2", "3")
	}
}

func TestScenario11CopytruncateWithABacklog(t *testing.T) {
	for _, copied := range []string{"a.log.1", "kept/a.log.1", "a-copy"} {
		for _, pattern := range []string{"a.log", "a*"} {
			for _, between := range []bool{false, true} {
				for _, stopped := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s %s look=%v stopped=%v", copied, pattern, between, stopped), func(t *testing.T) {
						testBacklog(t, copied, pattern, between, stopped)
					})
				}
			}
		}
	}
}

func testBacklog(t *testing.T, copied, pattern string, between, stopped bool) {
	g := newRig(t, pattern)
	g.do(os.Mkdir(g.path("kept"), 0o755))
	g.do(os.WriteFile(g.path("logrotate.conf"), []byte("/x {\n  olddir kept # here\n}\n"), 0o644))
	a, la := numbered(0, 1000)
	g.write("a.log", a)
	g.limit.Bytes = 8 << 10
	g.start()
	g.take1()
	if stopped {
		g.kill()
	}
	g.copy("a.log", copied)
	if between && !stopped {
		g.elapse(time.Second)
		g.look()
	}
	g.truncate("a.log")
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
	g.noLoss()
}

func TestScenario11CopyThenCompressed(t *testing.T) {
	g := newRig(t, "a.log*")
	a, la := numbered(0, 1000)
	g.write("a.log", a)
	g.limit.Bytes = 8 << 10
	g.start()
	g.take1()
	g.copy("a.log", "a.log.1")
	g.gzip("a.log.1")
	g.truncate("a.log")
	g.write("a.log", "new\n")
	g.wait()
	g.wantSet(append(la, "new")...)
	g.noLoss()
}

func TestLinesReadAfterTheCopyWasMadeAreNotRepeated(t *testing.T) {
	g := newRig(t, "a.log*")
	g.write("a.log", "1\n2\n")
	g.start()
	g.step()
	g.copy("a.log", "a.log.1")
	g.look()
	g.write("a.log", "3\n")
	g.step()
	g.truncate("a.log")
	g.wait()
	g.write("a.log", "4\n")
	g.wait()
	g.want("1", "2", "3", "4")
	g.kill()
	g.start()
	g.wait()
	g.want("1", "2", "3", "4")
}

func TestScenario12TruncatedAndRegrownPastTheCursor(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		g := newRig(t)
		g.write("a.log", "1\n2\n")
		g.start()
		g.step()
		if stopped {
			g.kill()
		}
		g.do(os.WriteFile(g.path("a.log"), []byte("other 1\nother 2\n"), 0o644))
		if stopped {
			g.start()
		}
		g.wait()
		g.want("1", "2", "other 1", "other 2")
		g.noLoss()
	}
}

func TestRewrittenWithTheSameFirstLineIsAnotherStream(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		g := newRig(t)
		g.write("a.log", "header\n1\n2\n")
		g.start()
		g.step()
		if stopped {
			g.kill()
		}
		g.do(os.WriteFile(g.path("a.log"), []byte("header\n3\n4\n5\n"), 0o644))
		if stopped {
			g.start()
		}
		g.wait()
		g.want("header", "1", "2", "header", "3", "4", "5")
		if g.reg.Durable != 1 {
			t.Fatalf("%d durable registrations, want 1", g.reg.Durable)
		}
	}
}

func TestTruncatedToTheSameSizeIsNoticed(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "one\ntwo\n")
	g.start()
	g.step()
	g.do(os.WriteFile(g.path("a.log"), []byte("six\nten\n"), 0o644))
	g.wait()
	g.want("one", "two", "six", "ten")
}

func TestUnreadBytesThatAreTruncatedAwayAreCounted(t *testing.T) {
	g := newRig(t)
	a, _ := numbered(0, 1000)
	g.write("a.log", a)
	g.limit.Bytes = 8 << 10
	g.start()
	g.hold = true
	g.take1()
	g.truncate("a.log")
	g.write("a.log", "new\n")
	g.step()
	if len(g.reg.Losses()) != 0 {
		t.Fatal("counted before what was read is acknowledged")
	}
	g.hold = false
	g.release()
	g.wait()
	g.sound()
	var lost int64
	for _, c := range g.reg.Checkpoints() {
		lost += c.Lost
	}
	read := 0
	for _, x := range g.out[:len(g.out)-1] {
		read += int(x.rec.Size)
	}
	if int(lost)+read != len(a) || g.out[len(g.out)-1].text != "new" {
		t.Fatalf("%d read and %d lost of %d", read, lost, len(a))
	}
}

func TestScenario13TruncatedEverySecond(t *testing.T) {
	g := newRig(t)
	g.start()
	var want []string
	for i := range 30 {
		want = append(want, fmt.Sprintf("content %d", i))
		g.do(os.WriteFile(g.path("a.log"), []byte(want[i]+"\n"), 0o644))
		g.step()
	}
	g.want(want...)
	g.noLoss()
}

func TestScenario14InodeReusedWhileStopped(t *testing.T) {
	for _, dir := range []string{"", "/dev/shm"} {
		g := newRig(t)
		if dir != "" {
			tmp, err := os.MkdirTemp(dir, "logskiff")
			if err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() { os.RemoveAll(tmp) })
			g.dir, g.cfg.Paths = tmp, []string{tmp + "/*.log"}
		}
		var want []string
		reused := 0
		for i := range 30 {
			was := inodeOf(g, fmt.Sprintf("%d.log", i-1))
			if i > 0 {
				g.remove(fmt.Sprintf("%d.log", i-1))
			}
			text := fmt.Sprintf("same first line\n%d\n", i)
			for range i {
				text += "more\n"
				want = append(want, "more")
			}
			want = append(want, "same first line", fmt.Sprint(i))
			g.write(fmt.Sprintf("%d.log", i), text)
			if inodeOf(g, fmt.Sprintf("%d.log", i)) == was && was != 0 {
				reused++
			}
			if g.r == nil {
				g.start()
			}
			g.step()
			if i%2 == 0 {
				g.kill()
				g.start()
			}
		}
		g.wait()
		g.wantSet(want...)
		g.noLoss()
		t.Logf("%s: %d inodes used again", g.dir, reused)
	}
}

func inodeOf(g *rig, name string) uint64 {
	var st syscall.Stat_t
	if syscall.Stat(g.path(name), &st) != nil {
		return 0
	}
	return st.Ino
}

func TestScenario15SameFirstKilobyte(t *testing.T) {
	same, l := numbered(0, 100)
	g := newRig(t)
	g.write("a.log", same)
	g.write("b.log", same)
	g.start()
	g.wait()
	g.wantSet(slices.Concat(l, l)...)
	g.write("a.log", "a\n")
	g.write("b.log", "b\n")
	g.step()
	g.wantSet(slices.Concat(l, l, []string{"a", "b"})...)
	g.noLoss()
}

func TestScenario15TwinThatDiffersLaterIsReadAtOnce(t *testing.T) {
	same, l := numbered(0, 100)
	g := newRig(t)
	g.start()
	g.write("a.log", same+"a\n")
	g.step()
	g.write("b.log", same+"b\n")
	g.step()
	g.wantSet(slices.Concat(l, l, []string{"a", "b"})...)
}

func TestScenario16TwelveBytes(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "twelve byte\n")
	g.start()
	g.step()
	g.want("twelve byte")
}

func TestScenario17EmptyThenRenamedThenWritten(t *testing.T) {
	g := newRig(t, "*.log", "*.tmp")
	g.start()
	g.write("a.tmp", "")
	g.step()
	g.rename("a.tmp", "a.log")
	g.step()
	g.write("a.log", "1\n")
	g.wait()
	g.want("1")
	if g.out[0].path != g.path("a.log") {
		t.Fatalf("path %s", g.out[0].path)
	}
}

func TestScenario18SymlinkPointedElsewhere(t *testing.T) {
	for _, pattern := range []string{"current", "*"} {
		g := newRig(t, pattern)
		a, la := numbered(0, 500)
		g.write("v1", a)
		g.do(os.Symlink("v1", g.path("current")))
		g.limit.Bytes = 8 << 10
		g.start()
		g.take1()
		g.write("v2", "new\n")
		g.do(os.Remove(g.path("current")))
		g.do(os.Symlink("v2", g.path("current")))
		g.wait()
		g.wantSet(append(la, "new")...)
		g.noLoss()
	}
}

func TestScenario18LinkedFolderPointedElsewhere(t *testing.T) {
	g := newRig(t, "current/*.log")
	g.do(os.Mkdir(g.path("v1"), 0o755))
	g.do(os.Mkdir(g.path("v2"), 0o755))
	g.do(os.Symlink("v1", g.path("current")))
	g.write("v1/a.log", "1\n")
	g.start()
	g.step()
	g.write("v1/a.log", "2\n")
	g.write("v2/a.log", "3\n")
	g.do(os.Remove(g.path("current")))
	g.do(os.Symlink("v2", g.path("current")))
	g.wait()
	g.wantSet("1", "2", "3")
	g.noLoss()
}

func TestScenario19HardLinks(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "1\n")
	g.do(os.Link(g.path("a.log"), g.path("b.log")))
	g.start()
	g.wait()
	g.write("b.log", "2\n")
	g.wait()
	g.remove("a.log")
	g.wait()
	g.write("b.log", "3\n")
	g.wait()
	g.want("1", "2", "3")
	g.noLoss()
}
