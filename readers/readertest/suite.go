package readertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"logskiff/readers"
	"logskiff/record"
)

// Fixture is one reader of a kind, and a way to give it lines.
type Fixture struct {
	Reader readers.Reader
	// Write makes lines available on a source of that name: each name is one stream.
	Write func(t *testing.T, source string, lines ...string)
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
	t.Run("Run ends with its context and without an error", func(t *testing.T) {
		s := start(t, newFixture(t))
		s.cancel()
		if err := <-s.ended; err != nil {
			t.Fatal(err)
		}
		s.ended <- nil
	})
}

type arrived struct {
	id     record.StreamID
	offset int64
	text   string
}

type session struct {
	t      *testing.T
	r      readers.Reader
	limits record.Limits
	cancel context.CancelFunc
	ended  chan error
	all    []arrived
}

func start(t *testing.T, f Fixture) *session {
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{
		t: t, r: f.Reader, cancel: cancel, ended: make(chan error, 1),
		limits: record.Limits{Bytes: 64 << 10, Lines: 100, Segments: 10},
	}
	var running sync.WaitGroup
	running.Go(func() { s.ended <- f.Reader.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := f.Reader.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// wait reads until n records have come, and checks every batch.
func (s *session) wait(n int) {
	s.t.Helper()
	b := new(record.Batch)
	timeout := time.After(time.Minute)
	for len(s.all) < n {
		select {
		case <-s.r.Ready():
		case <-timeout:
			s.t.Fatalf("%d of %d records have come", len(s.all), n)
		}
		for more := true; more; {
			b.Reset()
			more = s.r.Fill(b, s.limits)
			s.check(b)
			s.r.Done(b, true)
		}
	}
}

func (s *session) check(b *record.Batch) {
	s.t.Helper()
	if len(b.Records) > s.limits.Lines || len(b.Segments) > s.limits.Segments {
		s.t.Fatalf("%d records, %d segments: over the limits", len(b.Records), len(b.Segments))
	}
	n := 0
	for _, seg := range b.Segments {
		at := seg.Start
		if seg.First != n || seg.N < 1 {
			s.t.Fatalf("segment %+v after %d records", seg, n)
		}
		for _, rec := range b.Records[n : n+seg.N] {
			if rec.Offset != at {
				s.t.Fatalf("offset %d, want %d", rec.Offset, at)
			}
			at += int64(rec.Size)
			text := string(slices.Clone(b.Bytes(rec.Text)))
			s.all = append(s.all, arrived{seg.Stream.ID, rec.Offset, text})
		}
		if at != seg.End {
			s.t.Fatalf("a segment ends at %d, its records at %d", seg.End, at)
		}
		n += seg.N
	}
	if n != len(b.Records) {
		s.t.Fatalf("%d records are in no segment", len(b.Records)-n)
	}
}
