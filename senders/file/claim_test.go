package file

import (
	"errors"
	"testing"

	"logskiff/record"
	"logskiff/senders"
)

var (
	alice = record.Owner{Credential: [16]byte{1}}
	mallo = record.Owner{Credential: [16]byte{2}}
	agent = record.Owner{Agent: [16]byte{3}, Credential: [16]byte{1}}
	other = record.Owner{Agent: [16]byte{4}, Credential: [16]byte{1}}
	moved = record.Owner{Agent: [16]byte{3}, Credential: [16]byte{2}}
)

// from makes a payload that a client sent.
func from(o record.Owner, segs ...seg) *senders.Payload {
	p := payload(segs...)
	for i := range p.Batch.Segments {
		if o != (record.Owner{}) {
			p.Batch.Segments[i].Stream.Owner = &o
		}
		p.Batch.Segments[i].Stream.Unproven = o.Agent == [16]byte{}
	}
	return p
}

// mustClaim claims, sends and releases, as the reader does.
func mustClaim(t *testing.T, e *endpoint, o record.Owner, segs ...seg) {
	t.Helper()
	release, err := e.claim(o, []record.StreamID{id(segs[0].stream)})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if r := e.Send(t.Context(), from(o, segs...)); r.Class != senders.Delivered {
		t.Fatal(r)
	}
}

func TestAStreamBelongsToWhoFirstSentItThroughRestarts(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	refused := func(o record.Owner, stream byte, want error) {
		t.Helper()
		if _, err := e.claim(o, []record.StreamID{id(9), id(stream)}); !errors.Is(err, want) {
			t.Fatal(err)
		}
	}
	mustClaim(t, e, alice, seg{1, 0, 1, 10})
	mustClaim(t, e, agent, seg{2, 0, 1, 10})
	for range 3 { // the second start reads a snapshot
		refused(mallo, 1, record.ErrNotOwner)
		refused(mallo, 2, record.ErrNotOwner)
		refused(other, 2, record.ErrNotOwner) // the same token, and another word
		refused(alice, 2, record.ErrNoWord)   // the same token, without the agent's word
		mustClaim(t, e, alice, seg{1, 0, 1, 10})
		mustClaim(t, e, moved, seg{2, 0, 1, 10}) // the agent has a new token
		mustClaim(t, e, agent, seg{2, 0, 1, 10})
		crash(e)
		e = mustOpen(t, dir)
	}
	mustClaim(t, e, agent, seg{1, 0, 2, 10}) // the client learnt to say its word: from now on that counts
	refused(alice, 1, record.ErrNoWord)
	if len(e.claims) != 0 {
		t.Fatal("a refused claim holds something", e.claims)
	}

	release, err := e.claim(alice, []record.StreamID{id(7), id(7)})
	if err != nil {
		t.Fatal(err)
	}
	refused(mallo, 7, record.ErrLent)
	mustClaim(t, e, alice, seg{7, 0, 1, 10})
	release()
	refused(mallo, 7, record.ErrNotOwner)
}

func TestOnlyWhatRecordsCoverCountsOfAnUnknownClient(t *testing.T) {
	wide := func(o record.Owner) *senders.Payload {
		p := from(o, seg{1, 0, 1, 1})
		p.Batch.Segments[0].End = 1000
		return p
	}
	f := func(o record.Owner, want int) {
		t.Helper()
		e := mustOpen(t, t.TempDir())
		if r := e.Send(t.Context(), wide(o)); r.Class != senders.Delivered {
			t.Fatal(r)
		}
		mustSend(t, e, seg{1, 1, 9, 10})
		if n := e.counters.Records.Load(); int(n) != want {
			t.Errorf("%d records are written, want %d", n, want)
		}
	}
	f(alice, 10)
	f(agent, 1) // its own batches say what its configuration leaves out
}

func TestGapsOfAnUnknownClientAreRemembered(t *testing.T) {
	e := mustOpen(t, t.TempDir())
	p := payload(seg{1, 0, 2000, 10})
	for range 2 {
		half := keeping(payload(seg{1, 0, 2000, 10}), func(offset int64) bool { return offset%20 == 0 })
		half.Batch.Segments[0].Stream.Unproven = true
		if r := e.Send(t.Context(), half); r.Class != senders.Delivered {
			t.Fatal(r)
		}
	}
	if n := e.counters.Records.Load(); n != 1000 {
		t.Fatalf("%d records", n)
	}
	if r := e.Send(t.Context(), p); r.Class != senders.Delivered || e.counters.Records.Load() != 2000 {
		t.Fatal(r, e.counters.Records.Load())
	}
}
