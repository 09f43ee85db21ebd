package file

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOpenFilesLeaveDescriptorsForOthers(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if all, _, _ := NewBudget().State(); limit.Cur < 1<<20 && uint64(all) > limit.Cur/2 || all < 4 {
		t.Errorf("%d of %d descriptors", all, limit.Cur)
	}
}

// Each reader has its share, also where others were first, and what they leave.
func TestDescriptorsAreSharedEvenly(t *testing.T) {
	shared := &Budget{all: 20}
	var rigs []*rig
	for range 5 {
		g := newRig(t)
		g.budget = shared
		g.hold = true // what is read is not acknowledged: nothing goes idle
		for i := range 30 {
			g.write(fmt.Sprintf("%d.log", i), fmt.Sprintf("file %d\n", i))
		}
		shared.join()
		rigs = append(rigs, g)
	}
	first := rigs[0]
	first.start()
	first.fill()
	if first.r.fds.n > 20 || first.r.fds.n < 10 {
		t.Errorf("one reader has %d descriptors while the others have none", first.r.fds.n)
	}
	for _, g := range rigs[1:] {
		g.start()
		g.fill()
		if n := g.r.fds.n; n < 1 {
			t.Error("a reader has no descriptor, since others have them all")
		}
	}
	for range 3 {
		for i, g := range rigs {
			g.write(fmt.Sprintf("%d.log", i), "more\n")
			g.step()
		}
	}
	total := 0
	for i, g := range rigs {
		total += g.r.fds.n
		if len(g.out) != 33 {
			t.Errorf("reader %d has %d lines", i, len(g.out))
		}
		if n := g.r.fds.n; n < 1 || n > 8 {
			t.Errorf("reader %d has %d descriptors of 20 for 5", i, n)
		}
	}
	if _, open, _ := shared.State(); open != total || open > 2*20 {
		t.Errorf("%d descriptors are counted, the readers have %d", open, total)
	}
	for _, g := range rigs {
		g.release()
		g.close()
	}
	if _, open, _ := shared.State(); open != 0 {
		t.Errorf("%d descriptors are counted at the end", open)
	}
}
