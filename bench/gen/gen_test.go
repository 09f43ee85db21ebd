package gen

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestLinesAreWellFormedInEveryShape(t *testing.T) {
	combined := regexp.MustCompile(`^[0-9a-f.:]+ - \S+ \[([^\]]{26})\] "[A-Z]+ /\S*sq=(\d{10})\S* HTTP/[12]\.[01]" \d{3} \d+ "[^"]+" "[^"]+"\n$`)
	sets := map[Shape]*Set{}
	for s := Combined; s <= Embedded; s++ {
		sets[s] = NewSet(s)
	}
	var last time.Time
	for _, seq := range []uint64{0, 1, 999, 1000, Cycle - 1, Cycle, 3 * Cycle, 5_000_000} {
		line := string(sets[Combined].Append(nil, seq))
		m := combined.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("not a combined line: %q", line)
		}
		at, err := time.Parse("02/Jan/2006:15:04:05 -0700", m[1])
		if err != nil || at.Before(last) {
			t.Errorf("time of line %d: %v, %v after %v", seq, err, at, last)
		}
		last = at

		var message struct{ Message string }
		decode(t, "{"+string(sets[Message].Append(nil, seq)), &message)
		if message.Message+"\n" != line {
			t.Errorf("message %q is not line %q", message.Message, line)
		}
		var embedded string
		decode(t, `"`+string(sets[Embedded].Append(nil, seq))+`"`, &embedded)
		if embedded+"\n" != line {
			t.Errorf("embedded %q is not line %q", embedded, line)
		}
		var columns map[string]any
		decode(t, "{"+string(sets[Columns].Append(nil, seq)), &columns)
		if uri, _ := columns["request_uri"].(string); !strings.Contains(line, uri) || !strings.Contains(uri, Marker+m[2]) {
			t.Errorf("request_uri %q is not in line %q", uri, line)
		}
		var log map[string]any
		decode(t, string(sets[JSONLog].Append(nil, seq)), &log)
		if log["uri"] != columns["request_uri"] {
			t.Errorf("uri %q, want %q", log["uri"], columns["request_uri"])
		}
		if got := "{" + string(sets[Spliced].Append(nil, seq)); got != string(sets[JSONLog].Append(nil, seq)) {
			t.Errorf("spliced %q is not the JSON line", got)
		}
	}
}

func decode(t *testing.T, s string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), v); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
}

func TestLinesAreAsLongAsRealOnes(t *testing.T) {
	if mean := NewSet(Combined).total / Cycle; mean < 205 || mean > 230 {
		t.Errorf("a combined line has %d bytes on average, want about 220", mean)
	}
	if mean := NewSet(JSONLog).total / Cycle; mean < 230 || mean > 330 {
		t.Errorf("a JSON line has %d bytes on average, want about 280", mean)
	}
}

func TestMarkerStandsOnceInEveryLine(t *testing.T) {
	for s := Combined; s <= Embedded; s++ {
		c := NewSet(s).NewCursor()
		for range Cycle {
			line := c.Append(nil)
			seq, at := FindSeq(line)
			if bytes.Count(line, []byte(Marker)) != 1 || seq != c.Seq() || at != c.SeqOff() {
				t.Fatalf("shape %d: seq %d at %d in %q", s, seq, at, line)
			}
			c.Next()
		}
	}
}

func TestMatchTakesTheLineAndNothingElse(t *testing.T) {
	for s := Combined; s <= Embedded; s++ {
		set := NewSet(s)
		c := set.NewCursor()
		for _, seq := range []uint64{0, 7, 999, 1000, 1001, Cycle + 7} {
			c.Seek(seq)
			line := set.Append(nil, seq)
			if !c.Match(line) || !c.Match(append(line, "more"...)) {
				t.Fatalf("shape %d line %d does not match itself", s, seq)
			}
			for i := range line {
				line[i] ^= 1
				if c.Match(line) {
					t.Fatalf("shape %d line %d: a change at byte %d went unnoticed", s, seq, i)
				}
				line[i] ^= 1
			}
			if c.Match(line[:len(line)-1]) {
				t.Fatalf("shape %d: a cut line matches", s)
			}
			c.Seek(seq + Cycle)
			if c.Match(line) {
				t.Fatalf("shape %d: another number matches", s)
			}
		}
	}
}

func TestCursorNextIsSeek(t *testing.T) {
	set := NewSet(Combined)
	a, b := set.NewCursor(), set.NewCursor()
	for seq := range uint64(2*Cycle + 5) {
		if seq%501 == 0 {
			b.Seek(seq)
			if got, want := a.Append(nil), b.Append(nil); !bytes.Equal(got, want) {
				t.Fatalf("line %d: %q, want %q", seq, got, want)
			}
		}
		a.Next()
	}
}

func TestFileHoldsEveryLineAtItsOffset(t *testing.T) {
	const n = Cycle + 100
	dir := t.TempDir()
	path, size, err := File(dir, Combined, n)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || int64(len(data)) != size {
		t.Fatalf("%d bytes, want %d; %v", len(data), size, err)
	}
	set := NewSet(Combined)
	c := set.NewCursor()
	for c.Seq() < n {
		if !c.Match(data[set.Offset(c.Seq()):]) {
			t.Fatalf("line %d is not at its offset", c.Seq())
		}
		c.Next()
	}
	before, _ := os.Stat(path)
	if _, _, err := File(dir, Combined, n); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(path); !os.SameFile(before, after) {
		t.Error("a good file was written again")
	}
	if err := Warm(path); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%d files left in the folder", len(left))
	}
}

func BenchmarkAppend(b *testing.B) {
	c := NewSet(Combined).NewCursor()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = c.Append(buf[:0])
		b.SetBytes(int64(len(buf)))
		c.Next()
	}
}

func BenchmarkMatch(b *testing.B) {
	const n = 4000
	set := NewSet(Message)
	var body []byte
	c := set.NewCursor()
	for range n {
		body = c.Append(body)
		c.Next()
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		c.Seek(0)
		for rest := body; len(rest) > 0; c.Next() {
			if !c.Match(rest) {
				b.Fatal("no match")
			}
			rest = rest[c.Len():]
		}
	}
}
