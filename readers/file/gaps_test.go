package file

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"logskiff/readers/file/watch"
)

// wantNoGaps fails when a gap is still stored though all was found. That of a name which nothing has is open
// until something has it.
func (g *rig) wantNoGaps() {
	g.t.Helper()
	for _, c := range g.stored() {
		if _, absent := g.r.absent[place{g.r.folders[filepath.Dir(c.Path)], filepath.Base(c.Path)}]; c.Since != 0 && !absent {
			g.t.Fatalf("a gap is still stored with %s, now %s", c.Path, c.Name)
		}
	}
}

// notStored says which gap is open that no stream of its name's is stored with, so that a kill would have it forgotten.
func (g *rig) notStored() string {
	g.r.mu.Lock()
	defer g.r.mu.Unlock()
	open := map[place]struct{}{}
	g.r.eachGap(func(live place) { open[live] = struct{}{} })
	for _, all := range []map[place]int64{g.r.absent, g.r.barred} {
		for live := range all {
			open[live] = struct{}{}
		}
	}
	for live := range open {
		path, since := live.d.join(live.name), g.r.gapSince(live)
		known, stored := false, false
		for _, c := range g.stored() {
			if c.Path == path && c.FingerLen > 0 {
				known = true
				stored = stored || c.Since != 0 && c.Since <= since
			}
		}
		if known && !stored {
			return "a gap is not stored: of " + live.name
		}
	}
	return ""
}

// wantAlsoAfterKill wants these lines, in this order, and nothing open or once more after
// a kill.
func (g *rig) wantAlsoAfterKill(lines ...string) {
	g.t.Helper()
	g.wait()
	g.want(lines...)
	g.kill()
	g.start()
	g.wait()
	g.want(lines...)
	g.wantNoGaps()
	g.noLoss()
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
	g.r.event(g.r.folders[g.dir], "a.log", watch.Written)
	g.r.look()
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
		g.wantAlsoAfterKill("1", "3", "2")
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

func TestALogIsReadThatCameAndWentAfterNothingHadItsName(t *testing.T) {
	for _, killed := range []bool{false, true} {
		g := newRig(t, "a.log")
		g.write("a.log", "1\n")
		g.start()
		g.step()
		g.rename("a.log", "a.log-20261101")
		g.step() // between the two steps of a rotation
		if killed {
			g.kill()
		}
		g.write("a.log", "2\n")
		g.rename("a.log", "a.log-20261102")
		g.write("a.log", "3\n")
		if killed {
			g.start()
		}
		g.wantAlsoAfterKill("1", "2", "3")
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

func TestOfTwoGapsTheOneOfTheLogIsOwed(t *testing.T) {
	var d, other folder
	of := func(d *folder, name string, since int64) gap { return gap{place{d, name}, since} }
	for _, c := range []struct {
		name      string
		was, then gap
		want      string
		since     int64
	}{
		{"the log's after its rotation's", of(&d, "a.log.1.gz", 1), of(&d, "a.log", 2), "a.log", 2},
		{"the log's before its rotation's", of(&d, "a.log", 2), of(&d, "a.log.1", 1), "a.log", 2},
		{"the rotation's before its copy's", of(&d, "a.log.1", 2), of(&d, "a.log.1.gz", 1), "a.log.1", 2},
		{"the earlier of one name", of(&d, "a.log", 2), of(&d, "a.log", 1), "a.log", 1},
		{"the later of one name", of(&d, "a.log", 1), of(&d, "a.log", 2), "a.log", 1},
		{"another log's", of(&d, "b.log", 1), of(&d, "a.log", 2), "b.log", 1},
		{"one in another folder", of(&d, "a.log.1", 1), of(&other, "a.log", 2), "a.log.1", 1},
	} {
		r := &Reader{owed: map[*file]gap{}}
		var f file
		r.owe(&f, c.was)
		r.owe(&f, c.then)
		if got := r.owed[&f]; got.live.name != c.want || got.since != c.since {
			t.Errorf("%s: owed %s since %d, want %s since %d", c.name, got.live.name, got.since, c.want, c.since)
		}
	}
}
