package file

import (
	"testing"
	"time"
)

// A trace that a rotation cuts in two is two records, whose halves are neither lost nor sent
// twice, and the older half comes first.
func TestScenario25AStackTraceAcrossARotation(t *testing.T) {
	for _, how := range []string{"rename", "copytruncate"} {
		for _, kill := range []bool{false, true} {
			g := newGroupRig(t)
			g.write("a.log", "0\n1 Exception\n\tat one\n")
			g.start()
			g.fill()
			g.want("0")
			if how == "rename" {
				g.rename("a.log", "a.log.1")
			} else {
				g.copy("a.log", "a.log.1")
				g.truncate("a.log")
			}
			g.write("a.log", "\tat two\n2\n")
			g.look()
			if kill {
				g.kill()
				g.start()
			}
			g.wait()
			g.wantSet("0", "1 Exception\n\tat one", "\tat two", "2")
			g.noLoss()
			g.after(time.Minute)
		}
	}
}
