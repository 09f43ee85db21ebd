package file

import (
	"os"
	"strings"
	"testing"
)

// overwrite writes text into a file where it stands, at an offset.
func (g *rig) overwrite(name string, at int64, text string) {
	g.t.Helper()
	f, err := os.OpenFile(g.path(name), os.O_WRONLY, 0)
	g.do(err)
	_, err = f.WriteAt([]byte(text), at)
	g.do(err)
	g.do(f.Close())
}

func (g *rig) streams() int {
	seen := map[string]bool{}
	for _, x := range g.out {
		seen[x.stream.String()] = true
	}
	return len(seen)
}

func TestBytesThatWereNotHandedOutCanChangeInPlace(t *testing.T) {
	f := func(name string, change func(g *rig), want ...string) {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			g.write("a.log", "one\ntwo\nprogress 10 %")
			g.start()
			g.step()
			change(g)
			g.step()
			g.write("a.log", "last\n")
			g.wait()
			g.want(want...)
			g.noLoss()
			if n := g.streams(); n != 1 {
				t.Fatalf("%d streams, want 1\nlog:\n%s", n, g.log.String())
			}
		})
	}
	f("the last line is overwritten", func(g *rig) {
		g.overwrite("a.log", 8, "PROGRESS 20 %, ")
	}, "one", "two", "PROGRESS 20 %, last")
	f("by one of the same length", func(g *rig) {
		g.overwrite("a.log", 8, "PROGRESS 20 %")
	}, "one", "two", "PROGRESS 20 %last")
	f("by a shorter one", func(g *rig) {
		g.do(os.Truncate(g.path("a.log"), 8))
		g.write("a.log", "done, ")
	}, "one", "two", "done, last")
	f("while the agent is stopped", func(g *rig) {
		g.close()
		g.overwrite("a.log", 8, "PROGRESS 20 %")
		g.start()
	}, "one", "two", "PROGRESS 20 %last")
	f("by a shorter one, while the agent is killed", func(g *rig) {
		g.kill()
		g.do(os.Truncate(g.path("a.log"), 8))
		g.write("a.log", "done, ")
		g.start()
	}, "one", "two", "done, last")
}

func TestTheFingerprintGrowsWithWhatIsHandedOut(t *testing.T) {
	g := newRig(t)
	long := strings.Repeat("x", 300)
	want := []string{}
	for n := range 6 {
		g.write("a.log", long+"\n")
		want = append(want, long)
		if n == 0 {
			g.start()
		}
		g.step()
		c := g.stored()[0]
		if covered := min(1024, int64(n+1)*301); int64(c.FingerLen) != covered {
			t.Fatalf("after %d lines the stored fingerprint covers %d bytes, want %d", n+1, c.FingerLen, covered)
		}
	}
	g.want(want...)
	if n := g.streams(); n != 1 {
		t.Fatalf("%d streams, want 1", n)
	}
}

func TestWhatWasHandedOutAndNotAcknowledgedIsKnownAfterAKill(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "header\n")
	g.start()
	g.step()
	g.hold = true
	g.write("a.log", "one\ntwo\n")
	g.step()
	g.kill()
	g.hold = false
	g.do(os.WriteFile(g.path("a.log"), []byte("header\nONE\nTWO\nTHREE\n"), 0o644))
	g.start()
	g.wait() // the rig says when one identity names two contents
	g.want("header", "one", "two", "header", "ONE", "TWO", "THREE")
}

// Older versions stored a fingerprint of the first KiB, read or not.
func TestAnOlderFingerprintHoldsUntilTheNextRecord(t *testing.T) {
	g := newRig(t)
	const text = "one\ntwo\nhalf"
	g.write("a.log", text)
	g.start()
	g.step()
	g.kill()
	c := g.stored()[0]
	c.Finger, c.FingerLen = sum([]byte(text)), uint16(len(text))
	c.Known.State = c.Identity.State()
	g.do(g.reg.Update(c.ID, c.Known, false))
	g.start()
	g.write("a.log", " a line\n")
	g.step()
	g.want("one", "two", "half a line")
	if c = g.stored()[0]; c.FingerLen != uint16(len(text)+len(" a line\n")) || g.streams() != 1 {
		t.Fatalf("%d streams, the fingerprint covers %d bytes", g.streams(), c.FingerLen)
	}
}
