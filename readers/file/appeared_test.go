package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// dated writes a file that was last changed so long after now.
func (g *rig) dated(name, text string, after time.Duration) {
	g.t.Helper()
	g.write(name, text)
	g.do(os.Chtimes(g.path(name), g.now().Add(after), g.now().Add(after)))
	g.do(os.Chtimes(filepath.Dir(g.path(name)), g.now().Add(after), g.now().Add(after)))
}

// TestALogThatWasRotatedBeforeARunningAgentMetItIsRead: nothing of that name was there at the look before, and
// what came since lies beside it, where logrotate moves it, or behind a link.
func TestALogThatWasRotatedBeforeARunningAgentMetItIsRead(t *testing.T) {
	for _, startAt := range []string{"beginning", "end"} {
		for _, pattern := range []string{"app.log", "app*.log", "app.log*", "later/*.log", "links/*.log"} {
			for rotations := 1; rotations < 4; rotations++ {
				for _, packed := range []bool{false, true} {
					for _, olddir := range []bool{false, true} {
						if olddir && pattern == "links/*.log" {
							continue // its rotations lie where the link leads
						}
						name := fmt.Sprintf("%s, %s, %d rotations, packed %v, olddir %v", startAt, pattern, rotations, packed, olddir)
						t.Run(name, func(t *testing.T) { rotatedUnmet(t, startAt, pattern, rotations, packed, olddir) })
					}
				}
			}
		}
	}
}

func rotatedUnmet(t *testing.T, startAt, pattern string, rotations int, packed, olddir bool) {
	g := newRig(t, pattern)
	g.clock.Add(-int64(20 * time.Second)) // what is made from now on is made after the first look, by the system's clock too
	g.cfg.StartAt = startAt
	live, to := "app.log", "app.log"
	g.do(mkdirs(g.path("links"), g.path("pods")))
	switch pattern {
	case "later/*.log":
		live, to = "later/app.log", "later/app.log"
	case "links/*.log":
		live, to = "pods/0.log", "pods/0.log"
	}
	if olddir {
		g.do(os.WriteFile(g.path("logrotate.conf"), []byte("olddir "+g.path("old")+"\n"), 0o644))
		g.do(os.Mkdir(g.path("old"), 0o755))
		to = "old/app.log"
	}
	// Another family, and an older content of this one, which were rotated before.
	g.dated("apple.log.1", "old apple\n", -time.Hour)
	g.dated("app.log.8", "old\n", -time.Hour)
	g.start()
	g.step()
	if pattern == "app.log*" && startAt == "beginning" {
		g.want("old") // it has a followed name itself
	} else {
		g.want()
	}
	before := len(g.out)

	g.do(mkdirs(filepath.Dir(g.path(live))))
	var want []string
	for n := range rotations {
		line := fmt.Sprintf("content %d", n)
		want = append(want, line)
		g.dated(live, line+"\n", time.Duration(n+1)*10*time.Millisecond)
		k := fmt.Sprintf("%s.%d", to, rotations-n)
		g.rename(live, k)
		if packed {
			g.gzip(k)
		}
	}
	want = append(want, "live")
	g.dated(live, "live\n", 100*time.Millisecond)
	if pattern == "links/*.log" {
		g.do(os.Symlink(g.path(live), g.path("links/app.log")))
	}
	if pattern == "app*.log" {
		g.dated("apple.log", "apple\n", 50*time.Millisecond)
		want = append(want, "apple")
	}
	// All that is new is dated before the next look, as the system does.
	g.do(filepath.WalkDir(g.dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = os.Chtimes(path, g.now().Add(200*time.Millisecond), g.now().Add(200*time.Millisecond))
		}
		return err
	}))
	g.look()
	g.fill()
	g.kill()
	g.start()
	g.wait()
	have := slices.Clone(g.texts()[before:])
	if !packed && pattern != "app*.log" && !slices.Equal(have, want) {
		t.Fatalf("arrived: %q\nwant:    %q\n%s", have, want, g.log.String())
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Fatalf("arrived: %q\nwant:    %q\n%s", have, want, g.log.String())
	}
	g.sound()
	g.noLoss()
	g.wantNoGaps()
}

// TestARotationThatIsStillWrittenWhenItsLogAppears was there before the agent's first start: start_at says whether it is read, as it
// does at a start.
func TestARotationThatIsStillWrittenWhenItsLogAppears(t *testing.T) {
	for _, startAt := range []string{"beginning", "end"} {
		g := newRig(t, "*.log")
		g.cfg.StartAt = startAt
		g.write("a.log.1", "old\n")
		time.Sleep(2 * fileTick) // files are dated by the system, and the rig's clock is made to agree
		g.clock.Store(wall().UnixNano() - int64(time.Second))
		g.start()
		g.step()
		g.dated("a.log.1", "by a writer who was not told\n", 10*time.Millisecond)
		g.dated("a.log", "live\n", 20*time.Millisecond)
		g.wait()
		if startAt == "end" {
			g.want("live")
			continue
		}
		g.want("old", "by a writer who was not told", "live")
	}
}
