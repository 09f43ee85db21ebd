package encode

import (
	"fmt"
	"testing"

	"logskiff/record"
	"logskiff/senders"
)

// Each record's bytes in a body are what the encoder makes of that record alone.
func TestABodyIsMarkedWhereEachRecordEnds(t *testing.T) {
	b := newBatch(0, "first", `{"a":1}`, "", "a\"b", "last of one file")
	b.Records[1].Kind = record.Object
	addSegment(b, &record.Stream{ID: record.StreamID{7}, Path: "/b", Origin: testStream.Origin}, 100, "second file", "long line, be", "gun")
	b.Records[6].Flags, b.Records[6].Part = record.Part, 1
	b.Records[7].Flags, b.Records[7].Part = record.Part|record.LastPart, 2
	for name, encoder := range map[string]senders.Encoder{
		"ndjson": NewNDJSON(nil), "repeated": NewNDJSON([]string{"path"}), "sized": NewSized(nil), "stored": NewStored([]string{"host"}), "lines": NewLines(),
	} {
		m := encoder.(senders.Marking)
		for _, part := range [][2]int{{0, 8}, {1, 4}, {3, 7}, {4, 5}} {
			first, last := part[0], part[1]
			body, ends := m.AppendMarked([]byte("before"), []uint32{3}, b, first, last)
			p := &senders.Payload{Body: body[len("before"):], Ends: ends[1:], Batch: b, First: first, Last: last}
			if string(body[:6]) != "before" || ends[0] != 3 || len(p.Ends) != last-first || int(p.Ends[last-first-1]) != len(p.Body) {
				t.Fatalf("%s: %q, ends %v", name, body, ends)
			}
			whole := string(encoder.Append(nil, b, first, last))
			got := ""
			for i := first; i < last; i++ {
				got += string(p.Record(i))
				alone := string(encoder.Append(nil, b, i, i+1))
				if name == "lines" && i == 6 && last > 7 {
					alone = alone[:len(alone)-1] // it goes on in the next
				}
				if string(p.Record(i)) != alone {
					t.Errorf("%s, %d of %v: %q, alone %q", name, i, part, p.Record(i), alone)
				}
			}
			if got != whole {
				t.Errorf("%s, %v: %q, want %q", name, part, got, whole)
			}
		}
	}
}

func TestMarkingAllocatesNothing(t *testing.T) {
	lines := make([]string, 500)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d of a log", i)
	}
	b := newBatch(0, lines...)
	for _, e := range []senders.Encoder{NewNDJSON(nil), NewSized([]string{"path"}), NewLines()} {
		m := e.(senders.Marking)
		var body []byte
		var ends []uint32
		run := func() { body, ends = m.AppendMarked(body[:0], ends[:0], b, 0, len(b.Records)) }
		run()
		if n := testing.AllocsPerRun(50, run); n > 0 {
			t.Errorf("%T: %v allocations a body", e, n)
		}
	}
}
