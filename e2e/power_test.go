package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const cuts = 6 // of each kind

// TestPowerCutRightAfterALogWasFirstSeen (scenario 41): paths names the live file only,
// the log is renamed once or twice, and the power goes at a random moment within a
// second after its name was first seen. All that lies on the disk arrives.
func TestPowerCutRightAfterALogWasFirstSeen(t *testing.T) {
	f := func(name string, reachable bool) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rnd := random(t)
			for range cuts {
				disk := newPowerDisk(t)
				s := newSink(t)
				if !reachable {
					s.behave(func(_ context.Context, w http.ResponseWriter, _ *request) bool {
						w.WriteHeader(http.StatusServiceUnavailable)
						return false
					})
				}
				a := newAgentIn(t, disk.path("data"), fileSource("app", disk.path("app.log"), "", "sink"), httpSender("sink", quick, s.addr))
				a.start()
				eventually(t, failAfter, "the agent has looked", func() bool { status, _ := a.get("/healthz"); return status == http.StatusOK })
				pass(200 * time.Millisecond)
				next := 0
				for n := range 2 + rnd.IntN(2) {
					if n > 0 {
						pass(time.Duration(rnd.IntN(400)) * time.Millisecond)
						if err := errorOf(rotate(disk.path("app.log"), n-1)); err != nil {
							t.Fatal(err)
						}
					}
					next = writeSynced(t, disk.path("app.log"), next, 100)
				}
				pass(time.Duration(rnd.IntN(500)) * time.Millisecond)
				disk.cut()
				a.kill()
				disk.restore()
				onDisk := 0
				names, _ := filepath.Glob(disk.path("app.log*"))
				var want []int
				for _, name := range names {
					for _, text := range readLines(t, name) {
						if n, ok := numberOf(text); ok {
							want = append(want, n)
							onDisk++
						}
					}
				}
				s.behave(nil)
				a.start()
				a.ready()
				if !waitFor(20*time.Second, func() bool {
					for _, n := range want {
						if !s.has(n) {
							return false
						}
					}
					return true
				}) {
					s.exactly(t, fmt.Sprintf("at the sink, of %d lines in %d files on the disk", onDisk, len(names)), want)
				}
				pass(300 * time.Millisecond) // for what would be sent twice
				a.mustStop()
				have := map[int]bool{}
				for _, n := range want {
					have[n] = true
				}
				for n := range next { // what arrived before the cut may not be on the disk
					if !have[n] && s.has(n) {
						want = append(want, n)
					}
				}
				s.exactly(t, "at the sink", want)
			}
		})
	}
	f("lines are delivered before the cut", true)
	f("the sender is down", false)
}

func rotate(name string, kept int) error {
	for k := kept; k > 0; k-- {
		if err := os.Rename(fmt.Sprintf("%s.%d", name, k), fmt.Sprintf("%s.%d", name, k+1)); err != nil {
			return err
		}
	}
	return os.Rename(name, name+".1")
}

// writeSynced makes a log of n lines that is on the disk when it returns.
func writeSynced(t *testing.T, name string, next, n int) int {
	t.Helper()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var text []byte
	for range n {
		text = appendLine(text, next)
		next++
	}
	if _, err := f.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	return next
}

// TestPowerCutsOfAForwarderLoseNothingItAcknowledged cuts the power of a forwarder under
// load at random moments. The agent, whose disk is another, sends nothing again that
// was acknowledged, so what is lost would be missing in the end.
func TestPowerCutsOfAForwarderLoseNothingItAcknowledged(t *testing.T) {
	t.Parallel()
	rnd := random(t)
	disk := newPowerDisk(t)
	fwd := newForwarderOn(t, "the forwarder", disk.path("data"), disk.path("received"))
	fwd.start()
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "ingest"), httpSender("ingest", quick, fwd.addr))
	a.start()
	flood := w.begin(5_000, 900*time.Millisecond)
	for range cuts {
		eventually(t, failAfter, "the forwarder listens", fwd.listening)
		pass(time.Duration(rnd.IntN(900)) * time.Millisecond)
		disk.cut()
		pass(time.Duration(rnd.IntN(100)) * time.Millisecond) // nothing may be acknowledged from now on
		fwd.kill()
		disk.restore()
		fwd.start()
	}
	lines := flood.end()
	eventually(t, 60*time.Second, "each line arrives", func() bool {
		return a.metric("logskiff_delivered_lines_total") == float64(lines) && a.metric("logskiff_lag_bytes") == 0
	})
	a.mustStop()
	fwd.mustStop()
	received(t, fwd.dir).once(t, "in the forwarder's files", lines)
	t.Logf("%d cuts, %d lines", cuts, lines)
}
