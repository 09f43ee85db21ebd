package file

import (
	"os"
	"testing"
	"time"
)

// Contents that come, are rotated and compressed between two looks were never
// followed under any name. They are read all the same, once.
func TestALogThatCameAndWentCompressedWhileNobodyLookedIsRead(t *testing.T) {
	rotations := map[string]func(g *rig){
		"created":   func(g *rig) { g.rename("a.log", "a.log.1"); g.write("a.log", "") },
		"truncated": func(g *rig) { g.copy("a.log", "a.log.1"); g.truncate("a.log") },
	}
	for how, rotate := range rotations {
		for _, stopped := range []bool{false, true} {
			g := newRig(t, "a.log")
			a, la := numbered(0, 20)
			g.write("a.log", a)
			g.start()
			g.wait()
			if stopped {
				g.close()
			}
			g.elapse(time.Second)
			rotate(g)
			g.rename("a.log.1", "a.log.2")
			b, lb := numbered(20, 40)
			g.write("a.log", b)
			rotate(g)
			g.gzip("a.log.1")
			g.write("a.log", "new\n")
			if stopped {
				g.start()
			}
			g.wait()
			t.Logf("%s, stopped %v", how, stopped)
			g.wantSet(append(append(la, lb...), "new")...)
			g.noLoss()
			g.rename("a.log.1.gz", "a.log.3.gz")
			g.kill()
			g.start()
			g.wait()
			g.wantSet(append(append(la, lb...), "new")...)
		}
	}
}

func TestACompressedFileThatIsCutOffIsReadOnceItIsWhole(t *testing.T) {
	g := newRig(t, "a.log")
	g.write("a.log", "first\n")
	g.start()
	g.wait()
	g.truncate("a.log")
	b, lb := numbered(0, 5000)
	g.write("a.log", b)
	g.copy("a.log", "a.log.1")
	g.truncate("a.log")
	g.gzip("a.log.1")
	whole, err := os.ReadFile(g.path("a.log.1.gz"))
	g.do(err)
	g.do(os.WriteFile(g.path("a.log.1.gz"), whole[:len(whole)/2], 0o644))
	g.write("a.log", "new\n")
	g.wait()
	g.wantSet("first", "new")
	g.do(os.WriteFile(g.path("a.log.1.gz"), whole, 0o644))
	g.wait()
	g.wantSet(append(lb, "first", "new")...)
}
