package e2e

import (
	"path/filepath"
	"testing"
	"time"
)

// TestAgentAndOpenSearchKilledAtRandomMomentsLeaveEachLineOnce kills the agent, and now and then the only node, while a program writes
// and rotates. Every line must be in the index, once: what was sent again met its own id.
func TestAgentAndOpenSearchKilledAtRandomMomentsLeaveEachLineOnce(t *testing.T) {
	rnd := random(t)
	n := openSearch(t)
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "search"), searchSender("search", "kills", `, timeout = "10s"`, n))
	flood := w.begin(2_000, 900*time.Millisecond)
	rounds, nodes := min(*kills, 50), 0
	for i := range rounds {
		a.start()
		pass(time.Duration(200+rnd.IntN(900)) * time.Millisecond)
		if i%12 == 3 {
			nodes++
			n.kill()
			pass(time.Duration(rnd.IntN(500)) * time.Millisecond)
			if err := n.start(); err != nil {
				t.Fatal(err)
			}
		}
		a.kill()
	}
	a.start()
	lines := flood.end()
	n.ready(t)
	eventually(t, searchStarts, "all is acknowledged", func() bool { return a.metric("logskiff_lag_bytes") == 0 })
	l := newLedger()
	n.takes(t, l, "kills", lines)
	a.boundedMemory()
	a.mustStop()
	l.once(t, "in the index", lines)
	t.Logf("%d kills of the agent, %d of OpenSearch, %d rotations, %d lines", rounds, nodes, w.kept, lines)
}
