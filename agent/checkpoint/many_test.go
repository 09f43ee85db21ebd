package checkpoint

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"logskiff/readers"
	"logskiff/record"
)

// Many new streams are put in the order of their keys: bbolt moves what comes after each
// new key of a page, so in another order 100,000 at once take 38 s instead of two. And a
// commit of many leaves a database that takes the next one.
func TestManyNewStreamsAreStoredInOrder(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Pipeline("a/b")
	rnd := rand.New(rand.NewPCG(1, 2))
	register := func(n int) {
		for range n {
			var id record.StreamID
			binary.LittleEndian.PutUint64(id[:], rnd.Uint64())
			if err := p.Register(readers.Checkpoint{ID: id, Known: readers.Known{Path: "/var/log/a.log", Name: "/var/log/a.log"}}, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	const many = 30_000 // more than 4 MiB
	register(many)
	c := s.snapshot(false)
	if ids := c.pipelines[0].ids; len(ids) != many || !slices.IsSortedFunc(ids, func(a, b record.StreamID) int { return bytes.Compare(a[:], b[:]) }) {
		t.Errorf("%d streams are not put in the order of their keys", len(ids))
	}
	s.putBack(c)
	for range 3 {
		if err := s.commit(); err != nil {
			t.Fatal(err)
		}
		if s.table == nil || s.replace {
			t.Fatal("the database is not open after a large commit")
		}
		register(1)
	}
	// What lies all over a large file is not left mapped.
	register(100)
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	if _, all := s.table.waste(); all > mostMapped && s.touched != 0 {
		t.Errorf("of a database of %d bytes %d streams were touched, and stay mapped", all, s.touched)
	} else if all <= mostMapped {
		t.Errorf("the database has %d bytes", all)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := Read(dir)
	if err != nil || len(all) != many+103 {
		t.Fatalf("%d streams are stored: %v", len(all), err)
	}
}
