package encode

import (
	"testing"

	"logskiff/record"
)

func TestSizesStandWhereRecordsWereDropped(t *testing.T) {
	f := func(kinds, want string) {
		t.Helper()
		b := &record.Batch{Segments: []record.Segment{{Stream: &record.Stream{}, End: 30, N: 3}, {Stream: &record.Stream{}, Start: 100, End: 120, First: 3, N: 2}}}
		for i, k := range kinds {
			r := record.Record{Offset: int64(10 * i), Size: 10}
			if i >= 3 {
				r.Offset += 70
			}
			if k == 'x' {
				r.Kind = record.Dropped
			}
			b.Records = append(b.Records, r)
		}
		b.RemoveDropped()
		if got := string(NewSized(nil).Append(nil, b, 0, len(b.Records))); got != want {
			t.Errorf("%s: got %s", kinds, got)
		}
		plain := string(NewNDJSON(nil).Append(nil, b, 0, len(b.Records)))
		if kinds == "....." && plain != want {
			t.Errorf("%s: got %s without sizes", kinds, plain)
		}
	}
	const m = `,"message":""}` + "\n"
	f(".....", `{"_offset":0`+m+`{"_offset":10`+m+`{"_offset":20`+m+`{"_offset":100`+m+`{"_offset":110`+m)
	f("x.xx.", `{"_offset":10,"_size":10`+m+`{"_offset":110`+m)
	f(".x..x", `{"_offset":0,"_size":10`+m+`{"_offset":20`+m+`{"_offset":100,"_size":10`+m)
}

func TestStoredRecordsAllSayTheirSizeButThoseWithoutIdentity(t *testing.T) {
	b := &record.Batch{
		Segments: []record.Segment{{Stream: &record.Stream{}, End: 30, N: 2}, {Stream: &record.Stream{Anonymous: true}, End: 10, First: 2, N: 1}},
		Records:  []record.Record{{Size: 10}, {Offset: 10, Size: 20}, {Size: 10}},
	}
	const want = `{"_offset":0,"_size":10,"message":""}` + "\n" + `{"_offset":10,"_size":20,"message":""}` + "\n" + `{"_offset":0,"message":""}` + "\n"
	if got := string(NewStored(nil).Append(nil, b, 0, 3)); got != want {
		t.Fatal(got)
	}
}
