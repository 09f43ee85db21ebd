package lines

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"logskiff/conf"
	"logskiff/record"
)

func TestAnExcerptIsCutAsAFileIs(t *testing.T) {
	const max = conf.Size(1 << 10)
	long := strings.Repeat("x", 2500)
	f := func(encoding, text string, want ...string) {
		t.Helper()
		for _, lines := range []int{1, 3, 1000} {
			for name, in := range map[string]io.Reader{"at once": strings.NewReader(text), "by bytes": iotest.OneByteReader(strings.NewReader(text))} {
				e, err := NewExcerpt(Settings{Encoding: encoding, MaxLine: max}, in, &record.Stream{})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				var b record.Batch
				var at int64
				for b.Reset(); ; b.Reset() {
					err := e.Next(&b, lines)
					if err == io.EOF {
						break
					}
					if err != nil || len(b.Records) == 0 || len(b.Records) > lines || b.Segments[0].Start != at {
						t.Fatalf("%v, %d records, from %d", err, len(b.Records), b.Segments[0].Start)
					}
					for _, r := range b.Records {
						if r.Offset != at {
							t.Fatalf("a record at %d, want %d", r.Offset, at)
						}
						at += int64(r.Size)
						got = append(got, fmt.Sprintf("%s %d", b.Bytes(r.Text), r.Flags))
					}
				}
				if strings.Join(got, "|") != strings.Join(want, "|") || at != int64(len(text)) {
					t.Errorf("%.20q %s, %d lines at once: got %.99q to %d, want %.99q", text, name, lines, got, at, want)
				}
			}
		}
	}
	f("utf-8", "")
	f("utf-8", "a\nb\r\n\nc\n", "a 0", fmt.Sprint("b ", record.CR), " 0", "c 0")
	f("utf-8", "a\nb", "a 0", fmt.Sprint("b ", record.NoNewline))
	f("utf-8", long+"\nb\n", long[:1024]+" 1", long[:1024]+" 1", long[:452]+" 3", "b 0")
	f("latin1", "\xe9\n\xe8", "é 0", fmt.Sprint("è ", record.NoNewline))
	f("utf-16le", "\xff\xfea\x00\n\x00b\x00\n\x00", "a 0", "b 0")
}

func TestAnExcerptThatCannotBeReadSaysWhy(t *testing.T) {
	e, err := NewExcerpt(Default(), iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a\nb\n"))), &record.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Next(&record.Batch{}, 10); err != iotest.ErrTimeout {
		t.Errorf("got %v", err)
	}
	if _, err := NewExcerpt(Settings{Encoding: "x"}, nil, nil); err == nil {
		t.Error("an unknown encoding")
	}
}

func TestAnExcerptLeavesTheMarkOut(t *testing.T) {
	e, err := NewExcerpt(Default(), strings.NewReader("\xEF\xBB\xBFone\ntwo\n"), &record.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	b := new(record.Batch)
	if err := e.Next(b, 10); err != nil || string(b.Bytes(b.Records[0].Text)) != "one" || b.Records[0].Size != 7 {
		t.Fatalf("%v, %+v", err, b.Records)
	}
}
