package readertest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"logskiff/readers"
	"logskiff/record"
	"logskiff/record/wire"
)

type arrived struct {
	id      record.StreamID
	offset  int64
	text    string
	brought []string // as name=value
}

// session is a reader that runs, and the pipeline behind it.
type session struct {
	t      *testing.T
	r      readers.Reader
	reg    *Registry
	limits record.Limits
	cancel context.CancelFunc
	ended  chan error
	closed func() error
	all    []arrived

	unit    record.Unit // that its streams should have
	missing int64       // numbers that no record has
}

func start(t *testing.T, f Fixture) *session {
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{
		t: t, r: f.Reader, reg: f.Registry, unit: f.Unit, cancel: cancel, ended: make(chan error, 1),
		limits: record.Limits{Bytes: 64 << 10, Lines: 100, Segments: 10}, closed: sync.OnceValue(f.Reader.Close),
	}
	var running sync.WaitGroup
	running.Go(func() { s.ended <- f.Reader.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := s.closed(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// stop ends Run.
func (s *session) stop() {
	s.t.Helper()
	s.cancel()
	if err := <-s.ended; err != nil {
		s.t.Fatal(err)
	}
	s.ended <- nil
}

func (s *session) closeReader() {
	s.t.Helper()
	if err := s.closed(); err != nil {
		s.t.Fatal(err)
	}
}

// wait reads until n records have come, and checks every batch.
func (s *session) wait(n int) {
	s.t.Helper()
	b := new(record.Batch)
	for len(s.all) < n {
		s.ready(n)
		for more := true; more; {
			b.Reset()
			more = s.r.Fill(b, s.limits)
			s.done(b, true)
		}
	}
}

// ready waits for a token, on the way to n records.
func (s *session) ready(n int) {
	s.t.Helper()
	select {
	case <-s.r.Ready():
	case err := <-s.ended:
		s.ended <- err
		s.t.Fatalf("Run ended (%v) when %d of %d records had come", err, len(s.all), n)
	case <-time.After(time.Minute):
		s.t.Fatalf("%d of %d records have come within a minute; Write is to return when the reader has them, or will find them, so that no socket drops any", len(s.all), n)
	}
}

// fill fills b until it has n records. A token can be stale, and what there was before may have taken it.
func (s *session) fill(b *record.Batch, n int) {
	s.t.Helper()
	for s.r.Fill(b, s.limits); len(b.Records) < n; s.r.Fill(b, s.limits) {
		s.ready(n)
	}
}

// done notes and checks what is in b, and says what became of it.
func (s *session) done(b *record.Batch, delivered bool) {
	s.t.Helper()
	s.check(b)
	s.r.Done(b, delivered)
	again, ok := s.r.(readers.Resumable)
	if !ok || !delivered || s.reg == nil {
		return
	}
	for i := range b.Segments {
		seg := &b.Segments[i]
		s.reg.Settle(seg)
		again.Advance(seg.Stream, record.Position{Offset: seg.End, Anchor: seg.Anchor})
	}
}

func (s *session) check(b *record.Batch) {
	s.t.Helper()
	if len(b.Records) > s.limits.Lines || len(b.Segments) > s.limits.Segments {
		s.t.Fatalf("%d records, %d segments: over the limits", len(b.Records), len(b.Segments))
	}
	n := 0
	for _, seg := range b.Segments {
		at, missing := seg.Start, int64(0)
		if seg.First != n || seg.N < 1 && seg.Missing == 0 || seg.End <= seg.Start {
			s.t.Fatalf("segment %+v after %d records", seg, n)
		}
		if seg.Stream.Unit != s.unit || seg.Unit() == record.Bytes && seg.Missing != 0 || seg.Missing > wire.MaxGap && seg.N > 0 {
			s.t.Fatalf("segment %+v of a stream of %s, from a reader of %s", seg, seg.Stream.Unit, s.unit)
		}
		for i := range b.Records[n : n+seg.N] {
			rec := &b.Records[n+i]
			if s.unit == record.Entries {
				if rec.Size != 1 {
					s.t.Fatalf("a record covers %d entries", rec.Size)
				}
				missing, at = missing+rec.Offset-at, max(at, rec.Offset)
			}
			if rec.Offset != at {
				s.t.Fatalf("offset %d, want %d", rec.Offset, at)
			}
			at += int64(rec.Size)
			x := arrived{id: seg.Stream.ID, offset: rec.Offset, text: string(b.Bytes(rec.Text))}
			for fields := b.BroughtTo(rec); len(fields) > 0; fields = fields[2:] {
				x.brought = append(x.brought, fmt.Sprintf("%s=%s", b.Bytes(fields[0].Span), b.Bytes(fields[1].Span)))
			}
			s.all = append(s.all, x)
		}
		if s.unit == record.Entries {
			missing, at = missing+seg.End-at, max(at, seg.End)
		}
		if at != seg.End || missing != seg.Missing {
			s.t.Fatalf("a segment ends at %d, its records at %d; %d numbers are missing, it says %d", seg.End, at, missing, seg.Missing)
		}
		s.missing += missing
		n += seg.N
	}
	if n != len(b.Records) {
		s.t.Fatalf("%d records are in no segment", len(b.Records)-n)
	}
}

// upTo reads on until all that r says it found is acknowledged, and checks what it and the registry say of it.
func (s *session) upTo(r readers.Resumable) {
	s.t.Helper()
	b := new(record.Batch)
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		b.Reset()
		s.r.Fill(b, s.limits)
		s.done(b, true)
		stored := map[record.StreamID]readers.Checkpoint{}
		for _, c := range s.reg.Checkpoints() {
			stored[c.ID] = c
		}
		behind := ""
		r.Status(func(st readers.Status) bool {
			c := stored[st.ID]
			if st.Unit != s.unit || c.Unit != s.unit {
				s.t.Fatalf("it says %+v, and stored %+v, of a stream that counts %s", st, c, s.unit)
			}
			if st.Delivered > st.Read || st.Read > st.Size || c.Offset != st.Delivered {
				s.t.Fatalf("it says %+v, and stored %+v", st, c)
			}
			if st.Delivered < st.Size {
				behind = fmt.Sprintf("%+v", st)
			}
			return true
		})
		if behind == "" {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("not all of it is acknowledged: %s", behind)
		}
	}
}

func (s *session) texts() []string { return texts(s.all) }

func texts(all []arrived) (out []string) {
	for _, x := range all {
		out = append(out, x.text)
	}
	return out
}

// settled checks what a reader says when all it had is delivered.
func (s *session) settled() {
	s.t.Helper()
	if r, ok := s.r.(readers.Receiver); ok {
		if got := r.Received(); len(got.GivenUp) > 0 {
			s.t.Fatalf("all was delivered, and it gave up %+v", got.GivenUp)
		}
	}
	if s.reg != nil {
		if broken := s.reg.Broken(); len(broken) > 0 {
			s.t.Fatal(broken)
		}
	}
}

// accounted checks that n lines that were not delivered are kept by clients, or counted as given up.
func (s *session) accounted(f Fixture, n int) {
	s.t.Helper()
	kept := 0
	if f.Kept != nil {
		kept = f.Kept(s.t)
	}
	r, ok := s.r.(readers.Receiver)
	if !ok {
		s.t.Fatalf("%T has no cursors (Fixture.Again), so it has to be a readers.Receiver: what neither it nor its clients keep is counted in GivenUp", s.r)
	}
	got := r.Received()
	if got.Memory != 0 {
		s.t.Errorf("it is closed, nothing of it is on its way, and it holds %d bytes for what came", got.Memory)
	}
	var gave, bytes int64
	for _, g := range got.GivenUp {
		if g.Why == "" {
			s.t.Errorf("no reason is given for %+v", g)
		}
		gave, bytes = gave+g.Records, bytes+g.Bytes
	}
	if int64(kept)+gave != int64(n) || bytes < gave {
		s.t.Fatalf("of %d lines that were not delivered clients keep %d (Fixture.Kept), and %d (%d bytes) are counted as given up (Received.GivenUp); all should be one or the other",
			n, kept, gave, bytes)
	}
}
