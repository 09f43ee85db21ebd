package sendertest

import (
	"slices"
	"testing"

	"logskiff/senders"
)

// namesRecords sends a part of a batch of which some records are not taken.
func namesRecords(t *testing.T, f Fixture) {
	if f.ByRecord == nil {
		t.Skip("this kind takes or refuses whole bodies")
	}
	answers := map[int]senders.Item{
		1: {Class: senders.Refused}, 4: {Class: senders.Retry}, 5: {Class: senders.Held}, 9: {Class: senders.Throttled},
	}
	f.ByRecord(func(place int) senders.Item { return answers[place] })
	p := payload(1, 30)
	p.First, p.Last = 10, 20
	r := f.Endpoint.Send(t.Context(), p)
	if r.Class != senders.Delivered || r.Rejected != 0 || r.Taken(10) != 6 {
		t.Fatalf("got %+v, %d taken; want 4 of 10 named", r, r.Taken(10))
	}
	var places []int
	for _, item := range r.Items {
		places = append(places, item.Record-p.First)
		want := answers[item.Record-p.First].Class
		if item.Class != want || item.Reason == "" || len(item.Reason) > 512 {
			t.Errorf("record %d: %+v, want class %d and a reason", item.Record, item, want)
		}
		if item.Key != "" && (item.Class == senders.Refused || item.Class == senders.TooLarge) {
			t.Errorf("record %d is refused by the key %q", item.Record, item.Key)
		}
	}
	if !slices.Equal(places, []int{1, 4, 5, 9}) {
		t.Errorf("named are %v of the body", places)
	}
}
