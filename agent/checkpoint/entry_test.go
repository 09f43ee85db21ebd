package checkpoint

import (
	"strings"
	"testing"
	"time"
	"unsafe"

	"logskiff/readers"
	readfile "logskiff/readers/file"
	"logskiff/record"
)

// What is held for each stream is what decides how much memory a hundred thousand quiet files take.
func TestAnEntryStaysSmall(t *testing.T) {
	if n := unsafe.Sizeof(entry{}); n > 128 {
		t.Errorf("an entry has %d bytes, so it takes more than 128 from the allocator", n)
	}
	var e entry
	var forms forms
	is := readfile.Identity{Device: 0x10302, Inode: 1<<40 - 1, Finger: 3, FingerLen: 1024, Modified: time.Unix(1<<34, 999_999_999)}
	c := readers.Checkpoint{
		ID:       id(1),
		Known:    readers.Known{Path: "/a", Name: "/a", Real: "/b", Size: 90, State: is.State()},
		Position: record.Position{Offset: 80, Anchor: record.Anchor{Len: 64, Sum: 6}},
		Skipped:  30, Delivered: 50,
	}
	if set(&e, &forms, &c, c.State.Data, 0); e.rare != nil {
		t.Errorf("what most files have is kept as if few had: %+v", e.rare)
	}
	if e.moveTo(record.Position{Offset: 1 << 30}); e.rare != nil || e.size() != 90 {
		t.Errorf("a file of %d bytes that has grown since is kept as if few did: %+v", e.size(), e.rare)
	}
}

// Whatever of a checkpoint is set comes back, and nothing of what was there before.
func TestAnEntryKeepsAllOfACheckpoint(t *testing.T) {
	full := readers.Checkpoint{
		ID: id(1),
		Known: readers.Known{
			Path: "/a", Name: "/a.1", Real: "/b", Size: 99, Unit: record.Entries,
			State: readers.State{Reader: "trial", Version: 7, Data: strings.Repeat("x", 200)},
		},
		Position: record.Position{Offset: 100, Anchor: record.Anchor{Len: 64, Sum: 13}},
		Skipped:  10, Delivered: 20, Quarantined: 30, Lost: 40,
	}
	cases := map[string]func(c *readers.Checkpoint){
		"all":                                func(*readers.Checkpoint) {},
		"nothing":                            func(c *readers.Checkpoint) { *c = readers.Checkpoint{ID: c.ID} },
		"no name":                            func(c *readers.Checkpoint) { c.Name = "" },
		"name and path alike":                func(c *readers.Checkpoint) { c.Name = c.Path },
		"no state":                           func(c *readers.Checkpoint) { c.State = readers.State{} },
		"a state without data":               func(c *readers.Checkpoint) { c.State.Data = "" },
		"a state that just fits":             func(c *readers.Checkpoint) { c.State.Data = strings.Repeat("y", entryState) },
		"a state that does not fit":          func(c *readers.Checkpoint) { c.State.Data = strings.Repeat("z", entryState+1) },
		"another version":                    func(c *readers.Checkpoint) { c.State.Version = 8 },
		"bytes":                              func(c *readers.Checkpoint) { c.Unit = record.Bytes },
		"no size":                            func(c *readers.Checkpoint) { c.Size = 0 },
		"no size, far from it":               func(c *readers.Checkpoint) { c.Size, c.Offset, c.Delivered = 0, 1<<40, 1<<40-80 },
		"a size as far as there is room for": func(c *readers.Checkpoint) { c.Size = c.Offset + 1<<31 - 1 },
		"a size that is farther":             func(c *readers.Checkpoint) { c.Size = c.Offset + 1<<31 },
		"a largest size":                     func(c *readers.Checkpoint) { c.Size = 1<<63 - 1 },
		"a size as far behind":               func(c *readers.Checkpoint) { c.Offset, c.Delivered, c.Size = 1<<31+9, 1<<31+9-80, 10 },
		"a size that is farther behind":      func(c *readers.Checkpoint) { c.Offset, c.Delivered, c.Size = 1<<31+9, 1<<31+9-80, 9 },
		"all of it skipped":                  func(c *readers.Checkpoint) { c.Skipped, c.Delivered, c.Quarantined, c.Lost = 100, 0, 0, 0 },
		"nothing of it quarantined":          func(c *readers.Checkpoint) { c.Delivered, c.Quarantined = 50, 0 },
	}
	for name, change := range cases {
		c := full
		change(&c)
		var e entry
		var forms forms
		set(&e, &forms, &full, full.State.Data, 5)
		set(&e, &forms, &c, c.State.Data, 0)
		if got := e.checkpoint(&forms); got != c {
			t.Errorf("%s: kept\n%+v, want\n%+v", name, got, c)
		}
		if e.ahead() != 0 {
			t.Errorf("%s: the cursor is still %d ahead", name, e.ahead())
		}
		if !e.says(&forms, &c.Known) || name != "all" && e.says(&forms, &full.Known) != (full.Known == c.Known) {
			t.Errorf("%s: it is not told from another", name)
		}
		// The cursor of one and all else of another.
		set(&e, &forms, &full, full.State.Data, 5)
		e.setCursor(&c, 3)
		want := full
		want.Position, want.Skipped, want.Delivered, want.Quarantined, want.Lost = c.Position, c.Skipped, c.Delivered, c.Quarantined, c.Lost
		if got := e.checkpoint(&forms); got != want || e.ahead() != 3 {
			t.Errorf("%s: a cursor was moved to\n%+v, want\n%+v", name, got, want)
		}
	}
}

// What says the same is no change to be stored.
func TestTheSameIsNoChange(t *testing.T) {
	for _, c := range []readers.Checkpoint{checkpoint(1), counted(1), counted(0), counted(9)} {
		s := mustOpen(t, t.TempDir(), Options{})
		p := s.Pipeline("a/b")
		if err := p.Register(c, false); err != nil {
			t.Fatal(err)
		}
		if err := s.commit(); err != nil {
			t.Fatal(err)
		}
		if err := p.Update(c.ID, c.Known, false); err != nil || s.isDirty() {
			t.Fatalf("it is to be stored again: %v", err)
		}
		if c.State.Data += "x"; p.Update(c.ID, c.Known, false) != nil || !s.isDirty() {
			t.Fatal("a change of the state is not stored")
		}
	}
}
