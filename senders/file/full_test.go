package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"logskiff/senders"
)

func TestAFileSystemThatIsReallyFullFillsAndGoesOnWhenThereIsSpace(t *testing.T) {
	mount := t.TempDir()
	if err := unix.Mount("tmpfs", mount, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("cannot mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(mount, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(mount, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 100<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(mount, "received")
	e := mustOpen(t, dir)
	acked := 0
	for {
		r := e.Send(t.Context(), payload(seg{1, int64(acked) * 10, 50, 10}))
		if r.Class == senders.Retry {
			if !strings.Contains(r.Reason, "no space left") {
				t.Fatal(r.Reason)
			}
			break
		}
		if acked += 50; acked > 10_000 {
			t.Fatal("it never got full")
		}
	}
	wantOnce(t, dir, seg{1, 0, acked, 10}) // no torn line stays
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	mustSend(t, e, seg{1, 0, acked + 50, 10})
	crash(e)
	e = mustOpen(t, dir)
	mustSend(t, e, seg{1, 0, acked + 50, 10})
	wantOnce(t, dir, seg{1, 0, acked + 50, 10})
}
