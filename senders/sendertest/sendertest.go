// Package sendertest is the contract of senders.Endpoint as a test: every kind
// of endpoint must pass Run.
//
// It knows no kind of sender, and only tests may import it.
package sendertest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/encode"
)

// Fixture is one endpoint and the destination behind it, new for each test.
type Fixture struct {
	Endpoint senders.Endpoint

	// NewEncoder is the Sender's, with whose bodies it is tried; nil: ndjson. Of one that is Marking, payloads
	// have Ends.
	NewEncoder func() senders.Encoder

	// Received returns the bodies that the destination has taken for good,
	// decompressed, in any order.
	Received func() [][]byte

	// Attempts returns how often the destination was asked to take something.
	// nil: it cannot tell.
	Attempts func() int

	// Answers makes the destination answer all that follows with what must be
	// classified as the key. A missing class cannot happen with this kind.
	Answers map[senders.Class]func()

	// ByRecord makes the destination answer all that follows for each record by itself: it calls judge once for each
	// record of a body, in their order, with its place in that body, from 0, and says of it what must be
	// classified as the item. nil: this kind takes or refuses whole bodies.
	ByRecord func(judge func(place int) senders.Item)

	// Hang makes the destination accept what follows and not answer. nil: this
	// kind cannot hang.
	Hang func()

	// Stick makes the client that the endpoint stands on hang so that no context ends it, as a
	// library with goroutines of its own may, until the test is over. nil: it has no such client.
	Stick func()
}

// Run tests a kind of endpoint. The function makes a fixture whose cleanup is
// registered with t.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	tests := []struct {
		promise string
		test    func(t *testing.T, f Fixture)
	}{
		{"what is delivered is what was sent", delivers},
		{"every class has one attempt and a reason to read", classes},
		{"an endpoint works again after a failure", recovers},
		{"many goroutines may send at once", concurrent},
		{"nothing of a payload is kept", keepsNothing},
		{"a context that is done delivers nothing", alreadyDone},
		{"a context that ends, ends an attempt that hangs", endsWithContext},
		{"records that were not taken are named by their place in the batch", namesRecords},
		{"its name is for people", named},
		{"a probe sends no record", probes},
		{"a check sends no record", checks},
		{"closed it takes nothing", closes},
		{"it can be closed while it sends", closesWhileSending},
		{"a client that no context ends holds up nobody", sticks},
	}
	for _, c := range tests {
		t.Run(strings.ReplaceAll(c.promise, " ", "-"), func(t *testing.T) { c.test(t, open(t)) })
	}
}

// payload returns all of a batch of n records of the numbered stream.
func (f Fixture) payload(stream byte, n int) *senders.Payload { return f.part(stream, n, 0, n) }

// part returns the records [first, last) of such a batch.
func (f Fixture) part(stream byte, n, first, last int) *senders.Payload {
	b := &record.Batch{}
	s := &record.Stream{
		ID: record.StreamID{stream, 1}, Path: "/var/log/test.log",
		Origin: &record.Origin{Host: "host", Source: "test"},
	}
	seg := record.Segment{Stream: s, N: n}
	for i := range n {
		line := fmt.Sprintf("stream %d line %d %s", stream, i, strings.Repeat("x", 200))
		text := record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(line))}
		b.Buf = append(b.Buf, line...)
		b.Records = append(b.Records, record.Record{Offset: seg.End, Text: text, Size: uint32(len(line) + 1)})
		seg.End += int64(len(line) + 1)
	}
	b.Segments = []record.Segment{seg}
	var e senders.Encoder = encode.NewNDJSON(nil)
	if f.NewEncoder != nil {
		e = f.NewEncoder()
	}
	p := &senders.Payload{ContentType: e.ContentType(), Batch: b, First: first, Last: last}
	if m, ok := e.(senders.Marking); ok {
		p.Body, p.Ends = m.AppendMarked(nil, nil, b, first, last)
	} else {
		p.Body = e.Append(nil, b, first, last)
	}
	return p
}

func mustDeliver(t *testing.T, f Fixture, p *senders.Payload) {
	t.Helper()
	r := f.Endpoint.Send(t.Context(), p)
	if r.Class != senders.Delivered || r.Reason != "" || r.Wait != 0 {
		t.Fatalf("got %+v, want Delivered", r)
	}
}

func delivers(t *testing.T, f Fixture) {
	var want [][]byte
	for i, n := range []int{1, 10, 5000} { // from one packet to a large body
		p := f.payload(byte(i), n)
		mustDeliver(t, f, p)
		want = append(want, p.Body)
	}
	same(t, f.Received(), want)
}

func same(t *testing.T, got, want [][]byte) {
	t.Helper()
	slices.SortFunc(got, bytes.Compare)
	slices.SortFunc(want, bytes.Compare)
	if !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("the destination has %d bodies of %d bytes, want %d of %d",
			len(got), len(bytes.Join(got, nil)), len(want), len(bytes.Join(want, nil)))
	}
}

func classes(t *testing.T, f Fixture) {
	before := 0
	for class, arrange := range f.Answers {
		arrange()
		if f.Attempts != nil {
			before = f.Attempts()
		}
		r := f.Endpoint.Send(t.Context(), f.payload(byte(class), 100))
		if r.Class != class {
			t.Errorf("got %+v, want %v", r, class)
		}
		if r.Class != senders.Delivered && (r.Reason == "" || len(r.Reason) > 512) {
			t.Errorf("%v: a reason of %d bytes: %q", class, len(r.Reason), r.Reason)
		}
		if f.Attempts != nil && f.Attempts() != before+1 {
			t.Errorf("%v: %d attempts", class, f.Attempts()-before)
		}
	}
	if n := len(f.Received()); n > 1 || n == 1 && f.Answers[senders.Delivered] == nil {
		t.Errorf("%d bodies arrived although they were not delivered", n)
	}
}

func recovers(t *testing.T, f Fixture) {
	works := f.Answers[senders.Delivered]
	if works == nil {
		t.Skip("this kind cannot be told to work again")
	}
	var want [][]byte
	for class, arrange := range f.Answers {
		arrange()
		_ = f.Endpoint.Send(t.Context(), f.payload(100+byte(class), 10))
		works()
		p := f.payload(byte(class), 10)
		mustDeliver(t, f, p)
		want = append(want, p.Body)
		if class == senders.Delivered {
			want = append(want, f.payload(100, 10).Body)
		}
	}
	same(t, f.Received(), want)
}

func concurrent(t *testing.T, f Fixture) {
	var want [][]byte
	var all sync.WaitGroup
	for i := range 16 {
		p := f.payload(byte(i), 300)
		want = append(want, p.Body)
		all.Go(func() {
			if r := f.Endpoint.Send(t.Context(), p); r.Class != senders.Delivered {
				t.Errorf("got %+v", r)
			}
		})
	}
	all.Wait()
	same(t, f.Received(), want)
}

func keepsNothing(t *testing.T, f Fixture) {
	p := f.payload(1, 2000)
	want := bytes.Clone(p.Body)
	mustDeliver(t, f, p)
	scribble(p)
	same(t, f.Received(), [][]byte{want})
	// With -race this also finds a read that goes on after Send has returned.
	for _, arrange := range f.Answers {
		arrange()
		p := f.payload(2, 2000)
		_ = f.Endpoint.Send(t.Context(), p)
		scribble(p)
	}
	if f.Hang == nil {
		return
	}
	f.Hang()
	p = f.payload(3, 20_000)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_ = f.Endpoint.Send(ctx, p)
	scribble(p)
}

// scribble does what a pool does with a batch that came back.
func scribble(p *senders.Payload) {
	for i := range p.Body {
		p.Body[i] = '#'
	}
	for i := range p.Ends {
		p.Ends[i] = 1 << 31
	}
	p.Batch.Reset()
	*p = senders.Payload{}
}

func alreadyDone(t *testing.T, f Fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := f.Endpoint.Send(ctx, f.payload(1, 10)); r.Class != senders.Retry || r.Reason == "" {
		t.Errorf("got %+v, want Retry", r)
	}
	if n := len(f.Received()); n != 0 {
		t.Errorf("%d bodies arrived", n)
	}
}

func endsWithContext(t *testing.T, f Fixture) {
	if f.Hang == nil {
		t.Skip("this kind cannot hang")
	}
	f.Hang()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if r := f.Endpoint.Send(ctx, f.payload(1, 10_000)); r.Class != senders.Retry || r.Reason == "" {
		t.Errorf("got %+v, want Retry", r)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v to give up", took)
	}
}

func named(t *testing.T, f Fixture) {
	if n := f.Endpoint.Name(); n == "" || strings.ContainsAny(n, "@\n") {
		t.Errorf("name %q", n)
	}
}
