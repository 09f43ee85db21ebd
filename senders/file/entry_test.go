package file

import (
	"bytes"
	"reflect"
	"testing"

	"logskiff/record"
)

func id(n byte) record.StreamID { return record.StreamID{0: n, 15: 0xff} }

func someEntries() (entries []entry, data []byte, ends []int) {
	entries = []entry{
		{seq: 1, file: 1, time: 100},
		{seq: 2, file: 1, end: 500, time: 101, spans: []owned{{id(1), span{0, 300}}, {id(2), span{1 << 40, 1<<40 + 200}}}},
		{seq: 3, file: 2, end: 70, time: 102, spans: []owned{{id(0), span{300, 370}}}},
		{seq: 4, file: 2, end: 256, time: 103, spans: []owned{{id(1), span{370, 512}}}},
	}
	for i := range entries {
		data = appendEntry(data, &entries[i])
		ends = append(ends, len(data))
	}
	return entries, data, ends
}

func readAll(data []byte) (got []entry, s scan) {
	s = scanEntries(data, func(e *entry) {
		c := *e
		c.spans = append([]owned(nil), e.spans...)
		got = append(got, c)
	})
	return got, s
}

func TestEntriesRoundTrip(t *testing.T) {
	want, data, _ := someEntries()
	got, s := readAll(data)
	if !reflect.DeepEqual(got, want) || s != (scan{lastSeq: 4}) {
		t.Fatalf("got %+v, %+v", got, s)
	}
}

func TestIndexCutAnywhereReadsAsItsWholeEntriesAndATornTail(t *testing.T) {
	_, data, ends := someEntries()
	for cut := range len(data) {
		for _, zeros := range []int{0, 1, 5000} {
			whole := 0
			for whole < len(ends) && ends[whole] <= cut {
				whole++
			}
			got, s := readAll(append(bytes.Clone(data[:cut]), make([]byte, zeros)...))
			if len(got) != whole || s.skipped != 0 || s.doubtful {
				t.Fatalf("cut at %d with %d zeros: %d entries, want %d; %+v", cut, zeros, len(got), whole, s)
			}
		}
	}
}

func TestIndexChangedAnywhereLosesThatEntryOnlyAndIsNotTakenForTorn(t *testing.T) {
	want, data, ends := someEntries()
	for i := range data {
		for _, flip := range []byte{1, 0x80, 0xff} {
			bad := bytes.Clone(data)
			bad[i] ^= flip
			hit := 0
			for ends[hit] <= i {
				hit++
			}
			got, s := readAll(bad)
			rest := append(append([]entry(nil), want[:hit]...), want[hit+1:]...)
			if !reflect.DeepEqual(got, rest) {
				t.Fatalf("byte %d changed: got %+v", i, got)
			}
			if hit > 0 && hit < len(ends)-1 && s.missing != 1 {
				t.Fatalf("byte %d changed: no entry is missed: %+v", i, s)
			}
			if last := hit == len(ends)-1; last != s.doubtful || last == (s.skipped > 0) {
				t.Fatalf("byte %d changed: %+v", i, s)
			}
		}
	}
}

func TestOldEntriesAfterNewOnesAreNotRead(t *testing.T) {
	_, data, ends := someEntries()
	got, s := readAll(append(bytes.Clone(data), data[:ends[1]]...))
	if len(got) != 4 || s.tail != ends[1] || !s.doubtful {
		t.Fatalf("got %d entries, %+v", len(got), s)
	}
}

func FuzzScanEntries(f *testing.F) {
	_, data, _ := someEntries()
	f.Add(data)
	f.Add(data[:60])
	f.Add(append([]byte("LKI1LKI1LKI1"), data...))
	f.Fuzz(func(t *testing.T, data []byte) {
		var last uint64
		scanEntries(data, func(e *entry) {
			if e.seq <= last || e.end < 0 || e.time < 0 {
				t.Fatalf("read %+v after %d", e, last)
			}
			last = e.seq
			again := appendEntry(nil, e)
			var back entry
			if n, err := decodeEntry(again, &back); err != nil || n != len(again) {
				t.Fatalf("%+v does not survive: %v", e, err)
			}
			for _, s := range e.spans {
				if s.start < 0 || s.end <= s.start {
					t.Fatalf("bad span %+v", s)
				}
			}
		})
	})
}
