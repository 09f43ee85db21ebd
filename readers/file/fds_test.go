package file

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestOpenFilesLeaveDescriptorsForOthers(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if got := affordable(1); got != 1 {
		t.Errorf("got %d, want what was asked for", got)
	}
	if limit.Cur > 1<<30 {
		return // as good as none
	}
	if got := affordable(1 << 30); uint64(got) >= limit.Cur/2 || got < 4 {
		t.Errorf("%d of %d descriptors", got, limit.Cur)
	}
}
