package parseencode

import (
	"fmt"
	"strings"
	"testing"

	"logskiff/record"
	"logskiff/senders/encode"
)

// entries is a batch of a stream that counts entries, of which the numbers are these.
func entries(numbers ...int64) *record.Batch {
	b := &record.Batch{}
	s := record.Segment{
		Stream: &record.Stream{ID: record.StreamID{7}, Path: "journal", Unit: record.Entries, Origin: &record.Origin{Host: "h", Source: "s"}},
		Start:  numbers[0] - 2, End: numbers[len(numbers)-1] + 3, N: len(numbers),
	}
	s.Missing = s.End - s.Start - int64(s.N)
	for _, n := range numbers {
		text := fmt.Sprintf("entry %d", n)
		b.Records = append(b.Records, record.Record{Offset: n, Size: 1, Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(text))}})
		b.Buf = append(b.Buf, text...)
	}
	b.Segments = []record.Segment{s}
	return b
}

// A record of a journal or a topic has the same number at a forwarder, covers that alone whatever is missing behind it, and its stream
// counts entries there, too. No body without the numbers is made of it, nor taken.
func TestEntriesArriveWithTheirNumbers(t *testing.T) {
	f := newForwarder(t)
	b := entries(1000, 1001, 1005, 1<<40)
	b.Segments[0].End, b.Records = 1007, b.Records[:3]
	b.Segments[0].N = 3
	got, answer := f.send(t, b)
	if answer != "" || len(got.Records) != 3 || len(got.Segments) != 1 {
		t.Fatalf("%s: %+v", answer, got)
	}
	if s := got.Segments[0]; s.Unit() != record.Entries || s.Stream.ID != b.Segments[0].Stream.ID || s.Start != 998 || s.End != 1007 {
		t.Errorf("the segment is %+v of %+v", s, s.Stream)
	}
	for i, r := range got.Records {
		want := fmt.Sprintf(`{"message":"entry %d"}`, b.Records[i].Offset)
		if r.Offset != b.Records[i].Offset || r.Size != 1 || string(got.Bytes(r.Text)) != want {
			t.Errorf("record %d is %+v, %s", i, r, got.Bytes(r.Text))
		}
	}
	empty := entries(5)
	empty.Records[0].Text.Len = 0 // one byte in a body of lines
	empty.Segments[0].Start, empty.Segments[0].End, empty.Segments[0].Missing = 5, 6, 0
	for _, b := range []*record.Batch{b, empty} {
		if body, fits := encode.NewBare().Append(nil, b); fits {
			t.Errorf("bare lines are made of it: %q", body)
		}
		if _, answer := f.post(t, b, "text/plain", encode.NewLines().Append(nil, b, 0, len(b.Records))); !strings.Contains(answer, "400") || !strings.Contains(answer, "entries") {
			t.Errorf("a body of lines is answered %q", answer)
		}
	}
}
