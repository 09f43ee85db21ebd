package file

import (
	"fmt"
	"slices"
	"testing"
)

// copytruncate is what logrotate does: a copy, then a truncation.
func (g *rig) copytruncate(from, to string) {
	g.t.Helper()
	g.copy(from, to)
	g.truncate(from)
}

// TestScenario44CopiesInAFolderThatNobodyNames: what was not read before the truncation
// is read on in the copy, one level down, as it is in one beside the log.
func TestScenario44CopiesInAFolderThatNobodyNames(t *testing.T) {
	for _, to := range []string{"app.log.1", "old/app.log.1", "archive/app.log-20261128", "archive/2026-11-28-app.log"} {
		for _, stopped := range []bool{false, true} {
			for _, packed := range []bool{false, true} {
				for _, links := range []bool{false, true} {
					g := newRig(t, "app.log")
					log, dir := "app.log", ""
					if links {
						g = newPod(t)
						log, dir = "pods/a/0.log", "pods/a/"
					}
					name := dir + to
					if links {
						name = dir + map[string]string{"app.log.1": "0.log.1", "old/app.log.1": "old/0.log.1", "archive/app.log-20261128": "archive/0.log-20261128", "archive/2026-11-28-app.log": "archive/2026-11-28-0.log"}[to]
					}
					g.do(mkdirs(g.path(dir+"old"), g.path(dir+"archive"), g.path(dir+"other")))
					g.write(dir+"other/unlike.txt", "of something else\n")
					a, want := numbered(0, 1000)
					g.write(log, a)
					g.limit.Bytes = 8 << 10
					g.start()
					g.take1()
					if stopped {
						g.kill()
					}
					g.write(log, "the last one\n")
					g.copytruncate(log, name)
					if packed {
						g.gzip(name)
					}
					g.write(log, "new\n")
					if stopped {
						g.start()
					}
					g.allOnce(append(want, "the last one", "new")...)
				}
			}
		}
	}
}

func TestRenamesIntoAFolderThatNobodyNames(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		for n := range 4 {
			g := newRig(t, "*.log")
			g.do(mkdirs(g.path("old")))
			a, want := numbered(0, 1000)
			g.write("app.log", a)
			g.limit.Bytes = 8 << 10
			g.start()
			g.take1()
			if stopped {
				g.kill()
			} else {
				g.closeFDs()
			}
			for i := range n {
				line := fmt.Sprintf("%d before the rename", i)
				g.write("app.log", line+"\n")
				want = append(want, line)
				g.rename("app.log", fmt.Sprintf("old/app.log.%d", n-i))
			}
			g.write("app.log", "new\n")
			if stopped {
				g.start()
			}
			g.allOnce(append(want, "new")...)
		}
	}
}

// TestAFolderWithALogOfThatNameHasRotationsOfItsOwn: what another log left is not this one's.
func TestAFolderWithALogOfThatNameHasRotationsOfItsOwn(t *testing.T) {
	g := newRig(t, "app.log")
	g.do(mkdirs(g.path("other")))
	g.write("other/app.log", "another log\n")
	g.write("app.log", "1\n")
	g.start()
	g.step()
	g.rename("other/app.log", "other/app.log.1")
	g.write("other/app.log", "still another\n")
	g.rename("app.log", "app.log.1")
	g.write("app.log", "2\n")
	g.allOnce("1", "2")
}

// TestFoldersBelowAreNotFollowedNorComplainedOf: they are searched, and only when
// something is missed.
func TestFoldersBelowAreNotFollowedNorComplainedOf(t *testing.T) {
	g := newRig(t, "app.log")
	for n := range 2 * mostBelow {
		g.do(mkdirs(g.path(fmt.Sprintf("sub%d", n))))
	}
	g.write("app.log", "1\n")
	g.start()
	g.step()
	p := &pass{index: map[string][]found{}, below: map[string][]sub{}, quiet: map[string]struct{}{}}
	g.r.mu.Lock()
	all := g.r.below(p, g.dir)
	g.r.mu.Unlock()
	if len(all) != mostBelow || !slices.IsSortedFunc(all, func(a, b sub) int { return int(b.mtime - a.mtime) }) {
		t.Fatalf("%d folders are searched", len(all))
	}
	g.truncate("app.log")
	g.write("app.log", "2\n")
	g.allOnce("1", "2")
	if len(g.r.folders) != 1 || len(g.r.troubles) != 0 {
		t.Fatalf("%d folders, troubles %v", len(g.r.folders), g.r.troubles)
	}
}
