package deliver

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"logskiff/senders"
)

// A balancer leads half of all requests to a server that refuses everything. How many good lines of
// first batches go to quarantine by chance: as few as if each refused record were asked about twelve times.
func TestHalvingOnNewConnectionsProvesAsMuchAsAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		requests, runs, wrong := 0, 3000, 0
		for range runs {
			f := &fake{answer: func(context.Context, string) senders.Result {
				requests++
				if r.IntN(2) == 0 {
					return senders.Result{Class: senders.Refused, Status: 400, Reason: "400"}
				}
				return senders.Result{}
			}}
			q := newQuarantine(t)
			o, err := newDeliverer(newPool(senders.RoundRobin, 1, f), q).Deliver(t.Context(), newBatch(numbered(64, func(int) bool { return false })...))
			if err != nil {
				t.Fatal(err)
			}
			wrong += o.Quarantined
		}
		if wrong > 3 { // 1 of 8,192 batches is expected to
			t.Errorf("%d good lines of %d batches are in quarantine", wrong, runs)
		}
		t.Logf("%.1f requests a batch", float64(requests)/float64(runs))
	})
}

func TestAFirstBadRecordCostsNoMoreThanALaterOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, bad := range []int{0, 1, 333, 511, 512, 999} {
			f, q := &fake{answer: refusing("BAD")}, newQuarantine(t)
			d := newDeliverer(newPool(senders.RoundRobin, 1, f), q)
			for n := range 14 {
				before := len(f.bodies())
				o, err := d.Deliver(t.Context(), newBatch(numbered(1000, func(i int) bool { return i == bad })...))
				if err != nil || o.Quarantined != 1 {
					t.Fatalf("%+v, %v", o, err)
				}
				if cost := len(f.bodies()) - before; cost > 1+20+asksLeast {
					t.Errorf("record %d of batch %d cost %d requests", bad, n, cost)
				}
			}
		}
	})
}

func TestTwoBadRecordsAreAskedAboutMoreOften(t *testing.T) {
	leaf := func(beside ...string) *piece {
		p := &piece{set: set{{0, 1 << len(beside)}}, by: &health{}}
		for _, b := range beside {
			var other *piece
			p, other = p.halves()
			p.by = &health{}
			switch b {
			case "taken":
				other.taken = true
			case "refused":
				other.by = &health{}
			}
		}
		return p
	}
	for _, c := range []struct {
		want   int
		beside []string
	}{
		{0, nil},
		{3, []string{"taken", "taken", "taken"}},
		{2, []string{"taken", "unknown", "taken"}},
		{1, []string{"taken", "taken", "refused", "taken", "taken"}},
		{0, []string{"refused", "refused", "taken", "taken"}},
	} {
		if got := leaf(c.beside...).proof(); got != c.want {
			t.Errorf("%v prove %d, want %d", c.beside, got, c.want)
		}
	}
}

// The halves are taken by the other endpoint each time: the first is at fault, and is said to be once.
func TestWhoRefusesWhatIsTakenInHalvesIsAtFault(t *testing.T) {
	wrong, right := &health{Endpoint: &fake{name: "wrong"}}, &health{Endpoint: &fake{name: "right"}}
	p := newPool(senders.RoundRobin, 1)
	p.all = []*health{wrong, right}
	w := &isolation{Deliverer: newDeliverer(p, newQuarantine(t))}
	whole := &piece{set: set{{0, 4}}}
	whole.refuse(senders.Result{Class: senders.Refused, Reason: "400"}, wrong)
	left, right2 := whole.halves()
	right2.refuse(senders.Result{Class: senders.Refused, Reason: "400"}, wrong)
	c, d := right2.halves()
	w.taken(left, right)
	if wrong.state == Held {
		t.Error("blamed before all is taken")
	}
	w.taken(c, right)
	w.taken(d, right)
	if wrong.state != Held || right.state == Held || p.Contradicted.Load() != 1 {
		t.Errorf("%+v, contradicted %d", wrong, p.Contradicted.Load())
	}
}
