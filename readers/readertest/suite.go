package readertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"logskiff/readers"
	"logskiff/record"
	"logskiff/record/wire"
)

// Fixture is one reader of a kind, and a way to give it lines.
type Fixture struct {
	Reader readers.Reader
	// Write makes lines available on a source of that name, each name being one stream, or one client of a reader
	// whose clients share one. It returns when the reader has them, or will find them.
	Write func(t *testing.T, source string, lines ...string)

	// Registry is where a Resumable reader says what it knows, and Again makes another one that goes on
	// where this one stopped: it is called after Close.
	Registry *Registry
	Again    func(t *testing.T) readers.Resumable

	// Anew makes one that knows nothing of what was read, since its store was lost: it says what it finds to reg.
	Anew func(t *testing.T, reg *Registry) readers.Resumable

	// Unit is what the streams of the reader count.
	Unit record.Unit
	// Skip lets n numbers of a source go by that no record has. nil: there are none in its origins.
	Skip func(t *testing.T, source string, n int64)

	// Kept returns, of a readers.Receiver, how many lines its clients were told to keep: it is called after
	// Close. nil: its clients keep nothing.
	Kept func(t *testing.T) int

	// Flood sends a line again and again while nothing is delivered, until the reader has no room for more, and a few times then. It
	// returns how often, when each is taken, kept by its client or given up. nil: those who send wait, or it goes on where it was.
	Flood func(t *testing.T, line string) (sent int)

	// Brings says which fields, as name=value, the reader brings with lines of a source. nil: none.
	Brings func(source string) []string
}

// Run checks that a kind of reader keeps the contract of readers.Reader. New is
// called once for each check.
func Run(t *testing.T, newFixture func(t *testing.T) Fixture) {
	t.Run("every line arrives once and in order", func(t *testing.T) {
		f := newFixture(t)
		s := start(t, f)
		for i := range 500 {
			f.Write(t, fmt.Sprint("s", i%3), fmt.Sprint(i))
		}
		s.wait(500)
		last := map[record.StreamID]int64{}
		seen := map[string]bool{}
		for _, x := range s.all {
			if at, ok := last[x.id]; ok && x.offset <= at {
				t.Fatalf("offset %d after %d in one stream", x.offset, at)
			}
			last[x.id] = x.offset
			if seen[x.text] {
				t.Fatalf("%q came twice", x.text)
			}
			seen[x.text] = true
		}
		s.settled()
	})
	t.Run("limits are kept", func(t *testing.T) {
		f := newFixture(t)
		s := start(t, f)
		s.limits = record.Limits{Bytes: 8 << 10, Lines: 7, Segments: 2}
		for i := range 100 {
			f.Write(t, fmt.Sprint("s", i%5), fmt.Sprint(i))
		}
		s.wait(100)
	})
	t.Run("a batch that holds records is filled on", func(t *testing.T) {
		f := newFixture(t)
		s := start(t, f)
		b := new(record.Batch)
		for i := range 10 {
			f.Write(t, "s", fmt.Sprint(i))
			s.fill(b, i+1)
		}
		s.done(b, true)
		if got := s.texts(); !slices.Equal(got, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}) {
			t.Fatalf("it holds %q", got)
		}
	})
	t.Run("fields that it brings are with each record", func(t *testing.T) {
		f := newFixture(t)
		s := start(t, f)
		for i := range 30 {
			f.Write(t, fmt.Sprint("s", i%3), fmt.Sprintf("s%d %d", i%3, i))
		}
		s.wait(30)
		for _, x := range s.all {
			var want []string
			if f.Brings != nil {
				want = f.Brings(x.text[:2])
			}
			if !slices.Equal(x.brought, want) {
				t.Fatalf("%q came with %q, want %q", x.text, x.brought, want)
			}
		}
	})
	t.Run("what is not delivered comes again, or is kept by its client, or counted as given up", func(t *testing.T) {
		f := newFixture(t)
		s := start(t, f)
		s.limits.Lines = 10
		for i := range 60 {
			f.Write(t, "s", fmt.Sprint(i))
		}
		b, undelivered := new(record.Batch), new(record.Batch)
		s.fill(b, 10)
		s.done(b, true)
		s.fill(undelivered, 10)
		s.stop()
		s.done(undelivered, false)
		s.closeReader()
		if got := s.texts(); !slices.Equal(got, numbers(20)) {
			t.Fatalf("two batches hold %q", got)
		}
		if f.Again == nil {
			s.accounted(f, 60-10)
			return
		}
		first, unsent := s.all[:10], s.all[10:]
		again := start(t, Fixture{Reader: f.Again(t), Registry: f.Registry, Unit: f.Unit})
		again.wait(50)
		for i, x := range again.all[:len(unsent)] {
			if x.id != unsent[i].id || x.offset != unsent[i].offset || x.text != unsent[i].text {
				t.Fatalf("%+v came as %+v after a restart", unsent[i], x)
			}
		}
		if got, want := append(texts(first), again.texts()...), numbers(60); !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		again.settled()
	})
	t.Run("what a flood leaves no room for is counted", func(t *testing.T) {
		f := newFixture(t)
		if f.Flood == nil {
			t.Skip("nothing of it is dropped")
		}
		s := start(t, f)
		line := strings.Repeat("f", 20<<10)
		sent := f.Flood(t, line)
		b := new(record.Batch)
		for more := true; more; {
			b.Reset()
			more = s.r.Fill(b, s.limits)
			s.done(b, true)
		}
		came := len(s.all)
		for _, x := range s.all {
			if x.text != line {
				t.Fatalf("a line of %d bytes came as %d", len(line), len(x.text))
			}
		}
		if came == 0 || came >= sent {
			t.Fatalf("%d of %d lines came; a flood is more than it has room for, and of that it keeps what it has", came, sent)
		}
		f.Write(t, "s", "after") // there is room again
		s.wait(came + 1)
		s.stop()
		s.closeReader()
		s.accounted(f, sent-came)
		for _, g := range s.r.(readers.Receiver).Received().GivenUp {
			if of := g.Records * int64(len(line)); g.Bytes < of || g.Bytes > of+g.Records {
				t.Errorf("%d lines of %d bytes are counted as %d bytes", g.Records, len(line), g.Bytes)
			}
		}
	})
	t.Run("what it reads has the same identity when the store was lost", func(t *testing.T) {
		f := newFixture(t)
		if f.Anew == nil {
			t.Skip("its streams have no checkpoints")
		}
		s := start(t, f)
		for i := range 60 {
			f.Write(t, fmt.Sprint("s", i%3), fmt.Sprint(i))
		}
		s.wait(60)
		s.stop()
		s.closeReader()
		reg := NewRegistry()
		again := start(t, Fixture{Reader: f.Anew(t, reg), Registry: reg, Unit: f.Unit})
		again.wait(60)
		was := map[string]arrived{}
		for _, x := range s.all {
			was[x.text] = x
		}
		for _, x := range again.all {
			if w := was[x.text]; w.id != x.id || w.offset != x.offset {
				t.Fatalf("%+v came as %+v when nothing was known of it any more", w, x)
			}
		}
		again.settled()
	})
	t.Run("what it says of a stream is in one unit, and adds up", func(t *testing.T) {
		f := newFixture(t)
		again, ok := f.Reader.(readers.Resumable)
		if !ok {
			t.Skip("its streams have no checkpoints")
		}
		s := start(t, f)
		f.Write(t, "s", "one", "two", "three")
		s.wait(3)
		s.upTo(again)
		f.Write(t, "s", "four")
		s.wait(4)
		s.upTo(again)
		for _, c := range f.Registry.Checkpoints() {
			if c.State.Reader == "" || c.State.Version == 0 {
				t.Errorf("its state says not whose it is, or in which version: %+v", c.State)
			}
		}
		s.settled()
	})
	t.Run("numbers that no record has are acknowledged and not lost", func(t *testing.T) {
		f := newFixture(t)
		if f.Skip == nil {
			t.Skip("there are none in its origins")
		}
		s := start(t, f)
		const wide = 3 * wire.MaxGap // as much as no batch says of one segment that has records
		skipped := int64(0)
		skip := func(n int64) {
			f.Skip(t, "s", n)
			skipped += n
		}
		for i := range 20 {
			f.Write(t, "s", fmt.Sprint(i))
			skip(int64(i % 4))
		}
		skip(wide)
		f.Write(t, "s", "20")
		skip(2)
		s.wait(21)
		s.upTo(f.Reader.(readers.Resumable)) // what is missing at the end, too
		if got := s.texts(); !slices.Equal(got, numbers(21)) || s.missing != skipped {
			t.Fatalf("got %q, and %d numbers are missing, not %d", got, s.missing, skipped)
		}
		s.stop()
		s.closeReader()
		again := start(t, Fixture{Reader: f.Again(t), Registry: f.Registry, Unit: f.Unit})
		skip(1)
		f.Write(t, "s", "21")
		again.wait(1)
		if x := again.all[0]; x.text != "21" || x.offset <= s.all[20].offset {
			t.Fatalf("%+v came after a restart", x)
		}
		again.settled()
		if lost := f.Registry.Losses(); len(lost) > 0 {
			t.Error(lost)
		}
	})
	t.Run("Run ends with its context and without an error", func(t *testing.T) {
		s := start(t, newFixture(t))
		s.stop()
	})
}

func numbers(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint(i))
	}
	return all
}
