package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAgentGoesOnWhenItsDiskIsFull fills the disk of data_dir while lines flow.
func TestAgentGoesOnWhenItsDiskIsFull(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "2m")
	s := newSink(t)
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgentIn(t, disk, fileSource("app", w.path, "", "ingest"), httpSender("ingest", "", s.addr))
	a.start()
	flood := w.begin(5000, 500*time.Millisecond)
	a.ready()
	eventually(t, failAfter, "lines arrive", func() bool { return s.lines() > 1000 })

	empty := fill(t, disk)
	eventually(t, 30*time.Second, "/readyz says that checkpoints are not stored", func() bool {
		status, body := a.get("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "checkpoints")
	})
	eventually(t, failAfter, "the log says why", func() bool { return strings.Contains(a.log.String(), "no space left") })
	if status, _ := a.get("/healthz"); status != http.StatusOK {
		t.Error("/healthz must be 200: starting anew heals no disk")
	}
	if a.metric("logskiff_checkpoints_healthy") != 0 {
		t.Error("the metrics do not tell it")
	}
	before := s.lines()
	eventually(t, failAfter, "lines go on arriving", func() bool { return s.lines() > before+10_000 })

	empty()
	eventually(t, 30*time.Second, "/readyz is 200 again", func() bool {
		status, _ := a.get("/readyz")
		return status == http.StatusOK
	})
	_, repeatsBefore := s.figures()
	a.kill()
	a.start()
	eventually(t, failAfter, "it goes on after kill -9", func() bool { return s.lines() > before+15_000 })
	flood.renames.Store(true) // a copy of what nothing could be stored of is another content after a kill
	fill(t, disk)             // and now it dies with a full disk
	eventually(t, 30*time.Second, "/readyz says so again", func() bool {
		status, _ := a.get("/readyz")
		return status == http.StatusServiceUnavailable
	})
	_, repeats := s.figures()
	t.Logf("%d repeats after a kill with checkpoints stored", repeats-repeatsBefore)
	if repeats-repeatsBefore > 10_000 {
		t.Errorf("%d repeats: the checkpoints were not stored when the space was back", repeats-repeatsBefore)
	}
	a.kill()
	a.start()
	lines := flood.end()
	s.arrives(t, "each line arrives", lines, 60*time.Second)
	s.exactlyOnce(t, "at the sink", lines)
	a.kill() // it cannot store its checkpoints, and may say so with its exit code
}

// TestForwarderWithAFullDiskAcknowledgesNothing: what it has not written it must
// not answer for.
func TestForwarderWithAFullDiskAcknowledgesNothing(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "24m")
	fwd := newForwarderIn(t, "the forwarder", filepath.Join(disk, "received"))
	fwd.start()
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "ingest"), httpSender("ingest", quick, fwd.addr))
	a.start()
	flood := w.begin(4000, 0)
	eventually(t, failAfter, "lines arrive", func() bool { return countReceived(t, fwd.dir) > 2000 })

	empty := fill(t, disk)
	eventually(t, 30*time.Second, "the agent is told", func() bool {
		return a.metric("logskiff_endpoint_healthy") == 0
	})
	eventually(t, failAfter, "the forwarder says so", func() bool {
		status, _ := fwd.get("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(fwd.log.String(), "no space left")
	})
	empty()
	lines := flood.end()
	eventually(t, 60*time.Second, "each line arrives", func() bool { return countReceived(t, fwd.dir) >= lines })
	a.mustStop()
	fwd.mustStop()
	received(t, fwd.dir).once(t, "in the forwarder's files", lines)
}
