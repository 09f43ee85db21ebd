package deliver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/record"
	"logskiff/senders"
)

func TestOneBadRecordOfAThousandIsQuarantinedAlone(t *testing.T) {
	f, q := &fake{answer: refusing("BAD")}, newQuarantine(t)
	lines := numbered(1000, func(i int) bool { return i == 617 })
	b := newBatch(lines...)
	o, err := newDeliverer(newPool(senders.RoundRobin, 1, f), q).Deliver(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	checkLedger(t, b, o)
	checkLines(t, "delivered, in order", f.lines(), slices.Concat(lines[:617], lines[618:])...)
	got := entries(t, q)
	if len(got) != 1 || got[0].Text != lines[617] || got[0].Status != 400 || got[0].Reason != "400: no BAD" ||
		got[0].Offset != b.Records[617].Offset || got[0].Path != "/var/log/a.log" {
		t.Fatalf("quarantine: %+v", got)
	}
	if o.Segments[0].Quarantined != int64(len(lines[617])+1) {
		t.Errorf("quarantined bytes: %+v", o.Segments)
	}
	if n := len(f.bodies()); n > 1+20+asksLeast {
		t.Errorf("one bad record cost %d requests", n)
	}
}

func TestBadRecordsAreFoundWhereverTheyAre(t *testing.T) {
	cases := map[string]func(i int) bool{
		"first":          func(i int) bool { return i == 0 },
		"last":           func(i int) bool { return i == 299 },
		"every third":    func(i int) bool { return i%3 == 0 },
		"a long run":     func(i int) bool { return i < 200 },
		"all but one":    func(i int) bool { return i != 150 },
		"two neighbours": func(i int) bool { return i == 149 || i == 150 },
	}
	for name, bad := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, q := &fake{answer: refusing("BAD")}, newQuarantine(t)
				lines := numbered(300, bad)
				b := newBatch(lines...)
				d := newDeliverer(newPool(senders.RoundRobin, 4, f), q)
				if name == "all but one" { // nothing else is evidence soon enough: another batch must be
					go func() {
						time.Sleep(time.Minute)
						_, _ = newDeliverer(d.pool, q).Deliver(t.Context(), newBatch("good"))
					}()
				}
				o, err := d.Deliver(t.Context(), b)
				if err != nil {
					t.Fatal(err)
				}
				checkLedger(t, b, o)
				var want []string
				for i, l := range lines {
					if bad(i) {
						want = append(want, l)
					}
				}
				var got []string
				for _, e := range entries(t, q) {
					got = append(got, e.Text)
				}
				slices.SortFunc(got, byNumber)
				checkLines(t, "quarantined", got, want...)
				if o.Quarantined != len(want) {
					t.Errorf("counted %d quarantined of %d", o.Quarantined, len(want))
				}
			})
		})
	}
}

func byNumber(a, b string) int {
	var m, n int
	_, _ = fmt.Sscanf(a, "line %d", &m)
	_, _ = fmt.Sscanf(b, "line %d", &n)
	return m - n
}

func TestTooLargeIsHalvedUntilItFits(t *testing.T) {
	const most = 100
	f, q := &fake{}, newQuarantine(t)
	f.answer = func(_ context.Context, body string) senders.Result {
		if len(body) > most {
			return senders.Result{Class: senders.TooLarge, Status: 413, Reason: "413"}
		}
		return senders.Result{}
	}
	lines := numbered(50, func(int) bool { return false })
	lines[20] = strings.Repeat("x", most+1)
	b := newBatch(lines...)
	o, err := newDeliverer(newPool(senders.RoundRobin, 1, f), q).Deliver(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	checkLedger(t, b, o)
	checkLines(t, "delivered", f.lines(), slices.Delete(slices.Clone(lines), 20, 21)...)
	if got := entries(t, q); len(got) != 1 || got[0].Text != lines[20] || got[0].Status != 413 {
		t.Fatalf("quarantine: %+v", got)
	}
}

func TestADestinationThatRefusesEverythingHoldsAndQuarantinesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, q := &fake{answer: always(senders.Refused, "400: wrong door")}, newQuarantine(t)
		d := newDeliverer(newPool(senders.RoundRobin, 1, f), q)
		lines := numbered(1000, func(int) bool { return false })
		b := newBatch(lines...)
		done := make(chan Outcome)
		go func() {
			o, _ := d.Deliver(t.Context(), b)
			done <- o
		}()
		time.Sleep(3 * time.Hour)
		if n := q.Records.Load(); n != 0 {
			t.Fatalf("%d records of good logs are in quarantine", n)
		}
		if why, since := q.Problem(); !strings.Contains(why, "refuses everything: 400: wrong door") || time.Since(since) < 2*time.Hour {
			t.Errorf("shown: %q since %v", why, since)
		}
		if n := len(f.bodies()); n > 3*60*100 {
			t.Errorf("%d requests in three hours", n)
		}
		f.answerWith(nil)
		o := <-done
		checkLedger(t, b, o)
		checkLines(t, "delivered after repair", f.lines(), lines...)
		if why, _ := q.Problem(); why != "" || o.Quarantined != 0 {
			t.Errorf("after repair: %q, %+v", why, o)
		}
	})
}

func TestSmallBatchesRefusedInARowHoldToo(t *testing.T) {
	for name, c := range map[string]struct {
		tookOnce bool
		lasts    time.Duration
		want     int64
	}{
		"a destination that never took anything":    {false, 24 * time.Hour, 0},
		"less than ten minutes":                     {true, 9 * time.Minute, 0},
		"a day: one each ten minutes, and not many": {true, 24 * time.Hour, maxBlind},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, q := &fake{}, newQuarantine(t)
				d := newDeliverer(newPool(senders.RoundRobin, 1, f), q)
				if c.tookOnce {
					if _, err := d.Deliver(t.Context(), newBatch("first")); err != nil {
						t.Fatal(err)
					}
				}
				f.answerWith(always(senders.Refused, "400"))
				ctx, cancel := context.WithTimeout(t.Context(), c.lasts)
				defer cancel()
				for i := range 100 {
					if _, err := d.Deliver(ctx, newBatch(fmt.Sprintf("line %d", i))); err != nil {
						break
					}
				}
				if n := q.Records.Load(); n != c.want {
					t.Fatalf("%d records were quarantined without evidence, want %d", n, c.want)
				}
				if ctx.Err() == nil {
					t.Fatal("nothing was held")
				}
				f.answerWith(refusing("BAD"))
				for _, l := range []string{"good", "BAD"} {
					if l == "BAD" {
						go func() {
							time.Sleep(time.Second)
							_, _ = newDeliverer(d.pool, q).Deliver(t.Context(), newBatch("evidence"))
						}()
					}
					if _, err := d.Deliver(t.Context(), newBatch(l)); err != nil {
						t.Fatal(err)
					}
				}
				if n := q.Records.Load(); n != c.want+1 {
					t.Fatalf("after a delivery a bad record was not taken: %d", n)
				}
			})
		})
	}
}

func TestAnEndpointThatRefusesWhatAnotherTakesIsAtFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrong, right := &fake{answer: always(senders.Refused, "400: not a forwarder")}, &fake{}
		q := newQuarantine(t)
		p := newPool(senders.RoundRobin, 4, wrong, right)
		d := newDeliverer(p, q)
		for i := range 50 {
			lines := numbered(20, func(int) bool { return false })
			o, err := d.Deliver(t.Context(), newBatch(lines...))
			if err != nil || o.Quarantined != 0 {
				t.Fatalf("batch %d: %+v, %v", i, o, err)
			}
		}
		if s := p.Status()[0]; s.State != Held || !strings.Contains(s.Error, "refuses what fake-2 takes: 400: not a forwarder") {
			t.Errorf("shown: %+v", s)
		}
		if len(wrong.bodies()) > 2 {
			t.Errorf("the wrong one was asked %d times at once", len(wrong.bodies()))
		}
	})
}

func TestAQuarantineThatCannotBeWrittenHoldsTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, q := &fake{answer: refusing("BAD")}, newQuarantine(t)
		d := newDeliverer(newPool(senders.RoundRobin, 1, f), q)
		if err := os.MkdirAll(q.Path(), 0o700); err != nil { // a folder where the file should be
			t.Fatal(err)
		}
		done := make(chan Outcome)
		go func() {
			o, _ := d.Deliver(t.Context(), newBatch("a", "BAD", "c"))
			done <- o
		}()
		time.Sleep(time.Hour)
		if why, _ := q.Problem(); !strings.Contains(why, "cannot open quarantine") {
			t.Errorf("shown: %q", why)
		}
		if err := os.Remove(q.Path()); err != nil {
			t.Fatal(err)
		}
		if o := <-done; o.Delivered != 2 || o.Quarantined != 1 || len(entries(t, q)) != 1 {
			t.Errorf("outcome %+v", o)
		}
		if why, _ := q.Problem(); why != "" {
			t.Errorf("still shown: %q", why)
		}
	})
}

func TestStoppingWhileHeldEndsAtOnceAndAcknowledgesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, q := &fake{answer: always(senders.Refused, "400")}, newQuarantine(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := newDeliverer(newPool(senders.RoundRobin, 1, f), q).Deliver(ctx, newBatch(numbered(100, func(int) bool { return false })...))
			done <- err
		}()
		time.Sleep(time.Hour)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestQuarantinedBytesAreCountedForTheirOwnSegment(t *testing.T) {
	f, q := &fake{answer: refusing("BAD")}, newQuarantine(t)
	b := newBatch("a", "bb")
	addSegment(b, &record.Stream{ID: record.StreamID{2}, Path: "/b"}, 0, "ccc", "BAD", "ddd")
	o, err := newDeliverer(newPool(senders.RoundRobin, 2, f), q).Deliver(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	checkLedger(t, b, o)
	if o.Segments[0].Quarantined != 0 || o.Segments[1].Quarantined != 4 {
		t.Errorf("%+v", o.Segments)
	}
}
