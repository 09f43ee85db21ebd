package checkpoint

import (
	"testing"
	"time"
	"unsafe"

	"logskiff/readers"
	"logskiff/record"
)

// What is held for each stream is what decides how much memory a hundred thousand quiet files take.
func TestAnEntryStaysSmall(t *testing.T) {
	if n := unsafe.Sizeof(entry{}); n > 128 {
		t.Errorf("an entry has %d bytes, so it takes more than 128 from the allocator", n)
	}
	var e entry
	c := readers.Checkpoint{
		ID:       id(1),
		Identity: readers.Identity{Path: "/a", Name: "/a", Real: "/b", Device: 1<<32 - 1, Inode: 2, Finger: 3, FingerLen: 4, Size: 90, Modified: time.Unix(0, 5)},
		Position: record.Position{Offset: 80, Anchor: record.Anchor{Len: 64, Sum: 6}},
		Skipped:  30, Delivered: 50,
	}
	if e.set(&c, 0); e.rare != nil {
		t.Errorf("what most files have is kept as if few had: %+v", e.rare)
	}
}

// Whatever of a checkpoint is set comes back, and nothing of what was there before.
func TestAnEntryKeepsAllOfACheckpoint(t *testing.T) {
	full := readers.Checkpoint{
		ID: id(1),
		Identity: readers.Identity{
			Path: "/a", Name: "/a.1", Real: "/b", Device: 1<<40 + 7, Inode: 2, Epoch: 3, FingerLen: 1024, Finger: 4, Size: 99,
			Modified: time.Unix(0, 5).UTC(), Gone: time.Unix(7, 8).UTC(), Spool: "s", SpoolAt: 9, Join: id(2), JoinLen: 10, Since: 11, Cut: 12,
		},
		Position: record.Position{Offset: 100, Anchor: record.Anchor{Len: 64, Sum: 13}},
		Skipped:  10, Delivered: 20, Quarantined: 30, Lost: 40,
	}
	cases := map[string]func(c *readers.Checkpoint){
		"all":                       func(*readers.Checkpoint) {},
		"nothing":                   func(c *readers.Checkpoint) { *c = readers.Checkpoint{ID: c.ID} },
		"no name":                   func(c *readers.Checkpoint) { c.Name = "" },
		"name and path alike":       func(c *readers.Checkpoint) { c.Name = c.Path },
		"no times":                  func(c *readers.Checkpoint) { c.Modified, c.Gone = time.Time{}, time.Time{} },
		"at the beginning of 1970":  func(c *readers.Checkpoint) { c.Modified = time.Unix(0, 0).UTC() },
		"before 1970":               func(c *readers.Checkpoint) { c.Modified = time.Unix(-1, 1).UTC() },
		"before all nanoseconds":    func(c *readers.Checkpoint) { c.Modified = time.Date(1500, 1, 2, 3, 4, 5, 6, time.UTC) },
		"the first nanosecond":      func(c *readers.Checkpoint) { c.Modified = time.Unix(0, noTime).UTC() },
		"the second nanosecond":     func(c *readers.Checkpoint) { c.Modified = time.Unix(0, otherTime).UTC() },
		"behind all nanoseconds":    func(c *readers.Checkpoint) { c.Modified = time.Date(2500, 1, 2, 3, 4, 5, 6, time.UTC) },
		"a device of a few bits":    func(c *readers.Checkpoint) { c.Device = 1<<32 - 1 },
		"a device of high bits":     func(c *readers.Checkpoint) { c.Device = 1 << 63 },
		"all of it skipped":         func(c *readers.Checkpoint) { c.Skipped, c.Delivered, c.Quarantined, c.Lost = 100, 0, 0, 0 },
		"nothing of it quarantined": func(c *readers.Checkpoint) { c.Delivered, c.Quarantined = 50, 0 },
	}
	for name, change := range cases {
		c := full
		change(&c)
		var e entry
		e.set(&full, 5)
		e.set(&c, 0)
		if got := e.checkpoint(); got != c {
			t.Errorf("%s: kept\n%+v, want\n%+v", name, got, c)
		}
		if e.ahead() != 0 {
			t.Errorf("%s: the cursor is still %d ahead", name, e.ahead())
		}
	}
}

// An identity that differs in nothing but the zone of its times is no change to be stored.
func TestAZoneIsNoChange(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	p := s.Pipeline("a/b")
	c := checkpoint(1)
	if err := p.Register(c, false); err != nil {
		t.Fatal(err)
	}
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	c.Modified = c.Modified.In(time.FixedZone("east", 3600))
	if err := p.Update(c.ID, c.Identity, false); err != nil || s.isDirty() {
		t.Fatalf("it is to be stored again: %v", err)
	}
	if c.Modified = c.Modified.Add(1); p.Update(c.ID, c.Identity, false) != nil || !s.isDirty() {
		t.Fatal("a change of the time is not stored")
	}
}
