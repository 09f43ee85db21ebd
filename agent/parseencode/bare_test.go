package parseencode

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"logskiff/parsers"
	"logskiff/record"
	"logskiff/record/wire"
	"logskiff/senders/encode"
)

// rawBatch cuts streams' bytes into raw lines as a reader does; what stands behind the last newline is
// an open line. Spaced keeps the lines apart in the batch's buffer.
func rawBatch(spaced bool, streams ...string) *record.Batch {
	b := &record.Batch{}
	for i, text := range streams {
		s := record.Segment{Stream: &record.Stream{ID: record.StreamID{byte(i + 1)}, Path: "/var/log/é" + strings.Repeat("x", i),
			Origin: &record.Origin{Host: "h", Source: "s", Tags: []record.Tag{{Key: "k", Value: "\"v"}}}}, Start: int64(1000 * i), First: len(b.Records)}
		at := s.Start
		for len(text) > 0 {
			line, rest, ended := strings.Cut(text, "\n")
			r := record.Record{Offset: at, Size: uint32(len(text) - len(rest))}
			content, cr := strings.CutSuffix(line, "\r")
			switch {
			case !ended:
				content, r.Flags = line, record.NoNewline
			case cr:
				r.Flags = record.CR
			}
			r.Text = record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(content))}
			b.Buf = append(b.Buf, text[:r.Size]...)
			if spaced {
				b.Buf = append(b.Buf[:int(r.Text.Off)+len(content)], 'X')
			}
			b.Records = append(b.Records, r)
			at, text = at+int64(r.Size), rest
		}
		s.N, s.End = len(b.Records)-s.First, at
		if s.N > 0 {
			b.Segments = append(b.Segments, s)
		}
	}
	return b
}

// stored is what a forwarder's sender.file writes of a batch that came, behind a parser.
func stored(got *record.Batch, p parsers.Parser) []byte {
	p.Parse(got)
	return encode.NewStored([]string{"stream", "host", "source", "path", "tags"}).Append(nil, got, 0, len(got.Records))
}

// mustBeTheSame sends b in both forms and compares what a forwarder makes of them, for parsers that take them
// apart and for one that does not.
func mustBeTheSame(t testing.TB, f *forwarder, b *record.Batch) {
	t.Helper()
	body, fits := encode.NewBare().Append(nil, b)
	if !fits {
		t.Fatalf("%q does not fit bare lines", b.Buf)
	}
	for _, kind := range []string{"json", "raw", "logfmt"} {
		objects, no := f.send(t, b)
		bare, no2 := f.post(t, b, wire.LinesType, body)
		if no != "" || no2 != "" || len(objects.Records) != len(b.Records) {
			t.Fatalf("%q: %d records, %s, %s", b.Buf, len(objects.Records), no, no2)
		}
		for i := range objects.Records {
			o, r := objects.Records[i], bare.Records[i]
			if !bytes.Equal(objects.Bytes(o.Text), bare.Bytes(r.Text)) {
				t.Fatalf("%q became %q, not %q", b.Buf, bare.Bytes(r.Text), objects.Bytes(o.Text))
			}
			if o.Text, r.Text = (record.Span{}), (record.Span{}); o != r || o.Offset != b.Records[i].Offset || o.Size != b.Records[i].Size {
				t.Fatalf("%q became %+v, not %+v", b.Buf, r, o)
			}
		}
		p := newParser(t, kind)
		if want, got := stored(objects, p), stored(bare, p); !bytes.Equal(want, got) || len(want) == 0 {
			t.Fatalf("%q is stored as %s, not as %s", b.Buf, got, want)
		}
	}
}

var nastyStreams = []string{
	"a line\n", "a\r\n\nb\r\r\n\r\n", "\xff\xfe\n\x00\x01\x1f\"\\\t\n", "\uFEFFa mark\n", "no end", "\r", "\n", "é€😀\xe2\x82\n\u2028\n",
	`{"_size":9,"_offset":1,"message":"x"}` + "\n" + `{"message":"y"}` + "\n", strings.Repeat("\x00", 5000) + "\n" + strings.Repeat("long ", 9000),
}

func TestBareLinesBecomeWhatObjectsBecome(t *testing.T) {
	f := newForwarder(t)
	for _, text := range nastyStreams {
		mustBeTheSame(t, f, rawBatch(false, text))
		mustBeTheSame(t, f, rawBatch(true, text, text+text, "z"))
	}
	mustBeTheSame(t, f, rawBatch(false, nastyStreams...))
	rnd := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "\n", "\r\n", "\r", "\x00", "\"", "\\", "\xff", "\xc3", "é", " ", "\uFEFF", "word "}
	for range 200 {
		streams := make([]string, 1+rnd.IntN(4))
		for i := range streams {
			var text strings.Builder
			for range 1 + rnd.IntN(40) {
				text.WriteString(pieces[rnd.IntN(len(pieces))])
			}
			streams[i] = text.String()
		}
		mustBeTheSame(t, f, rawBatch(rnd.IntN(2) == 0, streams...))
	}
}

// A body of a batch in which something is left out, or made, must not be one of bare lines.
func TestOnlyWhatCountsRightIsSentAsBareLines(t *testing.T) {
	text := "one\ntwo\nthree\nfour\n"
	for i := range 4 {
		b := rawBatch(false, text)
		b.Records[i].Kind = record.Dropped
		b.RemoveDropped()
		if body, fits := encode.NewBare().Append(nil, b); fits {
			t.Errorf("without line %d: %q", i, body)
		}
	}
	for _, kind := range []string{"json", "logfmt", "cri", "combined"} {
		b := rawBatch(false, text)
		newParser(t, kind).Parse(b)
		if body, fits := encode.NewBare().Append(nil, b); fits && slices.ContainsFunc(b.Records, func(r record.Record) bool { return r.Kind != record.Raw }) {
			t.Errorf("parsed as %s: %q", kind, body)
		}
	}
}

func FuzzBareLinesBecomeWhatObjectsBecome(f *testing.F) {
	for i, text := range nastyStreams {
		f.Add(text, nastyStreams[len(nastyStreams)-1-i], true)
		f.Add(text, "", false)
	}
	to := newForwarder(f)
	f.Fuzz(func(t *testing.T, one, two string, spaced bool) {
		if one == "" {
			t.Skip("no line")
		}
		mustBeTheSame(t, to, rawBatch(spaced, one, two))
	})
}
