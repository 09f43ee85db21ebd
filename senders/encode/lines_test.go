package encode

import (
	"testing"

	"logskiff/record"
)

func TestLinesKeepEveryByteInItsPlace(t *testing.T) {
	b := newBatch(10, "first", "", "third")
	b.Records[0].Flags, b.Records[0].Size = record.CR, 7
	got := string(NewLines().Append([]byte("x"), b, 0, 3))
	if got != "xfirst\r\n\nthird\n" {
		t.Fatalf("got %q", got)
	}
}

func TestLinesEndEverySegmentWithANewline(t *testing.T) {
	part := func(b *record.Batch, i int, f record.Flags) { b.Records[i].Flags = record.Part | f }
	for name, c := range map[string]struct {
		setup       func(b *record.Batch)
		first, last int
		want        string
	}{
		"pieces join up":                      {func(b *record.Batch) { part(b, 0, 0); part(b, 1, record.LastPart) }, 0, 4, "ab\nc\nd\n"},
		"a piece ends a segment":              {func(b *record.Batch) { part(b, 2, 0) }, 0, 4, "a\nb\nc\nd\n"},
		"a piece ends what is asked":          {func(b *record.Batch) { part(b, 0, 0); part(b, 1, record.LastPart) }, 0, 1, "a\n"},
		"no newline at the end":               {func(b *record.Batch) { b.Records[3].Flags = record.NoNewline }, 2, 4, "c\nd\n"},
		"last piece without newline":          {func(b *record.Batch) { part(b, 3, record.LastPart|record.NoNewline) }, 3, 4, "d\n"},
		"failed and columns are sent as read": {func(b *record.Batch) { b.Fail(0, "x"); b.Records[1].Kind = record.Columns }, 0, 2, "a\nb\n"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBatch(0, "a", "b", "c")
			addSegment(b, testStream, 50, "d")
			c.setup(b)
			if got := string(NewLines().Append(nil, b, c.first, c.last)); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLinesMakeUpForTrimmedObjects(t *testing.T) {
	for _, c := range []struct {
		line  string
		flags record.Flags
		want  string
	}{
		{" {} ", 0, "{}  \n"},
		{" {} ", record.NoNewline, "{}  \n"},
		{" {}", record.CR, "{} \r\n"},
	} {
		b := newBatch(0, c.line)
		r := &b.Records[0]
		r.Kind, r.Flags, r.Text = record.Object, c.flags, record.Span{Off: 1, Len: 2}
		if c.flags&record.NoNewline != 0 {
			r.Size--
		}
		if c.flags&record.CR != 0 {
			r.Size++
		}
		if got := string(NewLines().Append(nil, b, 0, 1)); got != c.want {
			t.Errorf("%q flags %d: got %q, want %q", c.line, c.flags, got, c.want)
		}
	}
}

func BenchmarkLines(b *testing.B) {
	batch := newBatch(1<<33, accessLines(2000)...)
	e := NewLines()
	dst := e.Append(nil, batch, 0, 2000)
	b.SetBytes(textBytes(batch))
	b.ReportAllocs()
	for b.Loop() {
		dst = e.Append(dst[:0], batch, 0, 2000)
	}
}
