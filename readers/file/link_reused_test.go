package file

import (
	"os"
	"testing"
)

// A link is pointed to a file with the inode that the one it led to had: where it led before is searched all the same.
func TestALinkThatLeadsToTheSameInodeElsewhere(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		g := newPod(t)
		g.write("pods/a/0.log", "one\n")
		g.start()
		g.step()
		if stopped {
			g.close()
		} else {
			g.closeFDs()
		}
		g.do(os.Link(g.path("pods/a/0.log"), g.path("keep"))) // so that its inode is used again
		g.rotate(0)
		g.write("pods/a/0.log", "two\n")
		g.rotate(1)
		g.write("pods/a/0.log", "three\n")
		g.do(os.Remove(g.path("pods/a/0.log.20261128-000000")))
		g.do(os.Rename(g.path("keep"), g.path("pods/a/1.log")))
		g.truncate("pods/a/1.log")
		g.write("pods/a/1.log", "of the next container\n")
		g.relink("containers/a.log", "../pods/a/1.log")
		if stopped {
			g.start()
		}
		g.wait()
		g.allOnce("one", "two", "three", "of the next container")
	}
}
