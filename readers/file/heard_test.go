package file

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// longListings has each listing take as long as of some 20,000 names, and the reader hear of events.
func (g *rig) longListings() (lists *atomic.Int64) {
	g.withHub()
	g.long = true
	_, lists = g.counting(20 * time.Millisecond)
	return lists
}

// Names that events tell of are asked for by themselves, and followed at once, in a folder that takes long to be listed.
func TestNewNamesInALongFolderAreAskedForByThemselves(t *testing.T) {
	g := newRig(t)
	lists := g.longListings()
	g.do(os.Mkdir(g.path("old"), 0o755)) // rotations can lie there
	g.start()
	g.step()
	lists.Store(0)
	const looks = 100
	for i := range looks {
		g.write(fmt.Sprintf("%d.log", i), fmt.Sprint(i, "\n"))
		g.write(fmt.Sprintf("nothing.%d", i), "x")
		g.look()
		g.fill()
		if n := len(g.out); n != i+1 {
			t.Fatalf("%d lines arrived after %d files were made", n, i+1)
		}
	}
	// One listing for each patience, and then what lies beside the new names and below the folder.
	each, most := int64(5), int64(looks*time.Second/(200*20*time.Millisecond)+2)
	if n := lists.Load(); n > each*most {
		t.Errorf("%d listings while %d files came, want at most %d", n, looks, each*most)
	}
	t.Logf("%d listings", lists.Load())
}

// What had a new name before the look that its event led to is found, if only a little later.
func TestANameThatWasRotatedBetweenItsEventAndTheLookIsRead(t *testing.T) {
	for _, to := range []string{"app.log.1", "old/app.log.1"} {
		for _, heard := range []bool{true, false} {
			t.Run(fmt.Sprint(to, ", events ", heard), func(t *testing.T) {
				g := newRig(t)
				g.clock.Add(-int64(20 * time.Second)) // what is made from now on is made after the first look, by the system's clock too
				g.longListings()
				rotate := func() {}
				g.sys.(*hooked).around = func(op, path string, do func()) {
					if op == "stat" && path == g.path("app.log") {
						now := rotate
						rotate = func() {}
						now()
					}
					if op == "list" {
						g.elapse(20 * time.Millisecond)
					}
					do()
				}
				g.do(os.Mkdir(g.path("old"), 0o755))
				g.start()
				g.step()
				g.step()
				g.write("app.log", "first\n")
				g.synced()
				rotate = func() {
					g.rename("app.log", to)
					g.write("app.log", "second\n")
				}
				g.look()
				g.fill()
				if g.synced(); !heard {
					for _, d := range g.r.folders {
						d.dirty = false
					}
				}
				g.after(20 * time.Second)
				g.wantSet("first", "second")
				g.noLoss()
				g.wantNoGaps()
			})
		}
	}
}

// What a name had that nothing has now is looked for elsewhere for as long as a week, and no oftener than the folder is listed.
func TestALogThatIsGoneDoesNotHaveALongFolderListedWithEachSweep(t *testing.T) {
	g := newRig(t)
	lists := g.longListings()
	g.sys.(*hooked).around = func(op, _ string, do func()) {
		if op == "list" {
			lists.Add(1)
			g.elapse(time.Second)
		}
		do()
	}
	g.do(os.Mkdir(g.path("old"), 0o755))
	g.write("a.log", "1\n")
	g.write("b.log", "2\n")
	g.start()
	g.step()
	g.remove("a.log")
	g.remove("b.log")
	g.wait()
	if len(g.r.absent) != 2 {
		t.Fatalf("%d names are absent, want 2", len(g.r.absent))
	}
	g.after(10 * time.Minute)
	lists.Store(0)
	sweeps := 0
	for end := g.now().Add(20 * time.Minute); g.now().Before(end); {
		was := g.r.nextSweep
		g.look()
		if g.r.nextSweep != was {
			sweeps++
		}
	}
	if n := lists.Load(); sweeps < 30 || n > 20*60/200*4 {
		t.Errorf("%d listings with %d sweeps in 20 minutes", n, sweeps)
	}
	t.Logf("%d listings, %d sweeps", lists.Load(), sweeps)
}

// Whether a name was anybody's is told the same way to few who ask in one look, and to many.
func TestWhetherANameWasAnybodysIsToldToFewAsToMany(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "1\n")
	g.write("b.log", "2\n")
	g.write("c.log", "3\n")
	g.start()
	g.step()
	g.rename("b.log", "b.log.1")
	g.remove("c.log")
	g.wait()
	clear(g.r.absent)
	d := g.r.folders[g.dir]
	few := &pass{}
	for n, name := range []string{"a.log", "b.log", "c.log", "b.log.1", "d.log"} {
		at := place{d, name}
		few.asking = 0
		many := &pass{asking: fewAsk}
		want := n < 3
		if few.called(g.r, at) != want || many.called(g.r, at) != want || few.paths != nil || many.paths == nil {
			t.Errorf("%s: was anybody's? want %v", name, want)
		}
	}
}
