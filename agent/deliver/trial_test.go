package deliver

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/senders"
)

// onlyProbes is a receiver whose disk hangs: probes are answered, batches are not.
func onlyProbes(t *testing.T, strategy senders.Strategy, inFlight int) (p *Pool, hung *fake) {
	hung = &fake{answer: hole}
	p, all := hedging(t, strategy, inFlight, hung, &fake{})
	all[0].alive.Store(true)
	return p, hung
}

func TestAnEndpointThatAnswersOnlyProbesIsGivenBatchesEverMoreSeldom(t *testing.T) {
	for _, strategy := range []senders.Strategy{senders.Failover, senders.RoundRobin} {
		t.Run(string(strategy), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, hung := onlyProbes(t, strategy, 4)
				worst, late := steadily(t, p, newQuarantine(t), 72_000) // an hour
				if n := len(hung.bodies()); n > 4+18 || worst > 1100*time.Millisecond || late > 0.0003 {
					t.Errorf("%d batches were sent there, the latest took %v, %.3f %% over a second", n, worst, 100*late)
				}
				before := len(hung.lines())
				hung.answerWith(nil)
				steadily(t, p, newQuarantine(t), 7_200) // six minutes: one trial of five
				if n := len(hung.lines()) - before; n < 300 {
					t.Errorf("it takes batches again and was given %d of 7200", n)
				}
			})
		})
	}
}

// Without hedging such an endpoint keeps each batch for the whole timeout.
func TestAnEndpointThatAnswersOnlyProbesDoesNotStopASenderWithoutHedging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, hung := onlyProbes(t, senders.Failover, 1)
		p.Hedge = false
		q := newQuarantine(t)
		d := newDeliverer(p, q)
		began, n := time.Now(), 0
		for ; time.Since(began) < time.Hour; n++ {
			if _, err := d.Deliver(t.Context(), newBatch("x")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if n < 60_000 {
			t.Errorf("%d of 72000 were delivered in an hour, %d sent to the one that hangs", n, len(hung.bodies()))
		}
	})
}

// One that takes a batch and hangs at the next is no better.
func TestAnEndpointThatHangsNowAndThenIsGivenBatchesMoreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		p, hung := onlyProbes(t, senders.Failover, 1)
		hung.answerWith(func(ctx context.Context, body string) senders.Result {
			if n++; n%3 == 0 {
				return hole(ctx, body)
			}
			return senders.Result{}
		})
		if _, late := steadily(t, p, newQuarantine(t), 72_000); late > 0.0006 {
			t.Errorf("%.3f %% were over a second late", 100*late)
		}
	})
}

// The second asks for less while the first hangs: it is tried when its wait is over, and no batch
// stays with the first until then.
func TestAThrottledEndpointIsTriedWhileTheOtherHangs(t *testing.T) {
	for _, alive := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			busy := 0
			second := &fake{}
			p, all := hedging(t, senders.Failover, 1, &fake{answer: hole}, second)
			all[0].alive.Store(alive)
			second.answerWith(func(context.Context, string) senders.Result {
				if busy++; busy%2 == 1 {
					return senders.Result{Class: senders.Throttled, Wait: 2 * time.Second, Reason: "503"}
				}
				return senders.Result{}
			})
			d := newDeliverer(p, newQuarantine(t))
			began, worst := time.Now(), time.Duration(0)
			for range 200 {
				at := time.Now()
				if _, err := d.Deliver(t.Context(), newBatch("x")); err != nil {
					t.Fatal(err)
				}
				worst = max(worst, time.Since(at))
			}
			if took := time.Since(began); worst > 5*time.Second || took > 15*time.Minute {
				t.Errorf("probes are answered %v: 200 took %v, the latest %v", alive, took, worst)
			}
		})
	}
}
