package file

import (
	"bytes"
	"compress/gzip"
	"os"
	"testing"

	"github.com/fsnotify/fsnotify"
)

// wantNoGaps fails when a gap is still stored though all was found.
func (g *rig) wantNoGaps() {
	g.t.Helper()
	for _, c := range g.reg.Checkpoints() {
		if c.Since != 0 {
			g.t.Fatalf("a gap is still stored with %s, now %s", c.Path, c.Name)
		}
	}
}

// shift makes room for a.log.1, then renames a.log.
func (g *rig) shift() {
	g.t.Helper()
	g.rename("a.log.1", "a.log.2")
	g.rename("a.log", "a.log.1")
}

func TestAGapIsFilledThoughItsNameIsThoughtToBeAnothers(t *testing.T) {
	g := newRig(t, "a.log")
	g.write("a.log", "1\n")
	g.start()
	g.step()
	g.rename("a.log", "a.log.1")
	g.write("a.log", "")
	g.step()
	g.write("a.log", "2\n")
	g.shift()
	g.write("a.log", "3\n")
	// The event of a line comes first: only the file is looked at, and a.log.1 is
	// still thought to be the first one.
	g.r.event(g.r.folders[g.dir], "a.log", fsnotify.Write)
	g.r.look(g.now)
	g.fill()
	g.wantSet("1", "2", "3")
	g.kill()
	g.start()
	g.wait()
	g.wantSet("1", "2", "3")
	g.wantNoGaps()
	g.noLoss()
}

func TestAGapOutlivesAKillWhileARotationIsBeingCompressed(t *testing.T) {
	f := func(pattern string, have int, renamed, killed bool) {
		t.Helper()
		g := newRig(t, pattern)
		g.write("a.log", "1\n")
		g.start()
		g.step()
		g.rename("a.log", "a.log.1")
		g.write("a.log", "2\n")
		g.shift()
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, err := w.Write([]byte("2\n"))
		g.do(err)
		g.do(w.Close())
		g.do(os.WriteFile(g.path("a.log.1.gz"), packed.Bytes()[:have], 0o644))
		g.remove("a.log.1")
		g.write("a.log", "3\n")
		g.step()
		g.want("1", "3")
		if renamed { // the next rotation does not wait
			g.rename("a.log.1.gz", "a.log.2.gz")
			g.look()
			g.rename("a.log.2.gz", "a.log.1.gz")
		}
		if killed {
			g.kill()
		}
		g.write("a.log.1.gz", string(packed.Bytes()[have:]))
		if killed {
			g.start()
		}
		g.wait()
		g.want("1", "3", "2")
		g.kill()
		g.start()
		g.wait()
		g.wantNoGaps()
		g.noLoss()
	}
	for _, pattern := range []string{"a.log", "a.log*"} {
		for _, have := range []int{0, 12} {
			for _, renamed := range []bool{false, true} {
				f(pattern, have, renamed, false)
				f(pattern, have, renamed, true)
			}
		}
	}
}

func TestAGapOutlivesAKillWhileARotatedFileIsEmpty(t *testing.T) {
	g := newRig(t, "a.log")
	g.write("a.log", "1\n")
	g.start()
	g.step()
	g.rename("a.log", "a.log.1")
	g.write("a.log", "")
	g.step()
	g.shift()
	g.write("a.log", "3\n")
	g.step()
	g.want("1", "3")
	g.kill()
	g.write("a.log.1", "2\n") // its writer was not told yet
	g.start()
	g.wait()
	g.want("1", "3", "2")
	g.wantNoGaps()
	g.noLoss()
}
