package disk

import (
	"errors"
	"os"
	"path/filepath"
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
		for _, o := range []*Opener{{}, {Strict: true, Roots: []string{root, "/nowhere", filepath.Join(dir, "l")}}} {
			want := followed
			if o.Strict {
				want = strict
			}
			fd, _, err := o.read(filepath.Join(dir, path))
			if (err == nil) != want {
				t.Errorf("%s, strict %v: got %v", path, o.Strict, err)
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
