package parsers

import (
	"fmt"
	"strings"
	"testing"

	"logskiff/record"
)

// divided parses one record that stands at 1000 and covers so many bytes, and describes what became
// of it: offset+size and fields of each record.
func divided(t *testing.T, p Parser, size int, goesOn uint16, lines ...string) (out []string) {
	t.Helper()
	b := newBatch("before", strings.Join(lines, "\n"), "behind")
	b.Segments = []record.Segment{{First: 0, N: 1}, {First: 1, N: 1}, {First: 2, N: 1}}
	r := &b.Records[1]
	r.Offset, r.Size = 1000, uint32(size)
	r.Part = goesOn
	before := string(b.Buf)
	p.Parse(b)
	checkSpans(t, b, before)
	s := b.Segments[1]
	if s.First != 1 || s.N != len(b.Records)-2 || b.Segments[2].First != len(b.Records)-1 || b.Segments[2].N != 1 {
		t.Errorf("%d records in segments %+v", len(b.Records), b.Segments)
	}
	at := int64(1000)
	var texts []string
	for i := 1; i <= s.N; i++ {
		r := &b.Records[i]
		if r.Offset != at || r.Size == 0 {
			t.Errorf("record %d covers %d+%d, behind %d", i, r.Offset, r.Size, at)
		}
		at += int64(r.Size)
		texts = append(texts, string(b.Bytes(r.Text)))
		out = append(out, fmt.Sprintf("%d %s", r.Offset-1000, strings.TrimPrefix(timed(b, i), "2026-11-21T02:20:47.1Z ")))
	}
	if at != 1000+int64(size) || strings.Join(texts, "\n") != strings.Join(lines, "\n") {
		t.Errorf("records end at %d of %d, with the texts %q", at-1000, size, texts)
	}
	return out
}

func TestPiecesOfTwoStreamsArePutTogether(t *testing.T) {
	formats := map[string]struct {
		parser Parser
		line   func(stream, tag, text string) string
	}{
		"cri": {newCRI(t), func(stream, tag, text string) string {
			return "2026-11-21T02:20:47.1Z " + stream + " " + tag + " " + text
		}},
		"docker": {newDocker(t), func(stream, tag, text string) string {
			if tag == "F" {
				text += `\n`
			}
			return `{"log":"` + text + `","stream":"` + stream + `","time":"2026-11-21T02:20:47.1Z"}`
		}},
	}
	for name, format := range formats {
		f := func(goesOn uint16, short int, want string, lines ...string) {
			t.Helper()
			var all []string
			var begins []int
			at := 0
			for _, l := range lines {
				word := strings.SplitN(l, " ", 3)
				l = format.line(map[string]string{"o": "stdout", "e": "stderr"}[word[0]], word[1], word[2])
				all, begins = append(all, l), append(begins, at)
				at += len(l) + 1
			}
			got := strings.Join(divided(t, format.parser, at-short, goesOn, all...), "; ")
			for i := len(begins) - 1; i >= 0; i-- {
				want = strings.ReplaceAll(want, fmt.Sprintf("#%d", i), fmt.Sprint(begins[i]))
			}
			want = strings.NewReplacer("=o", `="stdout"`, "=e", `="stderr"`).Replace(want)
			if got != want {
				t.Errorf("%s: %q\n got %s\nwant %s", name, lines, got, want)
			}
		}
		f(0, 0, `#0 message="one two three" stream=o; #1 message="x" stream=e; #3 message="y" stream=e`, "o P one ", "e F x", "o P two ", "e F y", "o F three")
		f(0, 0, `#0 message="one two" stream=o; #1 message="xy" stream=e`, "o P one ", "e P x", "o F two", "e F y")
		f(0, 0, `#0 message="one two" stream=o; #1 message="xy" stream=e partial=true`, "o P one ", "e P x", "o F two", "e P y")
		f(0, 0, `#0 message="one " stream=o partial=true; #1 message="x" stream=e`, "o P one ", "e F x")
		f(0, 0, `#0 message="x" stream=e; #1 message="one" stream=o; #2 message="two" stream=o`, "e F x", "o F one", "o F two")
		f(3, 0, `#0 message="x" stream=e continued=true; #1 message="one" stream=o continued=true; #2 message="two" stream=o`, "e F x", "o F one", "o F two")
		f(1, 0, `#0 message="x" stream=e; #1 message="one" stream=o continued=true`, "e F x", "o F one")
		f(1, 0, `#0 message="onetwo" stream=o continued=true`, "o P one", "o F two")
		f(1, 0, `#0 message="one" stream=o partial=true continued=true`, "o P one")
		f(2, 0, `#0 message="one" stream=o`, "o F one")
	}
	// The record's last lines lie in the stream behind a rotation: its bytes are divided as they must be.
	const out, err = `2026-11-21T02:20:47.1Z stdout `, `2026-11-21T02:20:47.1Z stderr `
	got := divided(t, newCRI(t), len(out)+4, 0, out+"P a ", err+"F b", err+"F c", out+"F d")
	if want := fmt.Sprintf(`0 message="a d" stream="stdout"; %d message="b" stream="stderr"; %d message="c" stream="stderr"`, len(out)+2, len(out)+3); strings.Join(got, "; ") != want {
		t.Errorf("got %q", got)
	}
	if got := divided(t, newCRI(t), 1, 0, out+"P a ", err+"F b"); got[0] != "0 failed: lines of two streams in a record that is too short for them" {
		t.Errorf("got %q", got)
	}
	if got := divided(t, newCRI(t), 100, 0, out+"P a ", err+"F b", "x"); got[0] != "0 failed: not a CRI line" {
		t.Errorf("got %q", got)
	}
}
