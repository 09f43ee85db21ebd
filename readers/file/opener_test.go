package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestNoLinkBelowTheRootIsFollowedWhenTheyAreNotToBe(t *testing.T) {
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(dir, "disk/log/app"), 0o755))
	must(os.MkdirAll(filepath.Join(dir, "secret"), 0o755))
	for _, name := range []string{"disk/log/app/a.log", "disk/log/b.log", "secret/a.log"} {
		must(os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644))
	}
	root := filepath.Join(dir, "log") // of the administrator's
	for link, to := range map[string]string{
		"log": "disk/log", "disk/log/link.log": "b.log", "disk/log/out": "../../secret", "disk/log/app/up": "..",
	} {
		must(os.Symlink(to, filepath.Join(dir, link)))
	}
	f := func(path string, followed, strict bool) {
		t.Helper()
		for _, o := range []*opener{{}, {strict: true, roots: []string{root, "/nowhere", filepath.Join(dir, "l")}}} {
			want := followed
			if o.strict {
				want = strict
			}
			fd, _, err := o.read(filepath.Join(dir, path))
			if (err == nil) != want {
				t.Errorf("%s, strict %v: got %v", path, o.strict, err)
			}
			if err == nil {
				unix.Close(fd)
			} else if followed && !errors.Is(err, errLink) {
				t.Errorf("%s: the reason is %v", path, err)
			}
		}
	}
	f("log/b.log", true, true)
	f("log/app/a.log", true, true)
	f("log/link.log", true, false)
	f("log/out/a.log", true, false)
	f("log/app/up/b.log", true, false)
	f("log/app/up/app/a.log", true, false)
	f("log/nowhere.log", false, false)
	f("log/app", false, false)
	f("disk/log/b.log", true, true) // below no root: its folder is one
	f("disk/log/link.log", true, false)
}

func TestLinksAreLeftAloneWhenTheyAreNotToBeFollowed(t *testing.T) {
	g := newRig(t, "*.log", "*/*.log", "one.txt")
	g.cfg.FollowLinks = false
	secret := t.TempDir()
	g.do(os.WriteFile(filepath.Join(secret, "s.log"), []byte("secret\n"), 0o600))
	g.do(os.Symlink(secret, g.path("folder")))
	g.do(os.Symlink(filepath.Join(secret, "s.log"), g.path("link.log")))
	g.do(os.Symlink(filepath.Join(secret, "s.log"), g.path("one.txt")))
	g.write("a.log", "1\n")
	g.start()
	g.wait()
	g.want("1")
	for _, name := range []string{"link.log", "one.txt"} {
		if !strings.Contains(g.log.String(), name) {
			t.Errorf("nothing is said about %s:\n%s", name, g.log.String())
		}
	}
	g.write("a.log", "2\n") // and a log that becomes a link
	g.wait()
	g.rename("a.log", "a.log.1")
	g.do(os.Symlink(filepath.Join(secret, "s.log"), g.path("a.log")))
	g.touched()
	g.wait()
	g.kill()
	g.start()
	g.wait()
	g.do(os.Remove(g.path("a.log")))
	g.write("a.log", "3\n")
	g.wait()
	g.want("1", "2", "3")
	g.noLoss()
}

// A link that takes the place of a file after the folder was listed has the inode of what
// it leads to from the first moment.
func TestALinkThatIsSwappedInAfterTheListingIsNotRead(t *testing.T) {
	for _, strict := range []bool{true, false} {
		g := newRig(t)
		g.cfg.FollowLinks = !strict
		secret := filepath.Join(t.TempDir(), "s")
		g.do(os.WriteFile(secret, []byte("secret\n"), 0o600))
		g.start()
		g.do(os.Symlink(secret, g.path("a.log")))
		d := g.r.folders[g.dir]
		if d == nil {
			t.Fatal("the folder is not known")
		}
		g.r.mu.Lock()
		g.r.lookEntries(&pass{now: g.now().UnixNano()}, d, []entry{{name: "a.log"}})
		g.r.unlock()
		g.wait()
		want := []string{"secret"}
		if strict {
			want = nil
		}
		g.want(want...)
	}
}
