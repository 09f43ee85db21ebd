package http

import (
	"reflect"
	"strings"
	"testing"

	"logskiff/readers/inbox"
	"logskiff/record"
	"logskiff/record/wire"
)

const ndjson, plain, linesOnly = "application/x-ndjson", "text/plain; charset=utf-8", wire.LinesType

// cutBody cuts a body as the handler would.
func cutBody(kind, body string, segments ...wire.Segment) (*message, error) {
	var h *wire.Header
	if segments != nil {
		parsed, err := wire.Parse(batchHeader(segments...))
		if err != nil {
			return nil, err
		}
		h = &parsed
	}
	m := newMessage(inbox.NewBudget(1 << 30).Lease(""))
	m.Body = []byte(body)
	form, err := formOf(kind)
	if err != nil {
		return nil, err
	}
	return m, m.cut(form, h, sender{origin: &record.Origin{}}, 1<<20)
}

// rec is what is checked of a record.
type rec struct {
	Offset int64
	Size   uint32
	Text   string
	Flags  record.Flags
}

func records(m *message) (out []rec) {
	for _, r := range m.Records {
		out = append(out, rec{r.Offset, r.Size, string(m.Body[r.Text.Off : r.Text.Off+r.Text.Len]), r.Flags})
	}
	return out
}

func TestAByteOrderMarkIsNoPartOfTheFirstLine(t *testing.T) {
	id := strings.Repeat("a", 32)
	f := func(kind, body string, segments []wire.Segment, want ...rec) {
		t.Helper()
		m, err := cutBody(kind, body, segments...)
		if err != nil {
			t.Errorf("%q: %v", body, err)
		} else if got := records(m); !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n got %+v\nwant %+v", body, got, want)
		}
	}
	f(plain, mark+"one\n"+mark+"two\n", nil, rec{0, 7, "one", record.Marked}, rec{7, 7, mark + "two", 0})
	f(ndjson, mark+"{}\n{}\n", nil, rec{0, 6, "{}", 0}, rec{6, 3, "{}", 0})
	f(ndjson, mark+" \n{}\n", nil, rec{5, 3, "{}", 0})
	f(plain, mark+"one\n", []wire.Segment{{Stream: id, End: 7, Records: 1}}, rec{0, 7, "one", record.Marked})
	f(plain, mark+"one\n", []wire.Segment{{Stream: id, Start: 9, End: 16, Records: 1}}, rec{9, 7, mark + "one", 0})
}

func TestBodiesAreCutIntoRecordsWithTheirOffsets(t *testing.T) {
	f := func(kind, body string, segments []wire.Segment, want ...rec) {
		t.Helper()
		m, err := cutBody(kind, body, segments...)
		if err != nil {
			t.Errorf("%q: %v", body, err)
			return
		}
		if got := records(m); !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n got %+v\nwant %+v", body, got, want)
		}
		n := 0
		for i, s := range m.Segments {
			if s.First != n || segments != nil && (s.Start != segments[i].Start || s.End != segments[i].End) {
				t.Errorf("%q: segment %+v", body, s)
			}
			n += s.N
		}
		if n != len(want) {
			t.Errorf("%q: segments hold %d records", body, n)
		}
	}
	segs := func(s ...wire.Segment) []wire.Segment { return s }

	// Without identity.
	f(ndjson, "", nil)
	f(ndjson, "\n\r\n  \n", nil)
	f(ndjson, `{"a":1}`+"\n"+`{}`, nil, rec{0, 8, `{"a":1}`, 0}, rec{8, 2, `{}`, 0})
	f(ndjson, "\n {\"a\":1} \r\n\n{}\n", nil, rec{1, 11, `{"a":1}`, 0}, rec{13, 3, `{}`, 0})
	f(ndjson, `{"_offset":1,"a":2}`, nil, rec{0, 19, `{"_offset":1,"a":2}`, 0}) // theirs, left alone
	f(plain, "a\r\n\nb", nil, rec{0, 3, "a", record.CR}, rec{3, 1, "", 0}, rec{4, 1, "b", record.NoNewline})

	// From an agent.
	f(ndjson, `{"_offset":10,"m":"x"}`+"\n"+`{"_offset":25}`+"\n", segs(wire.Segment{Stream: idA, Start: 10, End: 30, Records: 2}),
		rec{10, 15, `{"m":"x"}`, 0}, rec{25, 5, `{}`, 0})
	f(ndjson, `{"_offset":12,"m":1}`+"\n"+`{"_offset":0,"n":2}`, segs(
		wire.Segment{Stream: idA, Start: 10, End: 30, Records: 1}, wire.Segment{Stream: idB, Start: 0, End: 1, Records: 1}),
		rec{12, 18, `{"m":1}`, 0}, rec{0, 1, `{"n":2}`, 0})
	f(ndjson, `{"_offset":5,"a":{}}`, segs(wire.Segment{Stream: idA, Start: 5, End: 6, Records: 1}), rec{5, 1, `{"a":{}}`, 0})
	f(ndjson, `{"_offset":10,"_size":4,"m":"x"}`+"\n"+`{"_offset":25,"_size":5}`+"\n", segs(wire.Segment{Stream: idA, Start: 10, End: 40, Records: 2}),
		rec{10, 4, `{"m":"x"}`, 0}, rec{25, 5, `{}`, 0})
	f(plain, "ab\ncd\n", segs(wire.Segment{Stream: idA, Start: 100, End: 106, Records: 2}),
		rec{100, 3, "ab", 0}, rec{103, 3, "cd", 0})
	f(plain, "ab\ncd\nx\r\n", segs( // the first file ended without newline, one was added
		wire.Segment{Stream: idA, Start: 100, End: 105, Records: 2}, wire.Segment{Stream: idB, Start: 7, End: 10, Records: 1}),
		rec{100, 3, "ab", 0}, rec{103, 2, "cd", record.NoNewline}, rec{7, 3, "x", record.CR})
	f(plain, "part one\n\n", segs( // an overlong line's first piece, and its last: only the newline
		wire.Segment{Stream: idA, Start: 0, End: 8, Records: 1}, wire.Segment{Stream: idA, Start: 8, End: 9, Records: 1}),
		rec{0, 8, "part one", record.NoNewline}, rec{8, 1, "", 0})
	f(plain, "part onepart two\n", segs(wire.Segment{Stream: idA, Start: 0, End: 17, Records: 2}), rec{0, 17, "part onepart two", 0})

	// Bare lines: for all behind, each is the object it stands for.
	f(linesOnly, "a\"b\n\n"+mark+"\r\r\n", segs(wire.Segment{Stream: idA, Start: 90, End: 101, Records: 3}),
		rec{90, 4, `{"message":"a\"b"}`, 0}, rec{94, 1, `{"message":""}`, 0}, rec{95, 6, `{"message":"` + mark + `\r"}`, 0})
	f(linesOnly, mark+"a\n", segs(wire.Segment{Stream: idA, Start: 0, End: 5, Records: 1}), rec{0, 5, `{"message":"` + mark + `a"}`, 0})
	f(linesOnly, "a\xffb\n\x00\r\n", segs( // the first file ended without newline, one was added
		wire.Segment{Stream: idA, Start: 0, End: 3, Records: 1}, wire.Segment{Stream: idB, Start: 7, End: 10, Records: 1}),
		rec{0, 3, `{"message":"a` + "\uFFFD" + `b","invalid_utf8":true}`, 0}, rec{7, 3, `{"message":"\u0000"}`, 0})
}

func TestBareLinesAreNoLargerThanTheirObjectsMayBe(t *testing.T) {
	long := strings.Repeat("\x00", 200<<10)
	_, err := cutBody(linesOnly, long+"\n", wire.Segment{Stream: idA, Start: 0, End: int64(len(long)) + 1, Records: 1})
	if no, ok := err.(*refusal); !ok || no.status != 413 {
		t.Errorf("got %v", err)
	}
	m, err := cutBody(linesOnly, long[:100<<10]+"\n", wire.Segment{Stream: idA, Start: 0, End: 100<<10 + 1, Records: 1})
	if err != nil || len(m.Body) != 600<<10+len(`{"message":""}`) {
		t.Fatalf("%d bytes, %v", len(m.Body), err)
	}
	if held, want := m.Lease.Held(), int64(cap(m.Body))+2*inbox.RecordSize-int64(100<<10+1); held < want-4096 || held > want+4096 {
		t.Errorf("%d bytes are held, not %d", held, want) // the first body was not taken from this budget
	}
}

func TestGarbageIsRefusedWithTheReason(t *testing.T) {
	f := func(kind, body, reason string, segments ...wire.Segment) {
		t.Helper()
		_, err := cutBody(kind, body, segments...)
		no, ok := err.(*refusal)
		if !ok || no.status != 400 || !strings.Contains(no.text, reason) {
			t.Errorf("%q: got %v, want %q", body, err, reason)
		}
	}
	one := func(start, end int64, n int) wire.Segment {
		return wire.Segment{Stream: idA, Start: start, End: end, Records: n}
	}
	f(ndjson, "{}\nhello\n", "line 2 is not a JSON object")
	f(ndjson, "{", "line 1 is not")
	f(ndjson, "[1]", "line 1 is not")
	f(ndjson, `{"m":1}`, "line 1 is not a JSON object that begins with", one(0, 9, 1))
	f(ndjson, `{"_offset":"1"}`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":}`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":-1}`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":01}`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":1.5}`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":1 }`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":1x}`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":12345678901234567890}`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":1}`, "offset 1 is not in its segment [2, 9)", one(2, 9, 1))
	f(ndjson, `{"_offset":9}`, "offset 9 is not in its segment [2, 9)", one(2, 9, 1))
	f(ndjson, `{"_offset":3}`+"\n"+`{"_offset":3}`, "line 2: offset 3 is not after 3", one(2, 9, 2))
	f(ndjson, `{"_offset":3}`, "the body ends after 1 records", one(2, 9, 2))
	f(ndjson, `{"_offset":3}`+"\n"+`{"_offset":4}`, "goes on after the 1 records", one(2, 9, 1))
	f(ndjson, `{"_offset":0}`, "covers more than", one(0, 1<<33, 1))
	f(ndjson, `{"_offset":0,"_size":10}`, "covers the beginning of the next one", one(0, 9, 1))
	f(ndjson, `{"_offset":0,"_size":0}`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":0,"_size":4294967296}`, "line 1", one(0, 1<<33, 1))
	f(ndjson, `{"_offset":0,"_size":}`, "line 1", one(0, 9, 1))
	f(ndjson, `{"_offset":0,"_size":1x}`, "line 1", one(0, 9, 1))
	f(plain, "ab\n", "only 3 are left", one(0, 4, 1))
	f(plain, "ab\ncd\n", "the body, but it has 6", one(0, 3, 1))
	f(plain, "ab\ncd\n", "has 2 records in its 6 bytes", one(0, 6, 1))
	f(plain, "abcd", "none was added after it", one(0, 4, 1))
	f(plain, "abcd\n", "none was added after it", one(0, 2, 1))
	f(linesOnly, "ab\n", "only 3 are left", one(0, 4, 1))
	f(linesOnly, "ab\ncd\n", "has 2 records in its 6 bytes", one(0, 6, 1))
	f(linesOnly, "ab\ncd\n", "has 2 lines in its 6 bytes, not the 3", one(0, 6, 3))
	f(linesOnly, "abcd", "none was added after it", one(0, 4, 1))
}

func FuzzCut(f *testing.F) {
	f.Add(1, "ab\ncd\n", int64(0), int64(3), 1, int64(3), int64(6), 1)
	f.Add(2, "ab\r\n\xff\n", int64(0), int64(4), 1, int64(3), int64(5), 1)
	f.Add(0, `{"_offset":0,"_size":2}`+"\n"+`{"_offset":3,"_size":1,"a":1}`, int64(0), int64(3), 1, int64(3), int64(6), 1)
	f.Add(0, `{"_offset":0}`+"\n"+`{"_offset":3,"a":1}`, int64(0), int64(3), 1, int64(3), int64(6), 1)
	f.Fuzz(func(t *testing.T, form int, body string, a, b int64, n int, c, d int64, k int) {
		kind := []string{ndjson, plain, linesOnly}[uint(form)%3]
		for _, segments := range [][]wire.Segment{nil, {{Stream: idA, Start: a, End: b, Records: n}},
			{{Stream: idA, Start: a, End: b, Records: n}, {Stream: idB, Start: c, End: d, Records: k}}} {
			m, err := cutBody(kind, body, segments...)
			if err != nil {
				continue
			}
			seen := 0
			whole := segments != nil && !strings.Contains(body, wire.SizeKey)
			for _, s := range m.Segments {
				at := s.Start
				for i, r := range m.Records[s.First : s.First+s.N] {
					if int(r.Text.Off)+int(r.Text.Len) > len(m.Body) || r.Offset < at || i > 0 && r.Offset != at && whole {
						t.Fatalf("%q %+v: record %+v after %d", body, segments, r, at)
					}
					at = r.Offset + int64(r.Size)
					seen++
				}
				if at > s.End || whole && at != s.End {
					t.Fatalf("%q %+v: ends at %d", body, segments, at)
				}
			}
			if seen != len(m.Records) {
				t.Fatalf("%d of %d records are in segments", seen, len(m.Records))
			}
		}
	})
}
