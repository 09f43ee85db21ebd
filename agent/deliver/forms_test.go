package deliver

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/encode"
)

const shortType = "short"

// choosy is an endpoint that takes the short form, or does not.
type choosy struct {
	fake
	takes atomic.Bool
	short atomic.Int64 // bodies in the short form that came
}

func (c *choosy) Takes(contentType string) bool { return contentType == shortType && c.takes.Load() }

func (c *choosy) Send(ctx context.Context, p *senders.Payload) senders.Result {
	if p.ContentType == shortType {
		c.short.Add(1)
		if !c.takes.Load() {
			return senders.Result{Class: senders.Misread}
		}
	}
	return c.fake.Send(ctx, p)
}

func newChoosyPool(strategy senders.Strategy, all ...*choosy) *Pool {
	p := newPool(strategy, 4)
	for i, c := range all {
		c.name = string(rune('a' + i))
		p.all = append(p.all, &health{Endpoint: c, state: Healthy, limit: 4})
	}
	return p
}

// shortBatch returns a batch with a body in the short form: the lines, in capitals.
func shortBatch(lines ...string) *record.Batch {
	b := newBatch(lines...)
	b.Body, b.BodyType = []byte(strings.ToUpper(string(b.Body))), shortType
	return b
}

func TestTheShortFormIsWorthMakingWhenAllThatAreInUseTakeIt(t *testing.T) {
	a, b := &choosy{}, &choosy{}
	f := func(strategy senders.Strategy, takesA, takesB, healthyB, want bool) {
		t.Helper()
		p := newChoosyPool(strategy, a, b)
		a.takes.Store(takesA)
		b.takes.Store(takesB)
		if !healthyB {
			p.all[1].state = Waiting
		}
		if got := p.Takes(shortType); got != want {
			t.Errorf("%s, %v, %v, %v: %v", strategy, takesA, takesB, healthyB, got)
		}
	}
	f(senders.RoundRobin, true, true, true, true)
	f(senders.RoundRobin, true, false, true, false)
	f(senders.RoundRobin, true, false, false, true)
	f(senders.RoundRobin, false, true, false, false)
	f(senders.Failover, true, false, true, true)
	f(senders.Failover, false, true, true, false)
	p := newPool(senders.RoundRobin, 1, &fake{})
	if p.Takes(shortType) {
		t.Error("an endpoint that does not choose")
	}
}

// Of two endpoints one takes the short form and one does not: each gets what it takes.
func TestAMixedPairGetsWhatEachTakes(t *testing.T) {
	a, b := &choosy{}, &choosy{}
	a.takes.Store(true)
	p := newChoosyPool(senders.RoundRobin, a, b)
	q := newQuarantine(t)
	d := newDeliverer(p, q)
	for range 20 {
		batch := shortBatch("one", "two")
		o, err := d.Deliver(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		checkLedger(t, batch, o)
	}
	if s := p.Status(); s[0].Form != shortType || s[1].Form != d.contentType {
		t.Errorf("shown as in use: %q and %q", s[0].Form, s[1].Form)
	}
	short, own := 0, 0
	for _, body := range append(a.bodies(), b.bodies()...) {
		switch body {
		case "ONE\nTWO\n":
			short++
		case "one\ntwo\n":
			own++
		default:
			t.Errorf("sent %q", body)
		}
	}
	if short+own != 20 || short == 0 || own == 0 || b.short.Load() > 0 || q.Records.Load() > 0 || p.Retries.Load() > 0 {
		t.Errorf("%d short, %d own, %d short to who takes none, %d retries", short, own, b.short.Load(), p.Retries.Load())
	}
}

// An endpoint that took the short form does not any more: the same records go in the sender's own, at
// once, with nothing in quarantine and nobody blamed.
func TestWhatIsMisreadGoesInTheOwnFormAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		a := &misreader{}
		p := newPool(senders.RoundRobin, 4)
		p.all = append(p.all, &health{Endpoint: a, state: Healthy, limit: 4})
		q := newQuarantine(t)
		batch := shortBatch("one", "two")
		o, err := newDeliverer(p, q).Deliver(context.Background(), batch)
		if err != nil || o.Delivered != 2 || q.Records.Load() != 0 {
			t.Fatalf("%+v, %v, %d in quarantine", o, err, q.Records.Load())
		}
		checkLines(t, "taken", a.lines(), "one", "two")
		if s := p.Status()[0]; a.short.Load() != 1 || s.State != Healthy || s.Failures != 0 || time.Since(began) > 0 {
			t.Errorf("%d short, %+v, after %s", a.short.Load(), s, time.Since(began))
		}
	})
}

// misreader says that it takes the short form, and does not.
type misreader struct{ choosy }

func (m *misreader) Takes(string) bool { return true }

// What is too large or refused is found in pieces in the sender's own form.
func TestPiecesOfAShortBodyAreInTheOwnForm(t *testing.T) {
	for name, answer := range map[string]func(context.Context, string) senders.Result{
		"too large": func(_ context.Context, body string) senders.Result {
			if len(body) > 40 {
				return senders.Result{Class: senders.TooLarge}
			}
			return senders.Result{}
		},
		"refused": refusing("BAD"),
	} {
		t.Run(name, func(t *testing.T) {
			a := &choosy{}
			a.takes.Store(true)
			a.answerWith(answer)
			q := newQuarantine(t)
			d := newDeliverer(newChoosyPool(senders.RoundRobin, a), q)
			lines := numbered(20, func(i int) bool { return i == 7 })
			batch := shortBatch(lines...)
			o, err := d.Deliver(context.Background(), batch)
			if err != nil {
				t.Fatal(err)
			}
			checkLedger(t, batch, o)
			want := slices.Clone(lines)
			if name == "refused" {
				want = slices.Delete(want, 7, 8)
			}
			got := a.lines()
			slices.Sort(got)
			slices.Sort(want)
			checkLines(t, "taken", got, want...)
		})
	}
}

// A silent endpoint that takes the short form, and another one that does not.
func TestAHedgeIsInTheFormThatItsEndpointTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &choosy{}, &choosy{}
		a.takes.Store(true)
		a.answerWith(func(ctx context.Context, _ string) senders.Result {
			<-ctx.Done()
			return senders.Result{Class: senders.Retry, Reason: "given up"}
		})
		p := newChoosyPool(senders.Failover, a, b)
		p.Hedge = true
		d := NewDeliverer(p, encode.NewLines, encode.NewZstd, newQuarantine(t))
		batch := shortBatch("one", "two")
		o, err := d.Deliver(context.Background(), batch)
		if err != nil || o.Delivered != 2 {
			t.Fatalf("%+v, %v", o, err)
		}
		own := string(encode.NewZstd().Append(nil, []byte("one\ntwo\n")))
		if len(a.bodies()) != 1 || a.bodies()[0] != "ONE\nTWO\n" || len(b.bodies()) != 1 || b.bodies()[0] != own || b.short.Load() > 0 {
			t.Errorf("%q and %q", a.bodies(), b.bodies())
		}
	})
}
