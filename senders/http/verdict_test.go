package http

import (
	"testing"

	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

// An agent holds when a stream is another's; a forwarder that sends on does not let one of its
// clients hold the others.
func TestAConflictHoldsAnAgentAndRefusesWhatIsSentOn(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	d.Status(409)()
	f := func(first, last int, want senders.Class) {
		t.Helper()
		p := body(10)
		p.First, p.Last = first, last
		p.Batch = &record.Batch{Records: make([]record.Record, 2), Segments: []record.Segment{
			{Stream: &record.Stream{}, N: 1},
			{Stream: &record.Stream{Owner: &record.Owner{Credential: [16]byte{1}}}, First: 1, N: 1},
		}}
		if r := e.Send(t.Context(), p); r.Class != want {
			t.Errorf("[%d, %d): %+v", first, last, r)
		}
	}
	f(0, 1, senders.Held)
	f(1, 2, senders.Refused)
	f(0, 2, senders.Refused)
	d.Status(503, "Logskiff-Missing", "agent")()
	f(0, 1, senders.Throttled)
	f(1, 2, senders.Refused)
}

func TestHeadersThatAreTooLargeAreHalvedBySegments(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	p := body(2)
	p.Batch, p.Last = &record.Batch{}, 2
	for i := range 2 {
		s := &record.Stream{ID: record.StreamID{byte(i)}, Origin: &record.Origin{}}
		p.Batch.Segments = append(p.Batch.Segments, record.Segment{Stream: s, End: 1, First: i, N: 1})
		p.Batch.Records = append(p.Batch.Records, record.Record{Size: 1})
	}
	d.Status(431)()
	if r := e.Send(t.Context(), p); r.Class != senders.TooManySegments {
		t.Errorf("two segments: %+v", r)
	}
	p.Last = 1
	if r := e.Send(t.Context(), p); r.Class != senders.Held {
		t.Errorf("one segment: %+v", r)
	}
}
