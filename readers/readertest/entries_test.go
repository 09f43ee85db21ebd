package readertest_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"logskiff/readers"
	"logskiff/readers/readertest"
	"logskiff/record"
)

// origins are the journals of a test, of which each stands under a name.
type origins struct {
	mu     sync.Mutex
	all    []*journal
	reader *counted
}

func (o *origins) sources() []*journal {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.all)
}

func (o *origins) of(name string) *journal {
	o.mu.Lock()
	for _, j := range o.all {
		if j.name == name {
			o.mu.Unlock()
			return j
		}
	}
	j := &journal{name: name, sequence: "sequence of " + name, first: 1000, next: 1000, texts: map[int64]string{}}
	o.all = append(o.all, j)
	r := o.reader
	o.mu.Unlock()
	r.follow(j)
	return j
}

func countedFixture(t *testing.T) (readertest.Fixture, *origins) {
	o := new(origins)
	reg := readertest.NewRegistry()
	open := func(t *testing.T, reg *readertest.Registry) readers.Resumable {
		r, err := newCounted(countedEnv{registry: reg, restore: reg.Checkpoints(), scope: [16]byte{1}, sources: o.sources})
		if err != nil {
			t.Fatal(err)
		}
		o.reader = r
		return r
	}
	return readertest.Fixture{
		Reader: open(t, reg), Registry: reg,
		Again: func(t *testing.T) readers.Resumable { return open(t, reg) },
		Anew:  open,
		Write: func(_ *testing.T, source string, lines ...string) { o.of(source).add(lines...) },
		Unit:  record.Entries,
		Skip:  func(_ *testing.T, source string, n int64) { o.of(source).skip(n) },
	}, o
}

func TestAReaderOfEntriesKeepsTheContract(t *testing.T) {
	readertest.Run(t, func(t *testing.T) readertest.Fixture {
		f, _ := countedFixture(t)
		return f
	})
}

// What is gone before it was read is lost, which is said, and what never was is not.
func TestWhatWasVacuumedIsLostAndWhatNeverWasIsNot(t *testing.T) {
	f, o := countedFixture(t)
	j := o.of("j")
	j.add("one", "two", "three")
	j.skip(5)
	j.add("four", "five")
	r := o.reader
	b := new(record.Batch)
	r.Fill(b, record.Limits{Bytes: 1 << 20, Lines: 2, Segments: 9})
	if len(b.Records) != 2 {
		t.Fatalf("%d records", len(b.Records))
	}
	j.vacuum(1009) // five is left
	rest := new(record.Batch)
	if r.Fill(rest, record.Limits{Bytes: 1 << 20, Lines: 9, Segments: 9}); len(rest.Segments) > 0 {
		t.Fatalf("there is %+v before what was read is acknowledged", rest.Segments)
	}
	settle := func(b *record.Batch) {
		for i := range b.Segments {
			f.Registry.Settle(&b.Segments[i])
			r.Advance(b.Segments[i].Stream, record.Position{Offset: b.Segments[i].End})
		}
	}
	settle(b)
	r.Fill(rest, record.Limits{Bytes: 1 << 20, Lines: 9, Segments: 9})
	settle(rest)
	c := f.Registry.Checkpoints()[0]
	if c.Offset != 1010 || c.Skipped != 1000 || c.Delivered != 3 || c.Lost != 7 || c.Unit != record.Entries || c.Size != 1010 {
		t.Errorf("the ledger is %+v", c)
	}
	if broken := f.Registry.Broken(); len(broken) > 0 {
		t.Error(broken)
	}
	if lost := fmt.Sprint(f.Registry.Losses()); !strings.Contains(lost, "7 entries") {
		t.Error(lost)
	}
}
