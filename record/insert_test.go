package record

import (
	"fmt"
	"testing"
)

func TestInsertedRecordsBelongToTheirSegments(t *testing.T) {
	f := func(after []int, want string) {
		t.Helper()
		b := &Batch{Segments: []Segment{{First: 0, N: 2}, {First: 2, N: 0}, {First: 2, N: 3}, {First: 5, N: 0}}}
		for i := range 5 {
			b.Records = append(b.Records, Record{Offset: int64(10 * i)})
		}
		var more []Record
		for k, i := range after {
			more = append(more, Record{Offset: int64(10*i + k + 1)})
		}
		b.Insert(after, more)
		got := ""
		for _, s := range b.Segments {
			for _, r := range b.Records[s.First : s.First+s.N] {
				got += fmt.Sprint(r.Offset, " ")
			}
			got += fmt.Sprint("at ", s.First, "; ")
		}
		if got != want {
			t.Errorf("behind %v: got %s\nwant %s", after, got, want)
		}
	}
	f(nil, "0 10 at 0; at 2; 20 30 40 at 2; at 5; ")
	f([]int{0}, "0 1 10 at 0; at 3; 20 30 40 at 3; at 6; ")
	f([]int{1, 1, 2, 4}, "0 10 11 12 at 0; at 4; 20 23 30 40 44 at 4; at 9; ")
}
