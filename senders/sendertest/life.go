package sendertest

import (
	"context"
	"testing"
	"time"

	"logskiff/senders"
)

// patience is how long what must end may take, on a machine however slow.
const patience = 20 * time.Second

// soon fails the test when do does not return in time.
func soon(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s has not ended within %v", what, patience)
	}
}

func probes(t *testing.T, f Fixture) {
	p, ok := f.Endpoint.(senders.Prober)
	if !ok {
		t.Skip("this kind cannot be probed: one that does not answer is tried with a body")
	}
	soon(t, "the probe", func() {
		if err := p.Probe(t.Context()); err != nil {
			t.Errorf("a destination that takes bodies: %v", err)
		}
	})
	for _, body := range f.Received() {
		if len(body) > 0 {
			t.Errorf("%q was sent, which is a record to some", body)
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	soon(t, "a probe whose context has ended", func() {
		if err := p.Probe(over); err == nil {
			t.Error("a probe whose context has ended found something")
		}
	})
}

func checks(t *testing.T, f Fixture) {
	c, ok := f.Endpoint.(senders.Checker)
	if !ok {
		t.Skip("this kind cannot be checked")
	}
	check := func() (steps int, err error) {
		soon(t, "the check", func() { err = c.Check(t.Context(), func(string) { steps++ }) })
		return steps, err
	}
	if n, err := check(); err != nil || n == 0 {
		t.Errorf("%d steps, %v", n, err)
	}
	if arrange := f.Answers[senders.Held]; arrange != nil {
		arrange()
		if n, err := check(); err == nil || n == 0 {
			t.Errorf("where batches are held: %d steps, %v", n, err)
		}
		f.Answers[senders.Delivered]()
	}
	for _, body := range f.Received() {
		if len(body) > 0 {
			t.Errorf("%q was sent, which is a record to some", body)
		}
	}
	before := len(f.Received())
	mustDeliver(t, f, f.payload(1, 10)) // the check took nothing that a body needs
	if n := len(f.Received()); n != before+1 {
		t.Errorf("%d bodies arrived after the check", n-before)
	}
}

func closes(t *testing.T, f Fixture) {
	mustDeliver(t, f, f.payload(1, 10))
	soon(t, "Close", func() {
		if err := f.Endpoint.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	soon(t, "a Send after it", func() {
		if r := f.Endpoint.Send(t.Context(), f.payload(2, 10)); r.Class != senders.Retry || r.Reason == "" {
			t.Errorf("after Close: %+v, want Retry", r)
		}
	})
	if n := len(f.Received()); n != 1 {
		t.Errorf("%d bodies arrived, want the first alone", n)
	}
}

func closesWhileSending(t *testing.T, f Fixture) {
	if f.Hang == nil {
		t.Skip("this kind cannot hang")
	}
	f.Hang()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sent := make(chan senders.Result, 1)
	p := f.payload(1, 5000)
	go func() { sent <- f.Endpoint.Send(ctx, p) }()
	if f.Attempts != nil {
		for f.Attempts() == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	soon(t, "Close", func() { _ = f.Endpoint.Close() }) // what it left behind is an error
	cancel()
	soon(t, "the Send", func() {
		if r := <-sent; r.Class != senders.Retry || r.Reason == "" {
			t.Errorf("got %+v, want Retry", r)
		}
	})
	scribble(p)
}

func sticks(t *testing.T, f Fixture) {
	if f.Stick == nil {
		t.Skip("this kind has no such client")
	}
	f.Stick()
	for i := range 3 {
		p := f.payload(byte(i), 1000)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		soon(t, "Send", func() {
			if r := f.Endpoint.Send(ctx, p); r.Class != senders.Retry || r.Reason == "" {
				t.Errorf("got %+v, want Retry", r)
			}
		})
		cancel()
		scribble(p) // with -race: the client works on a copy
	}
	soon(t, "Close", func() {
		if err := f.Endpoint.Close(); err == nil {
			t.Error("Close says nothing of what it left behind")
		}
	})
}
