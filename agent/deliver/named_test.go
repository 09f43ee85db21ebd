package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/sendertest"
)

// poolOf returns a pool over destinations that answer for each record.
func poolOf(inFlight int, all ...*sendertest.Destination) *Pool {
	var endpoints []senders.Endpoint
	for i, d := range all {
		d.Label = fmt.Sprintf("dest-%d", i+1)
		endpoints = append(endpoints, d)
	}
	return NewPool("test", endpoints, PoolOptions{
		Strategy: senders.RoundRobin, MaxInFlight: inFlight, Log: slog.New(slog.DiscardHandler),
		Random: func() float64 { return 0.5 },
	})
}

// byWord judges a record by the words in it.
func byWord(words map[string]senders.Item) func(string) senders.Item {
	return func(text string) senders.Item {
		for w, item := range words {
			if strings.Contains(text, w) {
				return item
			}
		}
		return senders.Item{}
	}
}

var bad = senders.Item{Class: senders.Refused, Status: 400, Reason: "mapper_parsing_exception"}

func TestARecordThatIsRefusedByNameIsAskedAboutOnceMore(t *testing.T) {
	d := &sendertest.Destination{Judge: byWord(map[string]senders.Item{"BAD": bad})}
	p, q := poolOf(1, d), newQuarantine(t)
	lines := numbered(1000, func(i int) bool { return i%10 == 3 })
	b := newBatch(lines...)
	o, err := newDeliverer(p, q).Deliver(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	checkLedger(t, b, o)
	if o.Quarantined != 100 || d.Attempts() != 2 {
		t.Errorf("%d in quarantine after %d requests", o.Quarantined, d.Attempts())
	}
	for i, e := range entries(t, q) {
		if !strings.Contains(e.Text, "BAD") || e.Reason != bad.Reason || e.Status != 400 || e.Endpoint != "dest-1" || e.Stream == "" {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	checkTwiceRefused(t, q, d)
	for _, s := range d.Seen()[1000:] {
		if !s.Fresh || s.Class == senders.Delivered {
			t.Errorf("sent again: %+v", s)
		}
	}
	if len(d.Took()) != 900 {
		t.Errorf("%d were delivered", len(d.Took()))
	}
}

// checkTwiceRefused fails where a record in quarantine was not refused twice, or only on one connection.
func checkTwiceRefused(t *testing.T, q *Quarantine, all ...*sendertest.Destination) {
	t.Helper()
	refused, fresh, took := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, d := range all {
		for _, s := range d.Seen() {
			switch s.Class {
			case senders.Refused, senders.TooLarge:
				refused[s.Text]++
				fresh[s.Text] = fresh[s.Text] || s.Fresh
			case senders.Delivered:
				took[s.Text] = true
			}
		}
	}
	for _, e := range entries(t, q) {
		if refused[e.Text] < 2 || !fresh[e.Text] || took[e.Text] {
			t.Errorf("%q is in quarantine; refused %d times, on a new connection: %v; taken: %v", e.Text, refused[e.Text], fresh[e.Text], took[e.Text])
		}
	}
}

func TestScatteredRetriesGoAloneAndTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := map[string]int{}
		d := &sendertest.Destination{Judge: func(text string) senders.Item {
			if tries[text]++; strings.Contains(text, "BAD") && tries[text] < 4 {
				return senders.Item{Class: senders.Throttled, Status: 429, Reason: "es_rejected_execution_exception"}
			}
			return senders.Item{}
		}}
		p, q := poolOf(8, d), newQuarantine(t)
		b := newBatch(numbered(100, func(i int) bool { return i%7 == 0 })...)
		addSegment(b, &record.Stream{ID: record.StreamID{2}, Path: "/b"}, 77, "x BAD", "y", "z BAD")
		began := time.Now()
		o, err := newDeliverer(p, q).Deliver(t.Context(), b)
		if err != nil || o.Delivered != 103 {
			t.Fatalf("%+v, %v", o, err)
		}
		checkLedger(t, b, o)
		if d.Attempts() != 4 || len(d.Seen()) != 103+3*17 || time.Since(began) != 7*time.Second { // 1, 2 and 4 s
			t.Errorf("%d requests, %d records, after %v", d.Attempts(), len(d.Seen()), time.Since(began))
		}
		took := d.Took()
		slices.Sort(took)
		if n := len(slices.Compact(took)); n != 103 || len(d.Took()) != 103 {
			t.Errorf("%d taken, %d of them once", len(d.Took()), n)
		}
		if s := p.Status()[0]; s.State != Healthy || s.Throttled != 3 {
			t.Errorf("%+v", s)
		}
	})
}

// Everything is refused by name: most likely the destination is set up wrongly.
func TestWhereAllAreRefusedByNameNothingIsQuarantined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var repaired atomic.Bool
		d := &sendertest.Destination{Judge: func(string) senders.Item {
			if repaired.Load() {
				return senders.Item{}
			}
			return bad
		}}
		p, q := poolOf(1, d), newQuarantine(t)
		done := make(chan Outcome)
		go func() {
			o, _ := newDeliverer(p, q).Deliver(t.Context(), newBatch(numbered(500, func(int) bool { return false })...))
			done <- o
		}()
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if why, _ := q.Problem(); q.Records.Load() != 0 || !strings.Contains(why, "refuses everything: mapper") || d.Attempts() > 200 {
			t.Errorf("%d in quarantine, %q, %d requests", q.Records.Load(), why, d.Attempts())
		}
		repaired.Store(true)
		if o := <-done; o.Delivered != 500 {
			t.Errorf("%+v", o)
		}
	})
}

func TestACountOfRejectedRecordsIsFoundByHalving(t *testing.T) {
	d := &sendertest.Destination{Manner: sendertest.Counts, Judge: byWord(map[string]senders.Item{"BAD": bad})}
	p, q := poolOf(1, d), newQuarantine(t)
	lines := numbered(1000, func(i int) bool { return i == 400 || i == 401 })
	b := newBatch(lines...)
	o, err := newDeliverer(p, q).Deliver(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	checkLedger(t, b, o)
	if o.Quarantined != 2 {
		t.Fatalf("%+v", o)
	}
	checkTwiceRefused(t, q, d)
	took := d.Took()
	slices.Sort(took)
	if n := len(slices.Compact(took)); n != 998 {
		t.Errorf("%d of 998 arrived", n)
	}
}

// One unknown topic: its records wait, shown with the reason, and are not asked about with every batch.
func TestAKeyThatIsHeldIsTriedEverMoreSeldomAndShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held := senders.Item{Class: senders.Held, Key: "topic-x", Reason: "UNKNOWN_TOPIC_OR_PARTITION"}
		var known atomic.Bool
		d := &sendertest.Destination{LeavesOut: true, Judge: func(text string) senders.Item {
			if strings.Contains(text, "BAD") {
				if known.Load() {
					return senders.Item{Key: "topic-x"}
				}
				return held
			}
			return senders.Item{}
		}}
		p, q := poolOf(4, d), newQuarantine(t)
		done := make(chan Outcome, 4)
		for i := range 4 {
			go func() {
				o, _ := newDeliverer(p, q).Deliver(t.Context(), newBatch(fmt.Sprint(i, " a"), fmt.Sprint(i, " BAD"), fmt.Sprint(i, " c")))
				done <- o
			}()
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(d.Took()) != 8 || d.Attempts() > 4+4*62 {
			t.Errorf("%d taken, %d requests in an hour", len(d.Took()), d.Attempts())
		}
		if why, _ := q.Problem(); why != `records for "topic-x" wait: UNKNOWN_TOPIC_OR_PARTITION` && !strings.Contains(why, "it waits") {
			t.Errorf("shown: %q", why)
		}
		known.Store(true)
		began := time.Now()
		for range 4 {
			if o := <-done; o.Delivered != 3 || o.Quarantined != 0 {
				t.Errorf("%+v", o)
			}
		}
		if why, _ := q.Problem(); why != "" || time.Since(began) > 80*time.Second || len(d.Took()) != 12 || len(p.keys.held) != 0 {
			t.Errorf("after %v %q, %d taken, %d keys", time.Since(began), why, len(d.Took()), len(p.keys.held))
		}
	})
}

func TestARecordThatAnotherEndpointTakesIsNotQuarantined(t *testing.T) {
	a := &sendertest.Destination{Judge: byWord(map[string]senders.Item{"BAD": bad})}
	b := &sendertest.Destination{}
	p, q := poolOf(1, a, b), newQuarantine(t)
	d := newDeliverer(p, q)
	for range 4 {
		if o, err := d.Deliver(t.Context(), newBatch("one", "BAD", "three")); err != nil || o.Quarantined != 0 {
			t.Fatalf("%+v, %v", o, err)
		}
	}
	if p.Contradicted.Load() == 0 {
		t.Error("nobody was told")
	}
}

func TestTheBodyOfScatteredRecordsIsMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		d := &sendertest.Destination{Judge: func(text string) senders.Item {
			if first && strings.Contains(text, "BAD") {
				return senders.Item{Class: senders.Retry, Reason: "leader"}
			}
			return senders.Item{}
		}}
		var bodies []string
		d.Whole = func(p *senders.Payload) senders.Result {
			body := ""
			for i := p.First; i < p.Last; i++ {
				body += "<" + string(p.Record(i)) + ">"
			}
			bodies = append(bodies, body)
			first = len(bodies) == 1
			return senders.Result{}
		}
		p := poolOf(1, d)
		p.Ends = true
		b := newBatch("a BAD", "b", "c BAD", "d BAD", "e")
		b.Body, b.Ends = encode.NewLines().(senders.Marking).AppendMarked(nil, nil, b, 0, 5)
		if _, err := newDeliverer(p, newQuarantine(t)).Deliver(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if want := []string{"<a BAD\n><b\n><c BAD\n><d BAD\n><e\n>", "<a BAD\n><c BAD\n><d BAD\n>"}; !slices.Equal(bodies, want) {
			t.Errorf("%q", bodies)
		}
	})
}

func TestStoppingWhileRecordsWaitAcknowledgesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &sendertest.Destination{Judge: byWord(map[string]senders.Item{"BAD": {Class: senders.Held, Key: "k", Reason: "no"}})}
		q := newQuarantine(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		o, err := newDeliverer(poolOf(1, d), q).Deliver(ctx, newBatch("a", "BAD"))
		if err == nil || o.Segments != nil {
			t.Errorf("%+v, %v", o, err)
		}
		if why, _ := q.Problem(); why != "" {
			t.Errorf("still shown: %q", why)
		}
	})
}
