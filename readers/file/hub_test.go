package file

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A wake-up costs more than a line does.
func TestWritesThatKeepComingAreToldTogether(t *testing.T) {
	h := NewHub(nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	dir := t.TempDir()
	var told atomic.Int64
	seen := make(chan struct{}, 1)
	at, sub, err := h.subscribe(dir, func(name string, c change) {
		told.Add(1)
		if name == "last" {
			seen <- struct{}{}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() { ended <- h.Run(ctx) }()
	var files []*os.File
	for i := range 3 {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
	}
	time.Sleep(2 * rotationTime) // these are new names
	const writes = 6000
	for i := range writes { // in turn: the kernel merges only what follows its like
		if _, err := files[i%3].WriteString("x\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "last"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	<-seen
	if n := told.Load(); n > writes/4 {
		t.Errorf("%d writes woke the listener %d times", writes, n)
	}
	h.unsubscribe(at, sub)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// fakeHub is one that nobody runs, with a folder that has two paths, and one below it.
func fakeHub() (*Hub, func() []string) {
	var told []string
	h := NewHub(nil)
	add := func(wd int32, paths ...string) {
		s := &subscription{fn: func(name string, c change) { told = append(told, fmt.Sprint(wd, " ", name, " ", c)) }}
		at := &watch{wd: wd, paths: paths, subs: map[*subscription]struct{}{s: {}}}
		h.watches[wd] = at
		for _, p := range paths {
			h.folders[p] = at
		}
	}
	add(1, "/logs", "/mnt/logs")
	add(2, "/mnt/logs/below")
	return h, func() []string { return told }
}

func TestAWriteIsToldAgainBehindAChangeOfNames(t *testing.T) {
	h, told := fakeHub()
	w := func(name string) event { return event{1, unix.IN_MODIFY, []byte(name)} }
	h.tell([]event{w("a"), w("b"), w("a"), {1, unix.IN_MOVED_FROM, []byte("a")}, {1, unix.IN_MOVED_TO, []byte("c")}, w("a"), w("a"), {7, unix.IN_MODIFY, []byte("a")}})
	h.tell([]event{w("a")})
	want := []string{"1 a 1", "1 b 1", "1 a 2", "1 c 2", "1 a 1", "1 a 1"}
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestAFolderThatIsGoneIsToldWhicheverPathItHad(t *testing.T) {
	for _, c := range []struct {
		name  string
		e     event
		told  []string
		moved []int32
	}{
		{"deleted, while somebody has it open", event{1, unix.IN_DELETE | unix.IN_ISDIR, []byte("below")}, []string{"1 below 2", "2  2"}, []int32{2}},
		{"deleted", event{2, unix.IN_DELETE_SELF, nil}, []string{"2  2"}, nil},
		{"moved", event{1, unix.IN_MOVE_SELF, nil}, []string{"1  2"}, []int32{1}},
		{"unmounted", event{1, unix.IN_UNMOUNT, nil}, []string{"1  2"}, nil},
	} {
		h, told := fakeHub()
		moved, _ := h.tell([]event{c.e, c.e})
		if got := told(); !slices.Equal(got[:len(c.told)], c.told) || !slices.Equal(moved, c.moved) {
			t.Errorf("%s: told %q, moved %v", c.name, got, moved)
		}
		for p, at := range h.folders {
			if h.watches[at.wd] != at {
				t.Errorf("%s: %s is kept", c.name, p)
			}
		}
	}
}

func FuzzEventsAreReadWithinTheirBuffer(f *testing.F) {
	whole := binary.NativeEndian.AppendUint32(nil, 1)
	whole = binary.NativeEndian.AppendUint32(whole, unix.IN_MODIFY)
	whole = binary.NativeEndian.AppendUint32(whole, 0)
	whole = binary.NativeEndian.AppendUint32(whole, 8)
	whole = append(whole, "a.log\x00\x00\x00"...)
	f.Add(append(whole, whole...))
	f.Add(whole[:20])
	f.Fuzz(func(t *testing.T, buf []byte) {
		n := 0
		for _, e := range parseEvents(nil, buf) {
			if n += unix.SizeofInotifyEvent + len(e.name); n > len(buf) {
				t.Fatalf("%d bytes of events in %d", n, len(buf))
			}
		}
	})
}

func TestReadsOfEventsAreSpacedByTheirRate(t *testing.T) {
	const ms = time.Millisecond
	f := func(name string, events int, names bool, since time.Duration, want ...time.Duration) {
		t.Helper()
		var g gather
		var got []time.Duration
		for range want {
			got = append(got, g.next(events, names, since))
			since = max(g.wait, ms)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: waits %v, want %v", name, got, want)
		}
	}
	f("a lone line", 1, false, 30*ms, 0)
	f("the end of many", 0, false, ms, 0)
	f("one right behind another", 1, false, 5*ms, 10*ms, 10*ms)
	f("many", 100, false, ms, 10*ms, 20*ms, 40*ms, 40*ms)
	f("many, and renames", 100, true, ms, 0, 0)
	g := gather{wait: 40 * ms}
	if now, then, later := g.next(100, true, 40*ms), g.next(100, false, 15*ms), g.next(1000, false, 90*ms); now != 0 || then != 0 || later != 0 || g.next(100, false, ms) != 10*ms {
		t.Errorf("around a rename it waits %v, %v, %v, %v", now, then, later, g.wait)
	}
	f("so many that the kernel may have to drop some", 5000, false, ms, 10*ms, 10*ms)
	f("after a pause", 1000, false, time.Hour, 0, 10*ms, 20*ms)
}
