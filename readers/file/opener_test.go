package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logskiff/readers/file/disk"
)

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
		g.r.lookEntries(&pass{now: g.now().UnixNano()}, d, []disk.Entry{{Name: "a.log"}})
		g.r.unlock()
		g.wait()
		want := []string{"secret"}
		if strict {
			want = nil
		}
		g.want(want...)
	}
}
