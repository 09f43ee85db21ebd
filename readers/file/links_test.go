package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// newPod is a rig of the kubelet's layout: containers/a.log leads to pods/a/0.log.
func newPod(t testing.TB, patterns ...string) *rig {
	t.Helper()
	if len(patterns) == 0 {
		patterns = []string{"containers/*.log"}
	}
	g := newRig(t, patterns...)
	g.do(mkdirs(g.path("containers"), g.path("pods/a")))
	g.do(os.Symlink("../pods/a/0.log", g.path("containers/a.log")))
	return g
}

// rotate is the first half of what the kubelet does; the runtime makes the new file.
func (g *rig) rotate(n int) string {
	g.t.Helper()
	to := fmt.Sprintf("pods/a/0.log.20261128-%06d", n)
	g.rename("pods/a/0.log", to)
	return to
}

// relink has a link lead elsewhere, as ln -sf does.
func (g *rig) relink(link, to string) {
	g.t.Helper()
	g.do(os.Symlink(to, g.path(link+".new")))
	g.do(os.Rename(g.path(link+".new"), g.path(link)))
	g.touched()
}

// allOnce wants all lines once, also after a kill, none lost and no trouble left.
func (g *rig) allOnce(lines ...string) {
	g.t.Helper()
	g.wait()
	g.wantSet(lines...)
	g.kill()
	g.start()
	g.wait()
	g.wantSet(lines...)
	g.wantNoGaps()
	g.noLoss()
	if len(g.r.troubles) > 0 {
		g.t.Fatalf("troubles are left: %v", g.r.troubles)
	}
}

func TestALinkIsFollowedAgainThatLedNowhereForAMoment(t *testing.T) {
	for _, events := range []bool{false, true} {
		for _, killed := range []bool{false, true} {
			for _, looked := range []bool{false, true} {
				g := newPod(t)
				if events {
					g.withHub()
				}
				g.write("pods/a/0.log", "1\n")
				g.start()
				g.step()
				g.rotate(1)
				if looked {
					g.step() // between the rename and the new file
				}
				if killed {
					g.kill()
					g.start()
					g.step()
				}
				g.write("pods/a/0.log", "2\n")
				g.look()
				g.fill()
				if !events { // nobody says that it is there, so it is tried
					g.want("1", "2")
				}
				g.allOnce("1", "2")
			}
		}
	}
}

func TestALinkThatLeadsNowhereIsTriedForEver(t *testing.T) {
	for _, missing := range []string{"pods/a/0.log", "pods/a", "pods"} {
		for _, wait := range []time.Duration{0, 10 * time.Second, 10 * time.Minute} {
			g := newPod(t)
			g.do(os.RemoveAll(g.path(missing)))
			g.start()
			g.after(wait)
			g.do(mkdirs(g.path("pods/a")))
			g.write("pods/a/0.log", "1\n")
			g.wait()
			g.rotate(1)
			g.write("pods/a/0.log", "2\n")
			g.rotate(2)
			g.write("pods/a/0.log", "3\n")
			g.allOnce("1", "2", "3")
		}
	}
}

func TestALinkInTheMiddleOfAPatternIsTriedForEver(t *testing.T) {
	for _, events := range []bool{false, true} {
		g := newRig(t, "apps/*/a.log")
		if events {
			g.withHub()
		}
		g.do(mkdirs(g.path("apps"), g.path("v")))
		g.do(os.Symlink("../v/1", g.path("apps/current")))
		g.do(os.Symlink("../v/plain", g.path("apps/plain")))
		g.start()
		g.after(time.Minute)
		put := func(name, text string) { // apps itself does not change
			g.do(mkdirs(g.path("v/1")))
			g.do(os.WriteFile(g.path(name), []byte(text), 0o644))
		}
		put("v/plain", "not followed\n") // its name is one of a folder
		put("v/1/a.log", "1\n")
		g.after(time.Minute)
		g.want("1")
		g.do(os.RemoveAll(g.path("v/1")))
		g.after(time.Minute)
		put("v/1/a.log", "2\n")
		g.after(time.Minute)
		g.allOnce("1", "2")
	}
}

// TestOnlyTheLinksNameIsExpected: what takes the name of a rotated file is not the link's.
func TestOnlyTheLinksNameIsExpected(t *testing.T) {
	g := newPod(t)
	g.write("pods/a/0.log", "1\n")
	g.start()
	g.step()
	g.rename("pods/a/0.log", "pods/a/copy")
	g.write("pods/a/0.log", "2\n")
	g.step()
	g.remove("pods/a/copy")
	g.write("pods/a/copy", "of something else\n")
	g.allOnce("1", "2")
}

func TestALinkWhoseTargetIsDeletedAndMadeAgain(t *testing.T) {
	for _, what := range []string{"pods/a/0.log", "pods/a"} {
		g := newPod(t)
		g.write("pods/a/0.log", "1\n")
		g.start()
		g.step()
		for n := range 3 {
			g.do(os.RemoveAll(g.path(what)))
			g.touched()
			g.after(5 * time.Second)
			g.do(mkdirs(g.path("pods/a")))
			g.write("pods/a/0.log", fmt.Sprintf("new %d\n", n))
			g.wait()
		}
		g.allOnce("1", "new 0", "new 1", "new 2")
	}
}

func TestWhatWasRotatedBehindALinkIsFound(t *testing.T) {
	type variant struct{ stopped, packed, unread bool }
	f := func(v variant, gone string, n int) {
		t.Helper()
		g := newPod(t)
		first, want := "0\n", []string{"0"}
		if v.unread {
			first, want = numbered(0, 1000)
		}
		g.write("pods/a/0.log", first)
		g.limit.Bytes = 8 << 10
		g.start()
		g.take1()
		if v.stopped {
			g.kill()
		} else {
			g.closeFDs()
		}
		for i := range n {
			g.write("pods/a/0.log", fmt.Sprintf("%d of a rotation\n", i))
			want = append(want, fmt.Sprintf("%d of a rotation", i))
			to := g.rotate(i)
			if v.packed {
				g.gzip(to)
			}
		}
		g.write("pods/a/0.log", "last\n")
		want = append(want, "last")
		switch gone {
		case "removed": // the container was started anew
			g.remove("containers/a.log")
			g.do(os.Symlink("../pods/a/0.log", g.path("containers/b.log")))
		case "elsewhere":
			g.write("pods/a/1.log", "of the next container\n")
			want = append(want, "of the next container")
			g.relink("containers/a.log", "../pods/a/1.log")
		}
		if v.stopped {
			g.start()
		}
		g.allOnce(want...)
		for _, x := range g.out {
			if !strings.HasPrefix(x.path, g.path("containers")+"/") {
				t.Fatalf("%+v %s %d: the path of %q is %s", v, gone, n, x.text, x.path)
			}
		}
	}
	for _, gone := range []string{"", "removed", "elsewhere"} {
		for _, stopped := range []bool{false, true} {
			for _, packed := range []bool{false, true} {
				for _, unread := range []bool{false, true} {
					for n := range 4 {
						f(variant{stopped, packed, unread}, gone, n)
					}
				}
			}
		}
	}
}

func TestALinkToALinkIsSearchedToItsEnd(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		g := newRig(t, "containers/*.log")
		g.do(mkdirs(g.path("containers"), g.path("pods"), g.path("docker/ids/7")))
		g.do(os.Symlink("ids", g.path("docker/real")))
		g.do(os.Symlink(g.path("docker/real/7/../7/7-json.log"), g.path("pods/0.log")))
		g.do(os.Symlink("../pods/0.log", g.path("containers/a.log")))
		live := "docker/ids/7/7-json.log"
		g.write(live, "1\n")
		g.start()
		g.step()
		if stopped {
			g.kill()
		}
		g.rename(live, live+".1")
		g.write(live, "2\n")
		g.rename(live+".1", live+".2")
		g.rename(live, live+".1")
		g.gzip(live + ".2")
		if stopped {
			g.start()
		}
		g.step() // it leads nowhere
		g.write(live, "3\n")
		g.wait()
		g.rename("pods/0.log", "pods/1.log") // a link in the middle
		g.step()
		g.do(os.Symlink("../docker/ids/7/other.log", g.path("pods/0.log")))
		g.write("docker/ids/7/other.log", "4\n")
		g.allOnce("1", "2", "3", "4")
	}
}

func TestALinkInALoopIsNotFollowed(t *testing.T) {
	g := newRig(t, "*.log")
	g.do(os.Symlink("b.log", g.path("a.log")))
	g.do(os.Symlink("a.log", g.path("b.log")))
	g.start()
	g.wait()
	g.remove("a.log")
	g.write("a.log", "1\n")
	g.allOnce("1")
}

func TestAFolderFoundByALinkThatLeadsElsewhereLater(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		g := newRig(t, "current/*.log")
		g.do(mkdirs(g.path("v1"), g.path("v2")))
		g.relink("current", "v1")
		a, want := numbered(0, 500)
		g.write("v1/a.log", a)
		g.limit.Bytes = 8 << 10
		g.start()
		g.take1()
		if stopped {
			g.kill()
		} else {
			g.closeFDs()
		}
		g.write("v1/a.log", "last\n")
		g.rename("v1/a.log", "v1/a.log.1")
		g.write("v1/a.log", "between\n")
		g.write("v2/a.log", "new\n")
		g.relink("current", "v2")
		if stopped {
			g.start()
		}
		g.allOnce(append(want, "last", "between", "new")...)
	}
}

func TestAFolderBehindALinkCannotBeReadForAWhile(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		g := newPod(t)
		for dir := g.dir; len(dir) > len("/tmp"); dir = filepath.Dir(dir) {
			g.do(os.Chmod(dir, 0o755))
		}
		a, want := numbered(0, 500)
		g.write("pods/a/0.log", a)
		g.limit.Bytes = 8 << 10
		g.start()
		g.take1()
		if stopped {
			g.kill()
		} else {
			g.closeFDs()
		}
		g.rotate(1)
		g.write("pods/a/0.log", "between\n")
		g.rotate(2)
		g.write("pods/a/0.log", "new\n")
		g.do(os.Chmod(g.path("pods/a"), 0))
		asNobody(t, g, func() {
			if stopped {
				g.start()
			}
			g.after(time.Minute)
		})
		g.do(os.Chmod(g.path("pods/a"), 0o755))
		g.allOnce(append(want, "between", "new")...)
	}
}

func TestBothNamesOfALogInOnePattern(t *testing.T) {
	g := newPod(t, "containers/*.log", "pods/*/*.log")
	g.write("pods/a/0.log", "1\n")
	g.start()
	g.step()
	g.rotate(1)
	g.step()
	g.write("pods/a/0.log", "2\n")
	g.rotate(2)
	g.write("pods/a/0.log", "3\n")
	g.allOnce("1", "2", "3")
}

func TestWhereALinkLeadsIsStoredAndForgotten(t *testing.T) {
	g := newPod(t)
	g.write("pods/a/0.log", "1\n")
	g.start()
	g.step()
	real, err := filepath.EvalSymlinks(g.path("pods/a/0.log"))
	g.do(err)
	if cps := g.reg.Checkpoints(); len(cps) != 1 || cps[0].Real != real {
		t.Fatalf("stored: %+v, want Real %s", cps, real)
	}
	for range 2 { // at first, and after a restart
		if trail := g.r.trail(g.path("containers/a.log")); !slices.Equal(trail, []string{real}) || len(g.r.trails) > 0 {
			t.Fatalf("it leads to %v; beside what the file tells %v is kept, for each of perhaps 100,000", trail, g.r.trails)
		}
		if d := g.r.folders[filepath.Dir(real)]; len(d.behind) > 0 || d.known("0.log") == nil {
			t.Fatalf("by name it is kept that %v lead there; the file tells it", d.behind)
		}
		g.kill()
		g.start()
		g.step()
	}
	for n := range 5 {
		to := fmt.Sprintf("../pods/a/%d.log", n)
		g.write("pods/a/"+filepath.Base(to), fmt.Sprintf("log %d\n", n))
		g.relink("containers/a.log", to)
		g.wait()
	}
	if trail := g.r.trail(g.path("containers/a.log")); !slices.Equal(trail, []string{g.path("pods/a/4.log")}) {
		t.Fatalf("where it led is remembered: %v", trail)
	}
	g.do(os.RemoveAll(g.path("containers/a.log")))
	g.do(os.RemoveAll(g.path("pods/a")))
	g.touched()
	g.after(time.Minute)
	g.elapse(keepGone + time.Hour)
	g.wait()
	if len(g.r.trails) > 0 {
		t.Fatalf("trails of nothing: %v", g.r.trails)
	}
}
