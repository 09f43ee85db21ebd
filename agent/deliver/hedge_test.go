package deliver

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/senders"
)

// hole takes everything and never answers.
func hole(ctx context.Context, _ string) senders.Result {
	select {
	case <-time.After(30 * time.Second):
		return senders.Result{Class: senders.Retry, Reason: "no answer within 30s"}
	case <-ctx.Done():
		return senders.Result{Class: senders.Retry, Reason: ctx.Err().Error()}
	}
}

// probed is a fake that can be probed.
type probed struct {
	*fake
	alive  atomic.Bool
	probes atomic.Int64
}

func (p *probed) Probe(ctx context.Context) error {
	p.probes.Add(1)
	if p.alive.Load() {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// hedging returns a pool whose endpoints can be probed; the first one is a hole.
func hedging(t *testing.T, strategy senders.Strategy, inFlight int, fakes ...*fake) (*Pool, []*probed) {
	t.Helper()
	p := newPool(strategy, inFlight, fakes...)
	p.Hedge = true
	t.Cleanup(func() { _ = p.Close() })
	var all []*probed
	for i, h := range p.all {
		e := &probed{fake: fakes[i]}
		e.alive.Store(i > 0)
		h.Endpoint = e
		all = append(all, e)
	}
	return p, all
}

// latest returns how long the latest of n batches took that came one each 50 ms,
// and at which share of them it was later than a second.
func steadily(t *testing.T, p *Pool, q *Quarantine, n int) (worst time.Duration, late float64) {
	var all sync.WaitGroup
	var mu sync.Mutex
	free := make(chan *Deliverer, 64)
	for range cap(free) {
		free <- newDeliverer(p, q)
	}
	for range n {
		all.Go(func() {
			began, d := time.Now(), <-free
			if _, err := d.Deliver(t.Context(), newBatch("x")); err != nil {
				t.Error(err)
			}
			free <- d
			mu.Lock()
			defer mu.Unlock()
			took := time.Since(began)
			worst = max(worst, took)
			if took >= time.Second {
				late++
			}
		})
		time.Sleep(50 * time.Millisecond)
	}
	all.Wait()
	return worst, late / float64(n)
}

func TestABlackHoleInFrontOfAFailoverDelaysOnlyTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &fake{answer: hole}, &fake{}
		p, all := hedging(t, senders.Failover, 4, first, second)
		worst, late := steadily(t, p, newQuarantine(t), 12_000) // ten minutes
		if worst > 1100*time.Millisecond || late > 0.005 || len(second.lines()) != 12_000 {
			t.Errorf("the latest took %v, %.2f %% over a second, %d delivered", worst, 100*late, len(second.lines()))
		}
		if n := len(first.bodies()); n > 4 || all[0].probes.Load() < 30 {
			t.Errorf("%d batches were sent into the hole, and %d probes", n, all[0].probes.Load())
		}
		first.answerWith(nil)
		all[0].alive.Store(true)
		time.Sleep(15 * time.Second)
		steadily(t, p, newQuarantine(t), 200)
		if n := len(first.lines()); n < 195 {
			t.Errorf("the first is back and took %d of 200", n)
		}
	})
}

func TestOneHangingEndpointAmongFourMakesNothingLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fast := func(context.Context, string) senders.Result {
			time.Sleep(20 * time.Millisecond)
			return senders.Result{}
		}
		p, _ := hedging(t, senders.RoundRobin, 16, &fake{answer: hole}, &fake{answer: fast}, &fake{answer: fast}, &fake{answer: fast})
		if worst, late := steadily(t, p, newQuarantine(t), 12_000); worst > 1100*time.Millisecond || late > 0.001 {
			t.Errorf("the latest took %v, %.2f %% over a second", worst, 100*late)
		}
	})
}

func TestSlowAnswersOfAllAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context, string) senders.Result {
			time.Sleep(3 * time.Second)
			return senders.Result{}
		}
		a, b := &fake{answer: slow}, &fake{answer: slow}
		p, _ := hedging(t, senders.RoundRobin, 2, a, b)
		d := newDeliverer(p, newQuarantine(t))
		for range 100 {
			if _, err := d.Deliver(t.Context(), newBatch("x")); err != nil {
				t.Fatal(err)
			}
		}
		if n := p.Hedged.Load(); n > 4 {
			t.Errorf("%d of 100 were sent twice although all answers take as long", n)
		}
		for _, s := range p.Status() {
			if s.State != Healthy || s.InFlight != 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}

func TestALargeBodyHasTimeOnASlowLine(t *testing.T) {
	var s times
	if got := s.patience(8 << 20); got != 9*time.Second {
		t.Errorf("8 MiB are given %v", got)
	}
	for range 500 {
		s.add(20 * time.Millisecond)
	}
	if got := s.patience(0); got != patienceLeast {
		t.Errorf("after fast answers %v", got)
	}
	s.add(2 * time.Second)
	s.add(2 * time.Second)
	if got := s.patience(0); got != 8*time.Second {
		t.Errorf("after two slow answers %v", got)
	}
}

// A batch's memory is used again as soon as Deliver returns.
func TestNobodyReadsABodyAfterTheRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reading atomic.Int64
		lingers := func(ctx context.Context, _ string) senders.Result {
			reading.Add(1)
			defer reading.Add(-1)
			<-ctx.Done()
			time.Sleep(300 * time.Millisecond) // the write that is going on
			return senders.Result{Class: senders.Retry, Reason: "given up"}
		}
		p, _ := hedging(t, senders.RoundRobin, 2, &fake{answer: lingers}, &fake{})
		d := newDeliverer(p, newQuarantine(t))
		for range 20 {
			if _, err := d.Deliver(t.Context(), newBatch("x")); err != nil || reading.Load() != 0 {
				t.Fatalf("%v, %d attempts still read the body", err, reading.Load())
			}
		}
	})
}

func TestASecondEndpointThatFailsIsReplacedByAThird(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := &fake{answer: always(senders.Retry, "500")}, &fake{}
		p, _ := hedging(t, senders.Failover, 1, &fake{answer: hole}, b, c)
		began := time.Now()
		if _, err := newDeliverer(p, newQuarantine(t)).Deliver(t.Context(), newBatch("x")); err != nil || time.Since(began) > 1300*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if len(c.lines()) != 1 {
			t.Errorf("the third took %d", len(c.lines()))
		}
		for _, s := range p.Status() {
			if s.InFlight != 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}

func TestHedgingKeepsTheOrderOfOneDeliverer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var took []string
		n := 0
		sometimes := func(ctx context.Context, body string) senders.Result {
			mu.Lock()
			n++
			silent := n%7 == 0
			mu.Unlock()
			if silent {
				return hole(ctx, body)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, strings.TrimSpace(body))
			return senders.Result{}
		}
		p, all := hedging(t, senders.RoundRobin, 1, &fake{answer: sometimes}, &fake{answer: sometimes}, &fake{answer: sometimes})
		all[0].alive.Store(true)
		d := newDeliverer(p, newQuarantine(t))
		lines := numbered(100, func(int) bool { return false })
		for _, l := range lines {
			if _, err := d.Deliver(t.Context(), newBatch(l)); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(took, lines) {
			t.Errorf("the order was %q", took)
		}
	})
}

func TestStoppingEndsBothAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := hedging(t, senders.RoundRobin, 2, &fake{answer: hole}, &fake{answer: hole})
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := newDeliverer(p, newQuarantine(t)).Deliver(ctx, newBatch("x"))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 1500*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		for _, s := range p.Status() {
			if s.State != Healthy || s.Failures != 0 || s.InFlight != 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}

func TestWithoutHedgingNothingIsSentTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := hedging(t, senders.RoundRobin, 2, &fake{answer: func(ctx context.Context, body string) senders.Result {
			time.Sleep(5 * time.Second)
			return senders.Result{}
		}}, &fake{})
		p.Hedge = false
		d := newDeliverer(p, newQuarantine(t))
		for range 2 {
			if _, err := d.Deliver(t.Context(), newBatch("x")); err != nil {
				t.Fatal(err)
			}
		}
		if n := p.Hedged.Load(); n != 0 {
			t.Errorf("%d were sent twice", n)
		}
	})
}
