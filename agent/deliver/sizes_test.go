package deliver

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/senders"
)

func TestWhatWasTooLargeOnceIsHalvedWithoutAskingForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 150_000
		f := &fake{answer: func(_ context.Context, body string) senders.Result {
			if len(body) > most {
				return senders.Result{Class: senders.TooLarge, Status: 413, Reason: "413"}
			}
			return senders.Result{}
		}}
		d := newDeliverer(newPool(senders.RoundRobin, 1, f), newQuarantine(t))
		lines := numbered(20, func(int) bool { return false })
		for i := range lines {
			lines[i] = strings.Repeat("x", 10_000)
		}
		requests := func() int {
			t.Helper()
			before := len(f.bodies())
			o, err := d.Deliver(t.Context(), newBatch(lines...)) // 200 kB
			if err != nil || o.Delivered != len(lines) {
				t.Fatalf("%+v, %v", o, err)
			}
			return len(f.bodies()) - before
		}
		if n := requests(); n != 3 {
			t.Errorf("%d requests for the first batch, want 3", n)
		}
		if n := requests(); n != 2 {
			t.Errorf("%d requests for the second batch, want 2 halves", n)
		}
		time.Sleep(believeFor + time.Second)
		if n := requests(); n != 3 {
			t.Errorf("%d requests when it is tried again, want 3", n)
		}
	})
}

func TestASmallBodyCalledTooLargeTeachesNothing(t *testing.T) {
	var s sizes
	s.learn(100)
	if s.tooLarge(1 << 20) {
		t.Error("it was believed")
	}
}

func TestALowerLimitIsNoFaultOfAnEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		small, large := &fake{answer: always(senders.TooLarge, "413")}, &fake{}
		p, q := newPool(senders.RoundRobin, 1, small, large), newQuarantine(t)
		d := newDeliverer(p, q)
		for range 4 {
			if o, err := d.Deliver(t.Context(), newBatch("a", "b", "c")); err != nil || o.Quarantined != 0 {
				t.Fatalf("%+v, %v", o, err)
			}
		}
		if s := p.Status()[0]; s.State != Healthy {
			t.Errorf("shown: %+v", s)
		}
	})
}
