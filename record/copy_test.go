package record

import "testing"

func TestACopyIsTheSameRecordInMemoryOfItsOwn(t *testing.T) {
	b := &Batch{Schema: NewSchema([]string{"a", "b", "c"})}
	text := func(s string) Span {
		at := uint32(len(b.Buf))
		b.Buf = append(b.Buf, s...)
		return Span{at, uint32(len(s))}
	}
	line := text("GET /x 200")
	outside := text("made by a stage")
	b.Fields = []Field{{Span{line.Off, 3}, String}, {Span{}, Absent}, {outside, String}}
	name, value := text("k"), text("v")
	b.Records = []Record{{Text: line, Offset: 7, Size: 11, Kind: Columns}, {Text: text("raw"), Kind: Raw}}
	b.Fields = append(b.Fields, Field{name, String}, Field{value, String})
	b.Records = append(b.Records, Record{Text: text("k=v"), Kind: Raw})
	b.SetPairs(2, 3)
	b.Records = append(b.Records, Record{Text: text("bad")})
	b.Reason("another")
	b.Fail(3, "no time")
	dst := &Batch{Buf: []byte("before")}
	for _, i := range []int{0, 2, 3} {
		b.AppendCopy(dst, i)
	}
	clear(b.Buf)
	clear(b.Fields)
	clear(b.Reasons)
	said := func(i int) (s string) {
		r := &dst.Records[i]
		s = string(dst.Bytes(r.Text))
		dst.EachField(r, func(name []byte, f Field) { s += "|" + string(name) + "=" + string(dst.Bytes(f.Span)) })
		if r.Kind == Failed {
			s += "|" + dst.Reasons[r.Reason]
		}
		return s
	}
	for i, want := range []string{"GET /x 200|a=GET|c=made by a stage", "k=v|k=v", "bad|no time"} {
		if got := said(i); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if r := dst.Records[0]; r.Offset != 7 || r.Size != 11 {
		t.Errorf("%+v", r)
	}
}

func TestADetachedBatchKeepsItsSegments(t *testing.T) {
	b := &Batch{Buf: make([]byte, 10, 100), Records: make([]Record, 2, 20), Body: make([]byte, 5, 50), Dropped: 3, Segments: []Segment{{End: 9, N: 2}}}
	spare := b.Detach()
	if cap(spare.Buf) != 100 || cap(spare.Records) != 20 || cap(spare.Body) != 50 || len(spare.Buf)+len(spare.Records)+len(spare.Segments) != 0 {
		t.Errorf("spare: %+v", spare)
	}
	if b.Buf != nil || b.Records != nil || len(b.Segments) != 1 || b.Segments[0].End != 9 || b.Dropped != 3 {
		t.Errorf("left: %+v", b)
	}
}
