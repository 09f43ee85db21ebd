package record

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestResetKeepsMemoryAndDropsStreams(t *testing.T) {
	b := &Batch{Buf: make([]byte, 0, 100), Segments: []Segment{{Stream: &Stream{}}}}
	b.Records = append(b.Records, Record{})
	b.Fail(0, "no")
	b.Reset()
	if cap(b.Buf) != 100 || len(b.Records)+len(b.Segments)+len(b.Reasons)+b.Failed != 0 {
		t.Fatalf("Reset left %+v", b)
	}
	if b.Segments[:1][0].Stream != nil {
		t.Fatal("Reset keeps a stream reachable")
	}
}

func TestReasonsAreShared(t *testing.T) {
	b := &Batch{Records: make([]Record, 3)}
	b.Fail(0, "x")
	b.Fail(1, "y")
	b.Fail(2, "x")
	if len(b.Reasons) != 2 || b.Records[0].Reason != b.Records[2].Reason || b.Failed != 3 {
		t.Fatalf("got %v %+v", b.Reasons, b.Records)
	}
}

func TestStreamIDRoundTrip(t *testing.T) {
	id := StreamID{1, 2, 255}
	got, err := ParseStreamID(id.String())
	if err != nil || got != id {
		t.Fatalf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "zz", id.String() + "0", "g" + id.String()[1:]} {
		if _, err := ParseStreamID(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestPoolBoundsBatchesAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(2, Limits{Bytes: 10})
		ctx, cancel := context.WithCancel(t.Context())
		a, _ := p.Get(ctx)
		if _, err := p.Get(ctx); err != nil {
			t.Fatal(err)
		}
		got := make(chan *Batch)
		go func() {
			b, _ := p.Get(ctx)
			got <- b
		}()
		synctest.Wait()
		select {
		case <-got:
			t.Fatal("a third batch was lent")
		default:
		}
		p.Put(a)
		if b := <-got; b != a {
			t.Fatal("the idle batch was not used again")
		}
		cancel()
		if _, err := p.Get(ctx); err == nil {
			t.Fatal("Get did not end with its context")
		}
	})
}

func TestPutTwicePanics(t *testing.T) {
	p := NewPool(1, Limits{})
	b, _ := p.Get(t.Context())
	p.Put(b)
	defer func() {
		if recover() == nil {
			t.Fatal("a second Put went unnoticed")
		}
	}()
	p.Put(b)
}

func TestResizeFreesWaitersAndShrinksAsBatchesReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(1, Limits{Bytes: 10})
		a, _ := p.Get(t.Context())
		got := make(chan *Batch, 1)
		go func() {
			b, _ := p.Get(t.Context())
			got <- b
		}()
		synctest.Wait()
		p.Resize(2, Limits{Bytes: 20})
		b := <-got
		p.Resize(1, Limits{Bytes: 20})
		p.Put(a)
		if out, all := p.Out(); out != 1 || all != 1 {
			t.Fatalf("out %d of %d, want 1 of 1", out, all)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.Get(ctx); err == nil {
			t.Fatal("a cancelled Get was given a batch")
		}
		p.Put(b)
		if b, _ = p.Get(t.Context()); b == nil {
			t.Fatal("no batch after both came back")
		}
	})
}

func TestPoolDropsBuffersThatGrewTooLarge(t *testing.T) {
	p := NewPool(1, Limits{Bytes: 1 << 10})
	b, _ := p.Get(t.Context())
	b.Buf = make([]byte, 10<<20)
	p.Put(b)
	if b, _ = p.Get(t.Context()); cap(b.Buf) != 0 {
		t.Fatal("a 10 MiB buffer was kept for 1 KiB batches")
	}
}
