package file

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"logskiff/readers"
	"logskiff/readers/readertest"
)

// powerCut ends a run of which only what was stored by then is left.
func (g *rig) powerCut(stored []readers.Checkpoint, looked time.Time) {
	g.kill()
	g.reg = readertest.NewRegistry(stored...)
	g.since = looked
}

// TestScenario41APowerCutRightAfterALogWasFirstSeen: the store knows nothing of a log
// that was renamed before the cut, and paths names the live file only.
func TestScenario41APowerCutRightAfterALogWasFirstSeen(t *testing.T) {
	for _, startAt := range []string{"beginning", "end"} {
		for _, live := range []string{"there", "gone", "later"} {
			for rotations := 1; rotations < 4; rotations++ {
				for _, packed := range []bool{false, true} {
					for _, links := range []bool{false, true} {
						g := newPod(t, "a.log", "b.log", "containers/*.log")
						name := "b.log"
						if links {
							name = "pods/a/0.log"
						}
						g.cfg.StartAt = startAt
						g.write("a.log", "") // another log, known all the time
						g.start()
						g.write("a.log", "other\n")
						g.step()
						stored, looked := g.reg.Checkpoints(), time.Now().Add(-fileTick) // the last commit
						time.Sleep(2 * fileTick)
						want := []string{"other"}
						for n := range rotations {
							line := fmt.Sprintf("of content %d", n)
							want = append(want, line)
							g.write(name, line+"\n")
							if n == 0 {
								g.step()
							}
							to := fmt.Sprintf("%s.%d", name, rotations-n)
							g.rename(name, to)
							if packed {
								g.gzip(to)
							}
						}
						if live == "there" {
							g.write(name, "live\n")
						}
						g.powerCut(stored, looked)
						g.out = nil // what was sent is sent again, as the same
						g.start()
						g.wait()
						if live == "later" {
							g.write(name, "live\n")
							g.wait()
						}
						if live != "gone" {
							want = append(want, "live")
						}
						have := slices.DeleteFunc(g.texts(), func(s string) bool { return s == "other" })
						slices.Sort(have)
						slices.Sort(want[1:])
						if !slices.Equal(have, want[1:]) {
							t.Fatalf("start_at %s, live %s, %d rotations, packed %v, links %v: got %q\nwant %q\n%s", startAt, live, rotations, packed, links, have, want[1:], g.log.String())
						}
						g.sound()
						g.noLoss()
					}
				}
			}
		}
	}
}

// TestWhatWasThereBeforeTheFirstStartIsNotNew: neither after a cut, nor when a pattern
// comes later, are old rotations sent.
func TestWhatWasThereBeforeTheFirstStartIsNotNew(t *testing.T) {
	for _, startAt := range []string{"beginning", "end"} {
		for _, known := range []bool{false, true} {
			g := newRig(t, "*.log")
			g.cfg.StartAt = startAt
			g.write("a.log.2", "old 2\n")
			g.write("a.log.1", "old 1\n")
			g.write("b.log.1", "old b\n")
			g.write("a.log", "live\n")
			time.Sleep(2 * fileTick)
			looked := time.Now().Add(-fileTick)
			if known { // there was a first look
				g.since = looked
			}
			g.start()
			g.wait()
			want := []string{"live"}
			if startAt == "end" {
				want = nil
			}
			g.want(want...)
			g.write("b.log", "new b\n")
			g.wait()
			g.want(append(want, "new b")...)
		}
	}
}

// TestARotationThatGrewAndIsOlderThanTheFirstStart is left out as start_at says.
func TestARotationThatGrewAndIsOlderThanTheFirstStart(t *testing.T) {
	for _, startAt := range []string{"beginning", "end"} {
		g := newRig(t, "*.log")
		g.cfg.StartAt = startAt
		g.write("a.log.1", "old 1\n")
		time.Sleep(2 * fileTick)
		g.since = time.Now().Add(-fileTick)
		g.write("a.log.1", "written after it was renamed\n")
		g.write("a.log", "live\n")
		g.start()
		g.wait()
		if startAt == "end" {
			g.want("live")
			continue
		}
		g.wantSet("old 1", "written after it was renamed", "live")
	}
}

func TestTheFirstLookIsStoredDurablyOnceForAllFiles(t *testing.T) {
	g := newRig(t, "*.log")
	for n := range 100 {
		g.write(fmt.Sprintf("%d.log", n), "1\n")
	}
	g.start()
	if g.reg.DurableLooks != 1 || g.reg.Durable != 0 || g.reg.At.IsZero() {
		t.Fatalf("%d looks and %d streams were stored durably", g.reg.DurableLooks, g.reg.Durable)
	}
	first := g.reg.At
	g.after(time.Minute)
	if g.reg.DurableLooks != 1 || !g.reg.At.After(first) {
		t.Fatalf("later: %d, at %v", g.reg.DurableLooks, g.reg.At)
	}
	// A folder that cannot be looked at may hold what nobody registered.
	g.do(os.Rename(g.dir, g.dir+".away"))
	g.do(os.WriteFile(g.dir, nil, 0o644))
	g.after(time.Minute)
	blind := g.reg.At
	g.after(time.Minute)
	if !g.reg.At.Equal(blind) {
		t.Fatalf("it says that all was looked at: %v, %v", blind, g.reg.At)
	}
	g.do(os.Remove(g.dir))
	g.do(os.Rename(g.dir+".away", g.dir))
	g.after(time.Minute)
	if !g.reg.At.After(blind) {
		t.Fatal("it does not say again that all was looked at")
	}
}

func TestRotatedFrom(t *testing.T) {
	for _, base := range []string{"a.log", "a", "access_log", "a.b.log", "0.log"} {
		for _, name := range []string{base + ".1", base + ".1.gz", base + "-20261128", base + "-20261128.zst", base + ".20261128-010203.gz", base + ".gz"} {
			if !rotationOf(base, name) || !slices.Contains(rotatedFrom(name), base) {
				t.Errorf("%s of %s: %v", name, base, rotatedFrom(name))
			}
		}
	}
	if !slices.Contains(rotatedFrom("a-20261128.log.gz"), "a.log") || !slices.Contains(rotatedFrom("a-1.log"), "a.log") {
		t.Error("the date before the extension is not seen")
	}
	for _, name := range []string{"a.log", "a", "", ".1", "1", "-1-"} {
		for _, base := range rotatedFrom(name) {
			if !rotationOf(base, name) {
				t.Errorf("%q is no rotation of %q", name, base)
			}
		}
	}
}

// A name that is a compressed rotation's, and that paths match too, is asked for as a rotation, not as a log: nothing else is left of what came
// while nobody looked.
func TestWhatIsLeftCompressedUnderAFollowedNameIsReadByAStart(t *testing.T) {
	for _, startAt := range []string{"beginning", "end"} {
		for _, live := range []bool{false, true} {
			for rotations := 1; rotations < 4; rotations++ {
				g := newRig(t, "a.log", "b.log*")
				g.cfg.StartAt = startAt
				g.write("a.log", "")
				g.write("b.log.9", "old\n")
				g.gzip("b.log.9")
				time.Sleep(2 * fileTick)
				g.start()
				g.write("a.log", "other\n")
				g.step()
				stored, looked := g.reg.Checkpoints(), time.Now().Add(-fileTick)
				time.Sleep(2 * fileTick)
				want := []string{"other"}
				for n := range rotations {
					line := fmt.Sprintf("of content %d", n)
					want = append(want, line)
					g.write("b.log", line+"\n")
					to := fmt.Sprintf("b.log.%d", rotations-n)
					g.rename("b.log", to)
					g.gzip(to)
				}
				if live {
					g.write("b.log", "live\n")
					want = append(want, "live")
				}
				g.powerCut(stored, looked)
				g.start()
				g.wait()
				g.wantSet(want...)
				g.noLoss()
			}
		}
	}
}
