package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// whole waits until the agent says of itself, everywhere, that all is well.
func (a *agent) whole(t *testing.T) {
	t.Helper()
	eventually(t, 40*time.Second, "/readyz is 200", func() bool {
		status, _ := a.get("/readyz")
		return status == http.StatusOK
	})
	eventually(t, 20*time.Second, "the control socket answers", func() bool {
		_, err := os.Lstat(filepath.Join(a.dataDir, "control.sock"))
		return err == nil
	})
}

// TestAnAgentThatBeganOnABadDiskHeals: it needs no restart when the cause is gone.
func TestAnAgentThatBeganOnABadDiskHeals(t *testing.T) {
	f := func(name string, spoil func(t *testing.T, disk string) (mend func())) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := smallDisk(t, "2m")
			s := newSink(t)
			w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
			w.write(10)
			mend := spoil(t, disk)
			a := newAgentIn(t, disk, fileSource("app", w.path, "", "ingest"), httpSender("ingest", "", s.addr))
			a.start()
			s.arrives(t, "lines arrive with a bad disk", 10, failAfter)
			eventually(t, failAfter, "/readyz is 503", func() bool {
				status, _ := a.get("/readyz")
				return status == http.StatusServiceUnavailable
			})
			mend()
			a.whole(t) // though no line is written meanwhile
			w.write(10)
			s.arrives(t, "lines arrive", 20, failAfter)
			a.mustStop()
			checkOffsets(t, a.dataDir, 1)
		})
	}
	f("full", func(t *testing.T, disk string) func() { return fill(t, disk) })
	f("read-only", func(t *testing.T, disk string) func() {
		remount := func(flags uintptr) {
			if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|flags, "size=2m"); err != nil {
				t.Fatal(err)
			}
		}
		remount(syscall.MS_RDONLY)
		return func() { remount(0) }
	})
}

func TestFoldersThatAreRemovedUnderAgentAndForwarderComeBack(t *testing.T) {
	t.Parallel()
	fwd := newForwarder(t, "the forwarder")
	fwd.start()
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "ingest"), httpSender("ingest", quick, fwd.addr))
	a.start()
	w.write(10)
	eventually(t, failAfter, "lines arrive", func() bool { return countReceived(t, fwd.dir) == 10 })
	eventually(t, failAfter, "and are acknowledged", func() bool { return a.metric("logskiff_lag_bytes") == 0 })
	for _, dir := range []string{fwd.dir, a.dataDir, fwd.dataDir} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	w.write(10)
	eventually(t, failAfter, "the next lines are in the folder that was made again", func() bool { return countReceived(t, fwd.dir) == 10 })
	a.whole(t)
	fwd.whole(t)
	a.mustStop()
	fwd.mustStop()
	checkOffsets(t, a.dataDir, 1)
}
