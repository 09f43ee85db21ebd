package file

import (
	"fmt"
	"testing"
)

// An empty file is known by its inode alone. Once it is deleted, another log of
// the folder may get that inode.
func TestInodeOfADeletedEmptyFileIsNotFollowedIntoAnotherLog(t *testing.T) {
	f := func(pattern string, want ...string) {
		t.Helper()
		g := newRig(t, pattern)
		g.write("a.log", "")
		g.start()
		g.step()
		was := inodeOf(g, "a.log")
		g.remove("a.log")
		reused := ""
		for i := 0; i < 50 && reused == ""; i++ {
			name := fmt.Sprintf("other%d.log", i)
			g.write(name, "not ours\n")
			if inodeOf(g, name) == was {
				reused = name
			}
		}
		if reused == "" {
			t.Skip("this file system does not use inodes again")
		}
		for i := range 50 {
			if name := fmt.Sprintf("other%d.log", i); name != reused && inodeOf(g, name) != 0 {
				g.remove(name)
			}
		}
		g.write("a.log", "ours\n")
		g.wait()
		g.wantSet(want...)
	}
	f("a.log", "ours")
	f("*.log", "ours", "not ours")
}
