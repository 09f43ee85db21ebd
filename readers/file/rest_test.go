package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"logskiff/readers/file/disk"
	"logskiff/readers/file/watch"
)

// counting counts what is asked of the disk.
func (g *rig) counting(slow time.Duration) (stats, lists *atomic.Int64) {
	stats, lists = new(atomic.Int64), new(atomic.Int64)
	g.sys = newHooked(func(op, _ string, do func()) {
		switch op {
		case "stat":
			stats.Add(1)
		case "list":
			lists.Add(1)
			g.elapse(slow)
		}
		do()
	})
	return stats, lists
}

// synced waits until the events of all that was done to the files have been passed on.
func (g *rig) synced() {
	g.t.Helper()
	dir, came := g.t.TempDir(), make(chan struct{}, 100)
	at, sub, err := g.hub.Subscribe(dir, func(string, watch.Change) { came <- struct{}{} })
	g.do(err)
	g.do(os.WriteFile(filepath.Join(dir, "mark"), nil, 0o644))
	<-came
	g.hub.Unsubscribe(at, sub)
}

// layout is where quiet files lie.
type layout struct {
	name   string
	events bool
	make   func(g *rig, n int)
}

var layouts = []layout{
	{"flat", true, func(g *rig, n int) { g.many("", n) }},
	{"nested", true, func(g *rig, n int) {
		for i := range 20 {
			g.do(os.Mkdir(g.path(fmt.Sprint("d", i)), 0o755))
			g.many(fmt.Sprint("d", i), n/20)
		}
	}},
	{"linked", true, func(g *rig, n int) {
		to := g.t.TempDir()
		for i := range n {
			at := filepath.Join(to, fmt.Sprint(i%50))
			g.do(mkdirs(at))
			at = filepath.Join(at, fmt.Sprintf("%d.txt", i))
			g.do(os.WriteFile(at, fmt.Appendf(nil, "file %d\n", i), 0o644))
			g.do(os.Symlink(at, g.path(fmt.Sprintf("%d.log", i))))
		}
	}},
	{"polled", false, func(g *rig, n int) { g.many("", n) }},
}

func (g *rig) many(dir string, n int) {
	for i := range n {
		g.do(os.WriteFile(g.path(filepath.Join(dir, fmt.Sprintf("%d.log", i))), fmt.Appendf(nil, "file %s %d\n", dir, i), 0o644))
	}
}

// A poll of quiet files asks for a few of them, wherever they lie.
func TestScenario36RestAsksForFewFiles(t *testing.T) {
	const files = 3000
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			g := newRig(t, "*.log", "*/*.log")
			if l.events {
				g.withHub()
			}
			l.make(g, files)
			stats, lists := g.counting(0)
			g.start()
			g.step()
			g.after(2 * time.Second)
			if n := len(g.out); n != files {
				t.Fatalf("%d lines arrived", n)
			}
			stats.Store(0)
			for range 20 {
				g.look()
			}
			if n := stats.Load(); n > 20*(fewFiles+files/sweepMost+60)+files { // and perhaps a sweep
				t.Errorf("%d stats in the first 20 polls", n)
			}
			g.after(2 * hotFor)
			stats.Store(0)
			lists.Store(0)
			const polls = 120
			for range polls {
				g.look()
			}
			each := files/sweepMost + 60
			if !l.events {
				each = soonFiles/soonPolls + 10
			}
			if n := stats.Load(); n > int64(polls*each) {
				t.Errorf("%d stats in %d polls", n, polls)
			}
			if n := lists.Load(); n > 0 {
				t.Errorf("%d listings", n)
			}
			t.Logf("%.1f stats a poll", float64(stats.Load())/polls)
		})
	}
}

// In a folder without events a quiet file's first line is seen within ten polls, if there are not too many.
func TestTheFirstGrowthInAPolledFolderIsSeenSoon(t *testing.T) {
	for files, most := range map[int]int{fewFiles: 1, fewFiles + 1: 2, 1000: soonPolls, 1800: soonPolls, soonFiles: soonPolls, 3 * soonFiles: 3 * soonPolls} {
		g := newRig(t)
		g.many("", files)
		g.start()
		g.step()
		g.after(2 * hotFor)
		latest := 0
		for i := range 20 {
			had, polls := len(g.out), 0
			f, err := os.OpenFile(g.path(fmt.Sprintf("%d.log", i*(files-1)/19)), os.O_APPEND|os.O_WRONLY, 0)
			g.do(err)
			_, err = f.WriteString("grown\n")
			g.do(err)
			g.do(f.Close())
			for ; len(g.out) == had && polls <= 2*sweepMost; polls++ {
				g.look()
				g.fill()
			}
			latest = max(latest, polls)
		}
		if latest > most+1 {
			t.Errorf("%d files: seen after %d polls, want at most %d", files, latest, most+1)
		}
		g.kill()
	}
}

// A round comes to each file within as many polls as the one before.
func TestEachFileHasItsTurnInEachRound(t *testing.T) {
	const files = 1500
	d := &folder{files: map[string]*file{}}
	last := map[*file]int{}
	add := func(i int) {
		f := &file{folder: d, base: fmt.Sprint(i), Inode: disk.Inode{Ino: uint64(i * 7919 % 100_003)}}
		d.files[f.base] = f
	}
	for i := range files {
		add(i)
	}
	for poll := range 10 * sweepMost {
		add(files + poll/10)
		for _, f := range d.slice(len(d.files)/sweepMost + 1) {
			if was, ok := last[f]; ok && poll-was > sweepMost+1 {
				t.Fatalf("a file was looked at in poll %d, and then in %d", was, poll)
			}
			last[f] = poll
		}
	}
	if len(last) < files {
		t.Errorf("%d files had a turn", len(last))
	}
	for d.left > 0 {
		d.slice(1)
	}
	d.slice(1)
	order := &d.round[0]
	for range 2 * len(d.files) {
		d.slice(1)
	}
	if &d.round[0] != order {
		t.Error("files that are the same are put in order for each round")
	}
	gone := d.round[0]
	delete(d.files, gone.base)
	gone.folder = nil
	for range 2 {
		for _, f := range d.slice(len(d.files)) {
			if f == gone {
				t.Error("a file that is gone has a turn")
			}
		}
	}
}

// pass runs for a while as Run does, with nothing to wake it up, and returns how often it looked.
func (g *rig) pass(d time.Duration) (looks int) {
	g.t.Helper()
	for end := g.now().Add(d); g.now().Before(end); looks++ {
		wait := g.r.look()
		if wait < time.Millisecond {
			g.t.Fatalf("a look that is wanted in %v", wait)
		}
		g.elapse(wait)
	}
	return looks
}

// Where all is watched and nothing is under way, a reader sleeps for several polls.
func TestAtRestAReaderSleeps(t *testing.T) {
	for _, c := range []struct {
		name   string
		begin  func(g *rig)
		sleeps bool
	}{
		{"watched", func(g *rig) { g.withHub() }, true},
		{"many in one folder", func(g *rig) { g.withHub(); g.many("", 1200) }, true},
		{"polled", func(*rig) {}, false},
		{"a root that is not there", func(g *rig) {
			g.withHub()
			g.cfg.Paths = append(g.cfg.Paths, g.path("missing/*.log"))
		}, false},
		{"a link that leads nowhere yet", func(g *rig) {
			g.withHub()
			g.do(os.Symlink(filepath.Join(g.t.TempDir(), "no", "such"), g.path("b.log")))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t)
			c.begin(g)
			g.write("a.log", "1\n")
			g.start()
			g.step()
			g.after(3 * time.Second)
			looks := g.pass(expectFor / 2)
			want := int(expectFor/2/time.Second) / restPolls
			switch {
			case c.sleeps && looks > want+2:
				t.Errorf("%d looks, want %d", looks, want)
			case !c.sleeps && looks < want*restPolls-1:
				t.Errorf("%d looks only", looks)
			}
		})
	}
}

// What begins while it sleeps wakes it up.
func TestAFileThatCannotBeReadWakesASleepingReader(t *testing.T) {
	g := newRig(t)
	g.withHub()
	g.write("a.log", "1\n")
	g.start()
	g.step()
	g.after(3 * time.Second)
	g.pass(2 * restPolls * time.Second)
	select {
	case <-g.r.wake:
	default:
	}
	f := g.r.folders[g.dir].files["a.log"]
	f.busy = true
	g.r.finish(&turn{f: f, fd: -1, out: failed, err: errors.New("an error of the disk")})
	select {
	case <-g.r.wake:
	default:
		t.Fatal("a file is to be tried again, and nobody does")
	}
	if wait := g.r.look(); wait > time.Second {
		t.Errorf("tried again in %v", wait)
	}
}

// What no event tells of is found all the same, and then read as it comes.
func TestAChangeWithoutAnEventIsFound(t *testing.T) {
	for _, files := range []int{50, 1500} {
		for _, l := range layouts[:2] {
			t.Run(fmt.Sprint(l.name, " ", files), func(t *testing.T) {
				g := newRig(t, "*.log", "*/*.log")
				g.withHub()
				l.make(g, files-1)
				g.write("a.log", "1\n")
				elsewhere := filepath.Join(t.TempDir(), "a") // events name the folder that was written by
				g.do(os.Link(g.path("a.log"), elsewhere))
				g.start()
				g.step()
				g.synced()
				g.after(3 * time.Second)
				had := len(g.out)
				write := func(line string) {
					f, err := os.OpenFile(elsewhere, os.O_APPEND|os.O_WRONLY, 0)
					g.do(err)
					_, err = f.WriteString(line)
					g.do(err)
					g.do(f.Close())
				}
				write("2\n")
				polls := 0
				for ; len(g.out) == had && polls <= 2*sweepMost; polls++ {
					g.look()
					g.fill()
				}
				if most := sweepMost + 1; polls > most {
					t.Errorf("found after %d polls, want at most %d", polls, most)
				}
				for range 5 {
					had = len(g.out)
					write("more\n")
					g.look()
					g.fill()
					if len(g.out) != had+1 {
						t.Fatal("a file that changes without events is not looked at at each poll")
					}
				}
			})
		}
	}
}

// Names that match nothing are listed now and then, and a name that matches at once.
func TestNamesThatMatchNothingCostAListingNowAndThen(t *testing.T) {
	for _, events := range []bool{true, false} {
		t.Run(fmt.Sprintf("events %v", events), func(t *testing.T) {
			g := newRig(t)
			if events {
				g.withHub()
			}
			_, lists := g.counting(100 * time.Millisecond) // as of some 100,000 names
			g.start()
			g.step()
			lists.Store(0)
			for i := range 60 {
				g.write(fmt.Sprintf("nothing.%d", i), "x")
				g.look()
			}
			most := int64(60/2 + 2)
			if events {
				most = 60/20 + 2
			}
			if n := lists.Load(); n > most {
				t.Errorf("%d listings in a minute, want at most %d", n, most)
			}
			g.write("a.log", "1\n")
			if events {
				g.synced()
				g.look()
				g.fill()
			} else {
				g.after(4 * time.Second)
			}
			g.want("1")
		})
	}
}
