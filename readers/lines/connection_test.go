package lines

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"logskiff/record"
)

// cutConnection cuts what comes over a connection by pieces of those sizes, as a reader does that keeps only what is not cut yet.
func cutConnection(c *Cutter, text string, size func() int, room int) (recs []record.Record, texts []string) {
	conn := c.Connection()
	var buf []byte
	off := int64(0)
	note := func(n int) {
		for _, r := range recs[n:] {
			texts = append(texts, string(buf[r.Text.Off:r.Text.Off+r.Text.Len]))
		}
	}
	for rest := text; ; {
		for n := -1; n < len(recs); {
			n = len(recs)
			at := 0
			recs, at = conn.Cut(recs, buf, 0, len(buf), off, room)
			note(n)
			buf, off = append([]byte(nil), buf[at:]...), off+int64(at)
			conn.Shift(at)
		}
		if rest == "" {
			break
		}
		n := min(len(rest), 1+size())
		buf, rest = append(buf, rest[:n]...), rest[n:]
	}
	for len(buf) > 0 {
		n, at := len(recs), 0
		recs, at = conn.Rest(recs, buf, 0, len(buf), off, 1)
		note(n)
		buf, off = buf[at:], off+int64(at)
		conn.Shift(at)
	}
	for i := range recs { // where a text lies is the caller's business
		recs[i].Text.Off = 0
	}
	return recs, texts
}

func newCutter(t testing.TB, s Settings) *Cutter {
	t.Helper()
	c, err := NewCutter(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheFramingOfEachConnectionIsTold(t *testing.T) {
	s := Default()
	s.MaxLine = 1024
	c := newCutter(t, s)
	long := "<1>" + strings.Repeat("x", 2500)
	f := func(text string, want ...string) {
		t.Helper()
		for _, size := range []int{0, 1, 6, len(text)} {
			recs, texts := cutConnection(c, text, func() int { return size }, 3)
			var got []string
			for i, r := range recs {
				got = append(got, fmt.Sprintf("%s %d", texts[i], r.Flags))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%.99q by %d: got %.300q, want %.300q", text, size+1, got, want)
			}
		}
	}
	noNewline := fmt.Sprint(" ", record.NoNewline)
	// Lines.
	f("")
	f("<34>a\n<34>b\r\n", "<34>a 0", fmt.Sprint("<34>b ", record.CR))
	f("5 apples\n<1>b\n", "5 apples 0", "<1>b 0")
	f("2026-11-28 a\nb", "2026-11-28 a 0", "b"+noNewline)
	f("12345678901\n", "12345678901 0")
	f("12", "12"+noNewline)
	f("\n5 <1>a", " 0", "5 <1>a"+noNewline)
	// Counts.
	f("4 <1>a4 <1>b", "<1>a 0", "<1>b 0")
	f("6 <1>a\nb4 <1>c", "<1>a\nb 0", "<1>c 0")
	f("5 <1>a\n6 <1>b\r\n4 <1>c\r\n4 <1>d\n", "<1>a 0", fmt.Sprint("<1>b ", record.CR), "<1>c 0", "<1>d 0")
	f("3 <1>\n\n\n3 <2>", "<1> 0", " 0", "<2> 0")
	f("4 <1>a40 <1>b", "<1>a 0", "<1>b"+noNewline)
	f("4 <1>a40", "<1>a 0", "40"+noNewline)
	f(fmt.Sprint(len(long), " ", long, "4 <1>b"), long[:1024]+" 1", long[1024:2048]+" 1", long[2048:]+" 3", "<1>b 0")
	// Counts that are too small, too large, or none.
	f("5 <1>é!4 <1>b", "<1>é 0", "! 0", "<1>b 0")
	f("6 <1>a4 <1>b4 <1>c", "<1>a4  0", "<1>b 0", "<1>c 0")
	f("4 <1>astray\nmore\n04 <1>b", "<1>a 0", "stray 0", "more 0", "0 0", "<1>b 0")
	f("4 <1>a999999999 <1>b", "<1>a 0", "9 0", "<1>b"+noNewline)
	f("4 <1>a"+strings.Repeat("y", 1024)+"\n4 <1>b", "<1>a 0", strings.Repeat("y", 1024)+" 0", "<1>b 0")
	f("4 <1>a"+strings.Repeat("y", 1030)+"4 <1>b", "<1>a 0", strings.Repeat("y", 1024)+" 1", strings.Repeat("y", 6)+" 3", "<1>b 0")
}

func TestGroupsOverAConnection(t *testing.T) {
	s := Default()
	s.Multiline.Preset = "java"
	c := newCutter(t, s)
	for size := range 7 {
		_, got := cutConnection(c, "one\njava.lang.Error: x\n\tat a\n\tat b\ntwo\n\tat c", func() int { return size }, 2)
		if want := []string{"one\njava.lang.Error: x\n\tat a\n\tat b", "two\n\tat c"}; !slices.Equal(got, want) {
			t.Errorf("by %d: %q", size+1, got)
		}
	}
}

func FuzzConnectionCutsWhereTheBytesSay(f *testing.F) {
	f.Add(uint64(1), []byte("4 <1>a5 <1>b\n"))
	f.Add(uint64(2), []byte("4 <1>a"+strings.Repeat("y", 130)+"4 <1>b123456789 <1>"))
	f.Add(uint64(3), []byte("200 <1>"+strings.Repeat("é\r\n", 90)))
	f.Add(uint64(4), []byte("a\nb\r\n\r\nc"))
	f.Add(uint64(5), []byte("5 <1>é!4 <1>b\n\r\n\r3 <1>0"))
	f.Fuzz(func(t *testing.T, seed uint64, text []byte) {
		c := &Cutter{max: 60, set: Charset{unit: 1, width: utf8Width}}
		if seed%3 == 1 {
			c.rule, c.maxLines, c.maxBytes = ruleOf("java"), 3, 100
		}
		once, texts := cutConnection(c, string(text), func() int { return len(text) }, 1_000_000)
		rnd := rand.New(rand.NewPCG(seed, 0))
		many, again := cutConnection(c, string(text), func() int { return rnd.IntN(40) }, 1+rnd.IntN(4))
		if !slices.Equal(once, many) || !slices.Equal(texts, again) {
			t.Fatalf("at once %+v %q\nin pieces %+v %q", once, texts, many, again)
		}
		end := int64(0)
		for i, r := range once {
			if r.Offset != end || r.Size == 0 || int(r.Text.Len) > int(r.Size) || !strings.Contains(string(text[r.Offset:r.Offset+int64(r.Size)]), texts[i]) {
				t.Fatalf("a record %+v %q after %d", r, texts[i], end)
			}
			end += int64(r.Size)
		}
		if rest := text[end:]; !regexp.MustCompile(`^[\r\n]*([0-9]+ )?$`).Match(rest) { // newlines, or a count of which nothing came
			t.Fatalf("%q is in no record", rest)
		}
	})
}

func FuzzCountedMessagesComeBack(f *testing.F) {
	f.Add("a\nb", "", "5 <1>x")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var text strings.Builder
		var want []string
		for _, m := range []string{a, b, c} {
			m = "<13>" + m
			fmt.Fprintf(&text, "%d %s", len(m), m)
			w, found := strings.CutSuffix(m, "\n")
			if found {
				w = strings.TrimSuffix(w, "\r")
			}
			want = append(want, w)
		}
		if _, got := cutConnection(newCutter(t, Default()), text.String(), func() int { return 3 }, 2); !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestNoAllocationsForACountedMessage(t *testing.T) {
	c := newCutter(t, Default())
	buf := []byte(strings.Repeat("6 <34>ab", 1000))
	recs := make([]record.Record, 0, 1000)
	if n := testing.AllocsPerRun(100, func() {
		conn := c.Connection()
		recs, _ = conn.Cut(recs[:0], buf, 0, len(buf), 0, 1000)
	}); n > 0 || len(recs) != 1000 {
		t.Errorf("%v allocations for %d messages", n, len(recs))
	}
}

func BenchmarkConnection(b *testing.B) {
	c := newCutter(b, Default())
	recs := make([]record.Record, 0, 100_000)
	for name, message := range map[string]string{"newlines": strings.Repeat("x", 219) + "\n", "counts": "215 <34>" + strings.Repeat("x", 211)} {
		buf := []byte(strings.Repeat(message, 4800))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				conn := c.Connection()
				recs, _ = conn.Cut(recs[:0], buf, 0, len(buf), 0, cap(recs))
			}
		})
	}
}
