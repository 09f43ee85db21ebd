package encode

import (
	"testing"

	"logskiff/record"
)

func TestBareLinesAreTheStreamsBytes(t *testing.T) {
	b := newBatch(10, "first", "", "third\r")
	b.Records[0].Flags, b.Records[0].Size, b.Segments[0].End = record.CR, 7, b.Segments[0].End+2
	b.Records[1].Offset, b.Records[2].Offset = 17, 18
	b.Records[2].Flags, b.Records[2].Size = record.CR, 8
	addSegment(b, testStream, 50, "\xff\x00", "the file ended here")
	last := &b.Records[4]
	last.Flags, last.Size = record.NoNewline, last.Size-1
	b.Segments[1].End--
	got, fits := NewBare().Append([]byte("x"), b)
	if !fits || string(got) != "xfirst\r\n\nthird\r\r\n\xff\x00\nthe file ended here\n" {
		t.Fatalf("%v %q", fits, got)
	}
}

// Where the lines lie in the batch as in the file, they are copied in one go; with the same result.
func TestBareLinesOfAFilesBytes(t *testing.T) {
	const text = "one\r\n\ntwo\nthree"
	b := &record.Batch{Buf: []byte("left by another" + text), Segments: []record.Segment{{Stream: testStream, Start: 7, End: 7 + int64(len(text)), N: 4}}}
	add := func(at, n int, flags record.Flags, size uint32) {
		b.Records = append(b.Records, record.Record{Offset: 7 + int64(at), Text: record.Span{Off: uint32(15 + at), Len: uint32(n)}, Flags: flags, Size: size})
	}
	add(0, 3, record.CR, 5)
	add(5, 0, 0, 1)
	add(6, 3, 0, 4)
	add(10, 5, record.NoNewline, 5)
	if _, ok := contiguous(b.Buf, b.Records); !ok {
		t.Error("they are not copied in one go")
	}
	if got, fits := NewBare().Append(nil, b); !fits || string(got) != text+"\n" {
		t.Fatalf("%v %q", fits, got)
	}
}

func TestWhatIsNotTextAloneDoesNotFitBareLines(t *testing.T) {
	for name, change := range map[string]func(b *record.Batch){
		"parsed":                   func(b *record.Batch) { b.Records[1].Kind = record.Pairs },
		"failed":                   func(b *record.Batch) { b.Fail(1, "x") },
		"an object":                func(b *record.Batch) { b.Records[1].Kind = record.Object },
		"with a time":              func(b *record.Batch) { b.Records[1].Time = 1 },
		"with the time of reading": func(b *record.Batch) { b.Records[1].Flags = record.ReadTime },
		"with a peer":              func(b *record.Batch) { b.Records[1].Brought = b.Brought.End(0, 0) },
		"a piece":                  func(b *record.Batch) { b.Records[1].Flags, b.Records[1].Part = record.Part, 1 },
		"the end of a message":     func(b *record.Batch) { b.Records[1].Part = 1 },
		"with a mark":              func(b *record.Batch) { b.Records[0].Flags = record.Marked },
		"decoded with a loss":      func(b *record.Batch) { b.Records[1].Flags = record.BadUTF8 },
		"decoded":                  func(b *record.Batch) { b.Records[1].Size++; b.Records[2].Offset++; b.Segments[0].End++ },
		"a gap":                    func(b *record.Batch) { b.Records[2].Offset++; b.Segments[0].End++ },
		"a gap in front":           func(b *record.Batch) { b.Segments[0].Start-- },
		"a gap at the end":         func(b *record.Batch) { b.Segments[0].End++ },
		"a group of lines":         func(b *record.Batch) { b.Buf[b.Records[1].Text.Off] = '\n' },
		"a bare carriage return":   func(b *record.Batch) { b.Buf[b.Records[1].Text.Off+b.Records[1].Text.Len-1] = '\r' },
		"an open line that went on": func(b *record.Batch) {
			b.Records[1].Flags, b.Records[1].Size, b.Records[2].Offset, b.Segments[0].End = record.NoNewline, 3, b.Records[2].Offset-1, b.Segments[0].End-1
		},
		"an open line with a return": func(b *record.Batch) { b.Records[2].Flags, b.Records[2].Size = record.CR|record.NoNewline, 4 },
	} {
		b := newBatch(10, "one", "two", "six")
		addSegment(b, testStream, 50, "more")
		change(b)
		if got, fits := NewBare().Append([]byte("x"), b); fits || string(got) != "x" {
			t.Errorf("%s: fits, as %q", name, got)
		}
	}
	if got, fits := NewBare().Append(nil, newBatch(10, "one", "two", "six")); !fits || string(got) != "one\ntwo\nsix\n" {
		t.Errorf("lines alone: %v %q", fits, got)
	}
	if _, fits := NewBare().Append(nil, &record.Batch{}); fits {
		t.Error("nothing fits")
	}
}

func BenchmarkBare(b *testing.B) {
	batch := newBatch(1<<33, accessLines(2000)...)
	e := NewBare()
	dst, fits := e.Append(nil, batch)
	if !fits {
		b.Fatal("they do not fit")
	}
	b.SetBytes(textBytes(batch))
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = e.Append(dst[:0], batch)
	}
}
