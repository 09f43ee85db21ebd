package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/readers/file/disk"
	"logskiff/readers/file/watch"
)

// eager has each folder timed as soon as anything is written in it, and nothing is under way. Safe where no two changes
// of a folder leave the same time, if it is asked for between them.
func eager() *pacing { return &pacing{rate: 1, stats: 1 << 20, every: 10 * time.Millisecond} }

// makeBusy has all folders taken for busy by the next look.
func (r *Reader) makeBusy() {
	r.mu.Lock()
	defer r.unlock()
	for _, d := range r.folders {
		if d.writes, d.from = 1000, r.clock.now-int64(time.Second); !slices.Contains(r.busy, d) {
			r.busy = append(r.busy, d)
		}
	}
}

// skipCoarse skips a test where the file system's times are too coarse for eager.
func skipCoarse(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	was := disk.Info{}
	for i := range 50 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		now, err := (disk.System{}).Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if now.Ctime == was.Ctime {
			t.Skip("two changes of a folder leave the same time here")
		}
		was = now
	}
}

// grow appends to a file, and to no folder's time: see touched.
func (g *rig) grow(name, text string) {
	g.t.Helper()
	f, err := os.OpenFile(g.path(name), os.O_APPEND|os.O_WRONLY, 0)
	g.do(err)
	_, err = f.WriteString(text)
	g.do(err)
	g.do(f.Close())
}

// busy has a folder timed, by as many events of a name as the hub would tell.
func (g *rig) busy(dir, name string) {
	g.t.Helper()
	g.synced()
	g.after(8 * time.Second)
	g.bustle(dir, name, 700)
	if !g.isTimed(dir) {
		g.t.Fatalf("a busy folder is not timed; log:\n%s", g.log.String())
	}
	g.out = nil
}

// bustle passes so many events a second on, for some seconds, and looks when Run would.
func (g *rig) bustle(dir, name string, rate int) {
	g.t.Helper()
	due := g.now()
	for range 4 * rate {
		g.r.event(g.r.folders[dir], name, watch.Written)
		g.elapse(time.Second / time.Duration(rate))
		select {
		case <-g.r.wake:
		default:
			if g.now().Before(due) {
				continue
			}
		}
		due = g.now().Add(g.r.look())
		if g.r.folders[dir].timed != nil {
			break
		}
	}
	g.fill()
}

// isTimed tells whether a folder is timed, and checks that it is watched if not.
func (g *rig) isTimed(dir string) bool {
	g.t.Helper()
	timed := g.r.folders[dir].timed != nil
	if timed == g.r.env.Hub.Watched(dir) {
		g.t.Fatalf("timed: %v, and watched: %v", timed, timed)
	}
	return timed
}

// glance is what Run does pacing.every later.
func (g *rig) glance() (ended bool) {
	g.t.Helper()
	g.elapse(g.r.pacing.every)
	if ended = g.r.glance(); ended {
		g.r.look()
		g.filed()
	}
	g.fill()
	return ended
}

func TestABusyFolderIsLookedAtByTheClock(t *testing.T) {
	g := newRig(t)
	g.withHub()
	g.write("a.log", "a\n")
	g.write("b.log", "b\n")
	g.write("c.log", "")
	g.start()
	g.step()
	g.busy(g.dir, "a.log")
	for i := range 100 {
		g.grow("a.log", strings.Repeat("line\n", 20))
		if g.glance(); len(g.out) != 20*(i+1) {
			t.Fatalf("%d lines arrived, want %d", len(g.out), 20*(i+1))
		}
	}
	if !g.isTimed(g.dir) {
		t.Fatal("watched again, though 400 lines come in a second")
	}
	g.out = nil
	for range 40 {
		g.glance()
	}
	if g.isTimed(g.dir) {
		t.Fatal("not watched again, though no line comes")
	}
	g.grow("a.log", "alone\n")
	g.synced()
	g.fill() // woken by the event alone
	g.want("alone")
	g.noLoss()
}

// Whatever is done to names or contents of a folder that is timed, the watch is there again
// before anything is decided, and nothing is lost or comes twice.
func TestWhatHappensInATimedFolderIsFoundByTheNextGlance(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(g *rig)
		want []string
		stay bool // it goes on to be timed
	}{
		{"it grows", func(g *rig) { g.grow("a.log", "1\n") }, []string{"1"}, true},
		{"renamed and created", func(g *rig) {
			g.grow("a.log", "1\n")
			g.rename("a.log", "a.log.1")
			g.write("a.log", "2\n")
			g.grow("a.log.1", "3\n")
		}, []string{"1", "3", "2"}, false},
		{"rotated twice between two glances", func(g *rig) {
			g.grow("a.log", "1\n")
			g.rename("a.log", "a.log.2")
			g.write("a.log", "2\n")
			g.rename("a.log", "a.log.1")
			g.write("a.log", "3\n")
		}, []string{"1", "2", "3"}, false},
		{"rotated twice and compressed", func(g *rig) {
			g.grow("a.log", "1\n")
			g.rename("a.log", "a.log.2")
			g.write("a.log", "2\n")
			g.rename("a.log", "a.log.1")
			g.gzip("a.log.2")
			g.gzip("a.log.1")
			g.write("a.log", "3\n")
		}, []string{"1", "2", "3"}, false},
		{"copied, truncated and filled beyond its size", func(g *rig) {
			g.grow("a.log", "1\n")
			g.copy("a.log", "a.log.1")
			g.truncate("a.log")
			g.grow("a.log", strings.Repeat("x", 1<<20)+"\n")
		}, []string{"1", strings.Repeat("x", 1<<20)}, false},
		{"truncated and filled beyond its size, the copy elsewhere", func(g *rig) {
			g.do(mkdirs(filepath.Join(filepath.Dir(g.dir), "elsewhere")))
			g.truncate("a.log")
			g.grow("a.log", strings.Repeat("x", 1<<20)+"\n")
		}, []string{strings.Repeat("x", 1<<20)}, true}, // until it is read, and its bytes are not what they were
		{"truncated", func(g *rig) { g.truncate("a.log") }, nil, false},
		{"deleted with what was not read", func(g *rig) {
			g.grow("a.log", "1\n")
			g.remove("a.log")
		}, []string{"1"}, false},
		{"a new name", func(g *rig) { g.write("new.log", "1\n") }, []string{"1"}, false},
		{"a new name, and the folder's time put back", func(g *rig) {
			i, err := os.Stat(g.dir)
			g.do(err)
			g.do(os.WriteFile(g.path("new.log"), []byte("1\n"), 0o644))
			g.do(os.Chtimes(g.dir, i.ModTime(), i.ModTime()))
		}, []string{"1"}, false},
		{"two names exchanged", func(g *rig) {
			g.grow("a.log", "1\n")
			g.rename("a.log", "x")
			g.rename("b.log", "a.log")
			g.rename("x", "b.log")
			g.grow("a.log", "2\n")
		}, []string{"1", "2"}, false},
		{"another folder in its place", func(g *rig) {
			g.do(os.Rename(g.dir, g.dir+".old"))
			g.do(os.Mkdir(g.dir, 0o755))
			g.write("a.log", "1\n")
		}, []string{"1"}, false},
		{"gone, and there again", func(g *rig) {
			g.do(os.RemoveAll(g.dir))
			g.glance()
			g.do(os.Mkdir(g.dir, 0o755))
			g.write("a.log", "1\n")
		}, []string{"1"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			g.dir = filepath.Join(g.dir, "logs")
			g.do(os.Mkdir(g.dir, 0o755))
			g.cfg.Paths = []string{g.path("*.log")}
			g.withHub()
			g.write("a.log", "a\n")
			g.write("b.log", "b\n")
			watched := false
			g.sys = newHooked(func(op, path string, do func()) {
				if op == "list" && path == g.dir {
					watched = g.hub.Watched(g.dir)
					if _, err := os.Stat(g.dir); !watched && err == nil {
						t.Error("a folder is listed that is not watched")
					}
				}
				do()
			})
			g.start()
			g.step()
			g.busy(g.dir, "a.log")
			watched = false
			c.do(g)
			g.glance()
			if d := g.r.folders[g.dir]; d != nil && d.timed != nil != c.stay {
				t.Errorf("still timed: %v", !c.stay)
			}
			if !c.stay && !watched && g.r.folders[g.dir] != nil && !g.r.folders[g.dir].missing {
				t.Error("not all of it was looked at")
			}
			g.wait()
			g.wantSet(c.want...)
			g.noLossBut(c.name == "truncated" || strings.Contains(c.name, "elsewhere"))
			g.kill()
			g.out = nil
			g.start()
			g.wait()
			g.want()
		})
	}
}

// noLossBut checks that nothing counts as lost, where nothing can have been.
func (g *rig) noLossBut(maybe bool) {
	g.t.Helper()
	if !maybe {
		g.noLoss()
	}
}

func TestWhichFoldersAreTimed(t *testing.T) {
	for _, c := range []struct {
		name  string
		begin func(g *rig)
		then  func(g *rig)
		rate  int
		timed bool
	}{
		{"busy", nil, nil, 600, true},
		{"not busy", nil, nil, 400, false},
		{"many files for so few events", func(g *rig) { g.many("", 300) }, nil, 600, false},
		{"and for many", func(g *rig) { g.many("", 300) }, nil, 2000, true},
		{"with an empty file", func(g *rig) { g.write("b.log", "") }, nil, 600, true},
		{"with a file that was renamed a while ago", nil, func(g *rig) {
			g.rename("a.log", "a.log.1")
			g.write("a.log", "another\n")
			g.after(10 * time.Second)
		}, 600, true},
		{"names changed just now", nil, func(g *rig) {
			g.write("b.log", "b\n")
			g.look()
		}, 600, false},
		{"a file has NULs that are not written yet", func(g *rig) { g.write("b.log", "b\n"+strings.Repeat("\x00", 8192)) }, nil, 600, false},
		{"a deleted file is still read", nil, func(g *rig) {
			g.hold = true
			g.grow("a.log", "more\n")
			g.synced()
			g.fill()
			g.remove("a.log")
			g.look()
			g.elapse(6 * time.Second)
		}, 600, false},
		{"watches have run out", nil, func(g *rig) {
			other := g.t.TempDir()
			g.denied.Store(&other)
			if _, _, err := g.hub.Subscribe(other, func(string, watch.Change) {}); err == nil {
				g.t.Fatal("a folder is watched though there are no watches")
			}
		}, 600, false},
		{"a name leads nowhere", func(g *rig) { g.do(os.Symlink("nowhere", g.path("b.log"))) }, nil, 600, false},
		{"a link leads into it", func(g *rig) {
			to := filepath.Join(g.t.TempDir(), "b")
			g.do(os.WriteFile(to, []byte("b\n"), 0o644))
			g.do(os.Symlink(to, g.path("b.log")))
		}, nil, 600, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			g.withHub()
			g.write("a.log", "a\n")
			if c.begin != nil {
				c.begin(g)
			}
			g.start()
			g.step()
			g.synced()
			g.after(8 * time.Second)
			if c.then != nil {
				c.then(g)
			}
			g.r.look()
			g.bustle(g.dir, "a.log", c.rate)
			if timed := g.isTimed(g.dir); timed != c.timed {
				t.Errorf("timed: %v", timed)
			}
		})
	}
}

// Where those files grow that nobody follows a folder is timed ever more seldom.
func TestAFolderWhoseEventsAreNobodysIsTimedEverMoreSeldom(t *testing.T) {
	g := newRig(t)
	g.withHub()
	g.write("a.log", "a\n")
	g.start()
	g.step()
	g.synced()
	g.after(8 * time.Second)
	glances, times := 0, 0
	for end := g.now().Add(10 * time.Minute); g.now().Before(end); {
		g.bustle(g.dir, "a.txt", 600)
		for was := g.isTimed(g.dir); g.isTimed(g.dir); glances++ {
			if was {
				times, was = times+1, false
			}
			g.glance()
		}
	}
	if times < 5 || times > 20 {
		t.Errorf("timed %d times in ten minutes, with %d glances", times, glances)
	}
}

// What a link leads to is found to have grown, and rotated, where it lies.
func TestTheFolderBehindALinkIsTimed(t *testing.T) {
	g := newRig(t)
	g.withHub()
	pod := t.TempDir()
	log := filepath.Join(pod, "0.log")
	g.do(os.WriteFile(log, []byte("a\n"), 0o644))
	g.do(os.Symlink(log, g.path("pod.log")))
	g.start()
	g.step()
	g.busy(pod, "0.log")
	if g.isTimed(g.dir) {
		t.Error("the folder of the link is timed")
	}
	add := func(line string) {
		f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		g.do(err)
		_, err = f.WriteString(line)
		g.do(err)
		g.do(f.Close())
	}
	add("1\n")
	if g.glance() {
		t.Error("watched again, though it has only grown")
	}
	g.want("1")
	add("2\n")
	g.do(os.Rename(log, log+".1"))
	add("3\n")
	if !g.glance() {
		t.Error("still timed, though it was rotated")
	}
	g.wait()
	g.want("1", "2", "3")
	if g.isTimed(pod) {
		t.Error("not watched again")
	}
	g.noLoss()
}

// Two readers share a folder: there is no watch when neither needs one, and either has it again.
func TestReadersThatShareAFolderDoWithoutItsWatchTogether(t *testing.T) {
	g, h := newRig(t), newRig(t, "b.log")
	g.withHub()
	h.hub, h.dir = g.hub, g.dir
	h.cfg.Paths = []string{g.path("b.log")}
	g.cfg.Paths = []string{g.path("a.log")}
	g.write("a.log", "a\n")
	g.write("b.log", "b\n")
	for _, x := range []*rig{g, h} {
		x.start()
		x.step()
		x.synced()
		x.after(8 * time.Second)
		x.bustle(g.dir, "a.log", 700)
		x.out = nil
	}
	if !g.isTimed(g.dir) || !h.isTimed(g.dir) {
		t.Fatal("not timed")
	}
	for range 40 { // that one file is busy is enough for both
		g.grow("a.log", strings.Repeat("line\n", 20))
		g.glance()
		h.glance()
	}
	if !g.isTimed(g.dir) || !h.isTimed(g.dir) {
		t.Fatal("not timed any more")
	}
	g.write("b.log", "1\n")
	g.rename("b.log", "b.log.1")
	g.write("b.log", "2\n")
	h.glance()
	h.wait()
	h.want("1", "2")
	if h.r.folders[g.dir].timed != nil {
		t.Error("a reader that found a rotation does without events")
	}
	g.glance()
	if g.isTimed(g.dir) {
		t.Error("the other does without them")
	}
}

// A folder that hangs while it is timed is as any that hangs.
func TestATimedFolderThatHangs(t *testing.T) {
	g := newRig(t)
	g.withHub()
	g.write("a.log", "a\n")
	g.start()
	g.step()
	g.busy(g.dir, "a.log")
	hang := make(chan struct{})
	g.r.disk.Patience = 10 * time.Millisecond
	g.ask(newHooked(func(_, path string, do func()) {
		if strings.HasPrefix(path, g.dir) {
			<-hang
		}
		do()
	}))
	g.grow("a.log", "1\n")
	g.glance()
	if !g.r.folders[g.dir].away {
		t.Fatal("not away")
	}
	close(hang)
	g.r.disk.Patience = time.Minute
	for n := 0; len(g.out) == 0 && n < 1000; n++ {
		time.Sleep(time.Millisecond)
		g.step()
	}
	g.want("1")
	if g.isTimed(g.dir) {
		t.Error("it is timed")
	}
}
