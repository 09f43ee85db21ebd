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
	p := f.part(1, 30, 10, 20)
	r := f.Endpoint.Send(t.Context(), p)
	if r.Class != senders.Delivered || r.Rejected != 0 || r.Taken(10) != 6 {
		t.Fatalf("got %+v, %d taken; want Delivered, and 4 of 10 records in Items", r, r.Taken(10))
	}
	var places []int
	for _, item := range r.Items {
		places = append(places, item.Record-p.First)
		want := answers[item.Record-p.First].Class
		if item.Class != want || item.Reason == "" || len(item.Reason) > 512 {
			t.Errorf("record %d: %+v, want %v and a reason of at most 512 bytes", item.Record, item, want)
		}
		if item.Key != "" && (item.Class == senders.Refused || item.Class == senders.TooLarge) {
			t.Errorf("record %d is %v with the key %q: a key is for what waits", item.Record, item.Class, item.Key)
		}
	}
	if !slices.Equal(places, []int{1, 4, 5, 9}) {
		t.Errorf("named are the records at %v of the body, want those at [1 4 5 9]: Item.Record is an index of the batch", places)
	}
}
