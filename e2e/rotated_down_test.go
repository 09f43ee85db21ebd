package e2e

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Scenario 28: all endpoints are down while the file is rotated three times and
// the oldest is deleted.

type outage struct {
	s *sink
	w *writer
	a *agent
}

const outageLines = 150_000 // of each file: more than the agent holds in memory

func newOutage(t *testing.T) *outage {
	t.Helper()
	o := &outage{s: newSink(t), w: newWriter(t, filepath.Join(t.TempDir(), "app.log"))}
	o.a = newAgent(t, fileSource("app", o.w.path, "", "ingest"), httpSender("ingest", quick, o.s.addr))
	o.a.start()
	o.w.write(100)
	o.s.arrives(t, "the first lines arrive", 100, failAfter)
	o.s.down()
	o.w.write(outageLines)
	for files := 2; files <= 4; files++ {
		o.sees(t, files-1)
		o.w.rename(40)
		o.w.write(outageLines)
	}
	o.sees(t, 4)
	o.w.removeOldest()
	return o
}

// sees waits until the agent has found everything that was written.
func (o *outage) sees(t *testing.T, files int) {
	t.Helper()
	size := 0
	for n := range o.w.next {
		size += len(appendLine(nil, n))
	}
	sent := 0
	for n := range 100 {
		sent += len(appendLine(nil, n))
	}
	eventually(t, 15*time.Second, "the agent has seen what was written", func() bool {
		return o.a.metric("logskiff_files") >= float64(files) && o.a.metric("logskiff_lag_bytes") == float64(size-sent)
	})
}

func (o *outage) heal(t *testing.T) {
	t.Helper()
	o.s.up()
	o.s.arrives(t, "each line arrives", o.w.next, 60*time.Second)
	o.s.exactlyOnce(t, "after the outage", o.w.next)
	o.a.boundedMemory()
	o.a.mustStop()
	checkOffsets(t, o.a.dataDir, 4)
}

func TestOutageWhileTheOldestFileIsDeletedLosesNothing(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	o.a.boundedMemory()
	o.heal(t)
}

// The deleted file exists only in the agent's hands: what is left of it goes to
// the spool when the agent stops, and from there to the forwarder.
func TestStopDuringAnOutageKeepsTheRestOfADeletedFile(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	if code := o.a.stop(syscall.SIGTERM, 8*time.Second); code != 0 {
		t.Errorf("the agent ended with exit code %d", code)
	}
	o.a.start()
	o.heal(t)
}

// After kill -9 the deleted file is gone for ever. That must be counted.
func TestKillDuringAnOutageCountsWhatIsLost(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	o.a.kill()
	o.a.start()
	o.s.up()
	kept := o.w.next - 100 - outageLines - 40 // the deleted one held the first lines, a block and 40 late ones
	eventually(t, 3*time.Minute, "what was kept arrives", func() bool { return o.s.lines() >= 100+kept })
	eventually(t, failAfter, "the loss is counted", func() bool {
		lost := int64(0)
		for _, c := range showOffsets(t, o.a.dataDir) {
			lost += c.Lost
		}
		want := int64(0)
		for n := 100; n < 100+outageLines+40; n++ {
			want += int64(len(appendLine(nil, n)))
		}
		return lost == want
	})
	o.a.mustStop()
	var want []int
	for n := range o.w.next {
		if n < 100 || n >= 100+outageLines+40 {
			want = append(want, n)
		}
	}
	o.s.exactly(t, "what was kept", want)
}
