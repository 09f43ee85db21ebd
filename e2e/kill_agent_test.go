package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAgentKilledAtRandomMomentsLosesNothing kills the agent while a program
// writes 20,000 lines a second and rotates. The sink sees every record that is
// sent; the forwarder is the real one, and has to remove the repeats.
func TestAgentKilledAtRandomMomentsLosesNothing(t *testing.T) {
	f := func(name, pattern string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rnd := random(t)
			s := newSink(t)
			fwd := newForwarder(t, "the forwarder")
			fwd.start()
			dir := t.TempDir()
			w := newWriter(t, filepath.Join(dir, "app.log"))
			a := newAgent(t, fileSource("app", filepath.Join(dir, pattern), "", "sink", "forwarder"),
				httpSender("sink", "", s.addr), httpSender("forwarder", "", fwd.addr))
			flood := w.begin(20_000, 900*time.Millisecond)
			for i := range *kills {
				a.start()
				pass(time.Duration(rnd.IntN(900)) * time.Millisecond)
				a.kill()
				if i%6 == 5 { // now and then it stays away for some rotations
					pass(time.Duration(rnd.IntN(2500)) * time.Millisecond)
				}
			}
			a.start()
			lines := flood.end()
			s.arrives(t, "each line arrives at the sink", lines, 60*time.Second)
			eventually(t, 60*time.Second, "each line arrives at the forwarder", func() bool { return countReceived(t, fwd.dir) >= lines })
			a.mustStop()
			fwd.mustStop()

			s.exactlyOnce(t, "at the sink", lines)
			received(t, fwd.dir).once(t, "in the forwarder's files", lines)
			arrived, repeats := s.figures()
			t.Logf("%d kills, %d rotations, %d lines; %d records were sent, %d of them (%.2f %%) again",
				*kills, w.kept, lines, arrived, repeats, 100*float64(repeats)/float64(lines))
		})
	}
	f("pattern is the name", "app.log")
	f("pattern matches rotated files", "app.log*")
}

// TestCleanStopsRepeatNothing stops the agent with SIGTERM under load again and
// again: it must end in time, and go on where it was.
func TestCleanStopsRepeatNothing(t *testing.T) {
	t.Parallel()
	rnd := random(t)
	s := newSink(t)
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "sink"), httpSender("sink", "", s.addr))
	flood := w.begin(20_000, 900*time.Millisecond)
	for range 6 {
		a.start()
		runs := fmt.Sprintf(" pid=%d ", a.cmd.Process.Pid)
		eventually(t, failAfter, "it runs, and minds signals", func() bool { return strings.Contains(a.log.String(), runs) })
		pass(time.Duration(rnd.IntN(800)) * time.Millisecond)
		a.mustStop()
	}
	a.start()
	lines := flood.end()
	s.arrives(t, "each line arrives", lines, 30*time.Second)
	a.mustStop()
	s.once(t, "at the sink", lines)
	checkOffsets(t, a.dataDir, w.kept+1)
}
