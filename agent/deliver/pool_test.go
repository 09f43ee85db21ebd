package deliver

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/senders"
)

func TestBackoffDoublesFromOneToTenSeconds(t *testing.T) {
	for i, want := range []time.Duration{1, 2, 4, 8, 10, 10, 10} {
		if got := backoff(i+1, 0.5); got != want*time.Second {
			t.Errorf("failure %d: %v, want %v s", i+1, got, int(want))
		}
	}
	for _, random := range []float64{0, 0.25, 0.999} {
		if got := backoff(1000, random); got < 8*time.Second || got > 12*time.Second {
			t.Errorf("random %v: %v is more than 20 %% from 10 s", random, got)
		}
	}
}

func TestADeadEndpointIsProbedAtTheBackoffAndOneSuccessResetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: always(senders.Retry, "connection refused")}
		p := newPool(senders.RoundRobin, 8, f)
		d, q := newDeliverer(p, newQuarantine(t)), newQuarantine(t)
		began := time.Now()
		var all sync.WaitGroup
		for range 8 { // many wait; only one probes
			all.Go(func() {
				if _, err := newDeliverer(p, q).Deliver(t.Context(), newBatch("x")); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(30 * time.Second)
		if s := p.Status()[0]; s.State != Waiting || s.Error != "connection refused" || s.Next.Sub(began) != 35*time.Second || s.Limit != 1 {
			t.Errorf("shown: %+v", s)
		}
		f.answerWith(nil)
		all.Wait()
		at := map[int]int{} // attempts, by seconds
		for _, a := range f.at {
			at[int(a.Sub(began)/time.Second)]++
		}
		// How many of those that may be in flight at once had begun when the first failed is the scheduler's to say.
		if first := at[0]; first < 1 || first > firstLimit {
			t.Errorf("%d attempts at once, want at most %d", first, firstLimit)
		}
		delete(at, 0)
		if want := map[int]int{1: 1, 3: 1, 7: 1, 15: 1, 25: 1, 35: 8}; !maps.Equal(at, want) {
			t.Errorf("attempts by second: %v, want one probe each time, and then 8 deliveries: %v", at, want)
		}
		if took := time.Since(began); took != 35*time.Second {
			t.Errorf("delivered after %v", took)
		}
		f.answerWith(always(senders.Retry, "again"))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := d.Deliver(ctx, newBatch("x"))
		if s := p.Status()[0]; time.Until(s.Next) > time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the backoff was not reset: %+v, %v", s, err)
		}
	})
}

func TestRoundRobinSharesEvenlyAndSkipsTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, dead := &fake{}, &fake{}, &fake{answer: always(senders.Retry, "dead")}
		p := newPool(senders.RoundRobin, 4, a, dead, b)
		d := newDeliverer(p, newQuarantine(t))
		for range 100 {
			if _, err := d.Deliver(t.Context(), newBatch("x")); err != nil {
				t.Fatal(err)
			}
		}
		if na, nb := len(a.lines()), len(b.lines()); na+nb != 100 || na < 49 || nb < 49 || len(dead.bodies()) != 1 {
			t.Errorf("a has %d, b has %d, the dead one was asked %d times", na, nb, len(dead.bodies()))
		}
	})
}

func TestRoundRobinGivesASlowEndpointLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		takes := func(d time.Duration) func(context.Context, string) senders.Result {
			return func(context.Context, string) senders.Result { time.Sleep(d); return senders.Result{} }
		}
		fast, slow := &fake{answer: takes(10 * time.Millisecond)}, &fake{answer: takes(time.Second)}
		p := newPool(senders.RoundRobin, 8, slow, fast)
		q := newQuarantine(t)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				d := newDeliverer(p, q)
				for range 50 {
					_, _ = d.Deliver(t.Context(), newBatch("x"))
				}
			})
		}
		all.Wait()
		if len(fast.lines()) < 3*len(slow.lines()) {
			t.Errorf("fast %d, slow %d", len(fast.lines()), len(slow.lines()))
		}
	})
}

func TestFailoverUsesTheFirstAndGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &fake{}, &fake{}
		p := newPool(senders.Failover, 4, first, second)
		d := newDeliverer(p, newQuarantine(t))
		send := func(n int) {
			t.Helper()
			for range n {
				if _, err := d.Deliver(t.Context(), newBatch("x")); err != nil {
					t.Fatal(err)
				}
			}
		}
		send(10)
		if len(second.bodies()) != 0 {
			t.Fatal("the second was used while the first is healthy")
		}
		first.answerWith(always(senders.Held, "401"))
		send(10)
		if len(second.lines()) != 10 || len(first.bodies()) != 11 {
			t.Fatalf("first asked %d times, second took %d", len(first.bodies()), len(second.lines()))
		}
		first.answerWith(nil)
		time.Sleep(2 * time.Second)
		send(10)
		if len(first.lines()) != 20 || len(second.lines()) != 10 {
			t.Errorf("after recovery: first %d, second %d", len(first.lines()), len(second.lines()))
		}
	})
}

func TestFailoverDoesNotSpillOverWhileTheFirstIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &fake{answer: func(context.Context, string) senders.Result {
			time.Sleep(time.Second)
			return senders.Result{}
		}}, &fake{}
		p, q := newPool(senders.Failover, 8, first, second), newQuarantine(t)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _, _ = newDeliverer(p, q).Deliver(t.Context(), newBatch("x")) })
		}
		all.Wait()
		if len(first.lines()) != 20 || len(second.bodies()) != 0 {
			t.Errorf("first %d, second %d", len(first.lines()), len(second.bodies()))
		}
	})
}

func TestThrottledWaitsAsAskedAndHalvesTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p, q := newPool(senders.RoundRobin, 16, f), newQuarantine(t)
		f.answerWith(func(context.Context, string) senders.Result { time.Sleep(time.Millisecond); return senders.Result{} })
		load := func() *sync.WaitGroup {
			var all sync.WaitGroup
			for range 16 {
				all.Go(func() {
					d := newDeliverer(p, q)
					for range 40 {
						_, _ = d.Deliver(t.Context(), newBatch("x"))
					}
				})
			}
			return &all
		}
		load().Wait()
		if s := p.Status()[0]; s.Limit != 16 {
			t.Fatalf("the limit grew to %d, want 16", s.Limit)
		}
		began := time.Now()
		f.answerWith(func(context.Context, string) senders.Result {
			return senders.Result{Class: senders.Throttled, Status: 503, Wait: 20 * time.Second, Reason: "503"}
		})
		all := load()
		time.Sleep(time.Second)
		if s := p.Status()[0]; s.State != Throttled || s.Limit != 8 || s.Next.Sub(began) != 22*time.Second {
			t.Errorf("shown %+v, next in %v", s, s.Next.Sub(began))
		}
		n := len(f.bodies())
		f.answerWith(nil)
		time.Sleep(20 * time.Second)
		if got := len(f.bodies()); got != n {
			t.Errorf("%d requests before the wait was over", got-n)
		}
		all.Wait()
	})
}

func TestInFlightNeverExceedsItsBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		busy := func(context.Context, string) senders.Result {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
			return senders.Result{}
		}
		p, q := newPool(senders.RoundRobin, 5, &fake{answer: busy}, &fake{answer: busy}), newQuarantine(t)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				d := newDeliverer(p, q)
				for range 30 {
					_, _ = d.Deliver(t.Context(), newBatch("x"))
				}
			})
		}
		all.Wait()
		if most != 5 {
			t.Errorf("%d in flight together, want the bound of 5 reached and kept", most)
		}
	})
}

func TestOneDelivererKeepsTheOrderThroughFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		var took []string
		flaky := func(_ context.Context, body string) senders.Result {
			if n++; n%3 != 0 {
				return senders.Result{Class: senders.Retry, Reason: "flaky"}
			}
			took = append(took, strings.TrimSpace(body))
			return senders.Result{}
		}
		d := newDeliverer(newPool(senders.RoundRobin, 1, &fake{answer: flaky}, &fake{answer: flaky}), newQuarantine(t))
		want := strings.Split("abcdefghij", "")
		for _, l := range want {
			if _, err := d.Deliver(t.Context(), newBatch(l)); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(took, want) {
			t.Errorf("order %v", took)
		}
	})
}

func TestAHeldPipelineDoesNotDelayAnotherOneOfItsSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: refusing("BAD")}
		p := newPool(senders.RoundRobin, 1, f)
		ctx, cancel := context.WithCancel(t.Context())
		var held sync.WaitGroup
		held.Go(func() {
			_, _ = newDeliverer(p, newQuarantine(t)).Deliver(ctx, newBatch(numbered(100, func(int) bool { return true })...))
		})
		time.Sleep(time.Hour)
		began := time.Now()
		if o, err := newDeliverer(p, newQuarantine(t)).Deliver(t.Context(), newBatch("good")); err != nil || o.Delivered != 1 || time.Since(began) > time.Second {
			t.Errorf("%+v, %v after %v", o, err, time.Since(began))
		}
		cancel()
		held.Wait()
	})
}

func TestWaitingIsFairAndEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f := &fake{answer: func(context.Context, string) senders.Result { <-release; return senders.Result{} }}
		p := newPool(senders.RoundRobin, 2, f)
		q := newQuarantine(t)
		var all sync.WaitGroup
		impatient, giveUp := context.WithCancel(t.Context())
		for i, l := range strings.Split("abcdefgh", "") {
			ctx := t.Context()
			if i == 4 {
				ctx = impatient
			}
			all.Go(func() {
				if _, err := newDeliverer(p, q).Deliver(ctx, newBatch(l)); (err != nil) != (i == 4) {
					t.Errorf("%s: %v", l, err)
				}
			})
			synctest.Wait()
		}
		if p.Queued() != 6 {
			t.Errorf("%d wait, want 6", p.Queued())
		}
		giveUp()
		synctest.Wait()
		if p.Queued() != 5 {
			t.Errorf("%d wait after one gave up, want 5", p.Queued())
		}
		for range 7 {
			release <- struct{}{}
			synctest.Wait()
		}
		all.Wait()
		if got := strings.ReplaceAll(strings.Join(f.bodies(), ""), "\n", ""); got != "abcdfgh" {
			t.Errorf("served in the order %q", got)
		}
	})
}

func TestRequestsThatFailTogetherAreOneFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := newPool(senders.RoundRobin, 8, f)
		p.all[0].limit = 8
		var attempts []attempt
		for range 8 {
			a, err := p.begin(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			attempts = append(attempts, a)
		}
		for _, a := range attempts {
			p.finish(a, &senders.Payload{}, senders.Result{Class: senders.Retry, Reason: "reset"}, false)
		}
		s := p.Status()[0]
		if time.Until(s.Next) != time.Second || s.Limit != 4 || s.Failures != 8 || s.InFlight != 0 {
			t.Errorf("next try in %v, %+v", time.Until(s.Next), s)
		}
	})
}

func TestGivingUpBlamesNoEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: func(ctx context.Context, _ string) senders.Result {
			<-ctx.Done()
			return senders.Result{Class: senders.Retry, Reason: "given up"}
		}}
		p := newPool(senders.RoundRobin, 2, f)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := newDeliverer(p, newQuarantine(t)).Deliver(ctx, newBatch("x"))
		if s := p.Status()[0]; !errors.Is(err, context.DeadlineExceeded) || s.State != Healthy || s.Failures != 0 || s.InFlight != 0 {
			t.Errorf("%v, %+v", err, s)
		}
	})
}

func TestAHungEndpointDoesNotStopTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hung := &fake{answer: func(ctx context.Context, _ string) senders.Result {
			select {
			case <-time.After(30 * time.Second):
			case <-ctx.Done():
			}
			return senders.Result{Class: senders.Retry, Reason: "no answer within 30s"}
		}}
		good := &fake{}
		p, q := newPool(senders.RoundRobin, 8, hung, good), newQuarantine(t)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				d := newDeliverer(p, q)
				for range 100 {
					_, _ = d.Deliver(t.Context(), newBatch("x"))
				}
			})
		}
		time.Sleep(time.Second)
		if n := len(good.lines()); n < 590 {
			t.Errorf("%d of 800 were delivered in the first second", n)
		}
		all.Wait()
		if n := len(good.lines()); n != 800 {
			t.Errorf("%d of 800 arrived", n)
		}
	})
}
