package lines

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"logskiff/record"
)

// excerpts returns the records of a text, read so much at once.
func excerpts(t testing.TB, c Settings, text string, at, lines int) (texts []string, recs []record.Record) {
	t.Helper()
	var in io.Reader = strings.NewReader(text)
	if at == 1 {
		in = iotest.OneByteReader(in)
	} else if at == 2 {
		in = iotest.HalfReader(in)
	}
	e, err := NewExcerpt(c, in, &record.Stream{})
	if err != nil {
		t.Fatal(err)
	}
	end := int64(0)
	for {
		b := new(record.Batch)
		if err := e.Next(b, lines); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, r := range b.Records {
			if r.Offset != end {
				t.Fatalf("a record at %d after %d", r.Offset, end)
			}
			end += int64(r.Size)
			texts, recs = append(texts, string(b.Bytes(r.Text))), append(recs, r)
		}
	}
	if end != int64(len(text)) {
		t.Fatalf("records end at %d of %d", end, len(text))
	}
	return texts, recs
}

// traces returns the groups of a file in testdata, without their last newline.
func traces(t testing.TB, name string) (groups []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "multiline", name))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range strings.Split(string(text), "----8<----\n") {
		groups = append(groups, strings.TrimSuffix(g, "\n"))
	}
	return groups
}

func TestPresetsJoinWhatSoftwareWrites(t *testing.T) {
	tested := map[string]bool{"kotlin": true, "dotnet": true} // are java
	files, err := os.ReadDir("testdata/multiline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		preset := strings.TrimSuffix(f.Name(), ".txt")
		tested[preset] = true
		want := traces(t, f.Name())
		for _, newline := range []string{"\n", "\r\n"} {
			text := strings.ReplaceAll(strings.Join(want, "\n")+"\n", "\n", newline)
			c := Default()
			c.Multiline.Preset = preset
			for read := range 3 {
				got, recs := excerpts(t, c, text, read, 3)
				for i, w := range want {
					if w = strings.ReplaceAll(w, "\n", newline); i >= len(got) || got[i] != w {
						t.Fatalf("%s: record %d is\n%q, want\n%q", preset, i, got[min(i, len(got)-1)], w)
					}
					if newline == "\r\n" && recs[i].Flags != record.CR {
						t.Fatalf("%s: record %d has flags %b", preset, i, recs[i].Flags)
					}
				}
				if len(got) != len(want) {
					t.Fatalf("%s: %d records, want %d", preset, len(got), len(want))
				}
			}
		}
	}
	for _, p := range Presets() {
		if !tested[p] || ruleOf(p) == nil {
			t.Errorf("%s is not tested", p)
		}
	}
}

func TestStartAndContinue(t *testing.T) {
	f := func(m Multiline, text string, want ...string) {
		t.Helper()
		c := Default()
		d := defaultMultiline()
		m.MaxBytes, m.Flush = d.MaxBytes, d.Flush
		if m.MaxLines == 0 {
			m.MaxLines = d.MaxLines
		}
		c.Multiline = m
		c.MaxLine = 1024
		for read := range 3 {
			if got, _ := excerpts(t, c, text, read, 2); !slices.Equal(got, want) {
				t.Errorf("%q is cut into %q, want %q", text, got, want)
			}
		}
	}
	long := strings.Repeat("x", 1024)
	f(Multiline{Start: `^\d`}, "rest\n1\na\n2\n3\nb\n\n", "rest", "1\na", "2", "3\nb\n")
	f(Multiline{Start: `^\d`}, "1\na\nhalf", "1\na\nhalf")
	f(Multiline{Start: `^\d`}, "1\na\n2 half", "1\na", "2 half")
	f(Multiline{Continue: `^\s`}, " a\nb\n c\n\td\ne\n", " a", "b\n c\n\td", "e")
	f(Multiline{Continue: `^\s`, MaxLines: 2}, "a\n b\n c\n d\n e\n", "a\n b", " c\n d", " e")
	f(Multiline{Continue: `^x|^ `}, "a\n b\nx"+long+"\n c\nd\n", "a\n b", "x"+long[1:], "x", " c", "d")
	f(Multiline{Start: `^ä`}, "äa\nb\näc\n", "äa\nb", "äc")
}

func TestGroupsOfMostBytes(t *testing.T) {
	c := Default()
	c.Multiline.Continue, c.Multiline.MaxBytes, c.Multiline.MaxLines = `^ `, 1024, 1000
	line := " " + strings.Repeat("x", 98) + "\n"
	text := strings.Repeat(line, 25) + "a" + strings.Repeat("y", 2000) + "\n" + line
	for read := range 3 {
		_, recs := excerpts(t, c, text, read, 100)
		var sizes []uint32
		for _, r := range recs {
			sizes = append(sizes, r.Size)
		}
		if want := []uint32{1000, 1000, 500, 2002, 100}; !slices.Equal(sizes, want) {
			t.Fatalf("sizes are %d, want %d", sizes, want)
		}
	}
}

func TestGroupsInOtherEncodings(t *testing.T) {
	text := "错误 1\n  在 甲\r\n  在 乙\n错误 2\n"
	want := []string{"错误 1\n  在 甲\r\n  在 乙", "错误 2"}
	le, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	gb, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{"utf-16le": le, "gbk": gb, "utf-8": text} {
		c := Default()
		c.Encoding, c.Multiline.Start = name, "^错误"
		for read := range 3 {
			if got, _ := excerpts(t, c, raw, read, 10); !slices.Equal(got, want) {
				t.Fatalf("%s: got %q, want %q", name, got, want)
			}
		}
	}
}

func TestSettingsOfMultiline(t *testing.T) {
	f := func(set func(m *Multiline), want string) {
		t.Helper()
		c := Default()
		set(&c.Multiline)
		var errs []error
		c.Check(func(key, msg, _ string) { errs = append(errs, fmt.Errorf("%s: %s", key, msg)) })
		err := errors.Join(errs...)
		if want == "" && err == nil {
			return
		}
		if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(func(m *Multiline) {}, "")
	f(func(m *Multiline) { m.Preset = "java" }, "")
	f(func(m *Multiline) { m.Preset = "jav" }, "multiline.preset: .*not known.*")
	f(func(m *Multiline) { m.Preset, m.Start = "java", "^x" }, "multiline: must have only one")
	f(func(m *Multiline) { m.Start = "(" }, "multiline.start: .*missing")
	f(func(m *Multiline) { m.Continue = "(" }, "multiline.continue: .*missing")
	f(func(m *Multiline) { m.MaxLines = 10 }, "multiline: needs one of")
	f(func(m *Multiline) { m.Preset, m.MaxLines = "go", 0 }, "multiline.max_lines: ")
	f(func(m *Multiline) { m.Preset, m.MaxBytes = "go", 1 }, "multiline.max_bytes: ")
	f(func(m *Multiline) { m.Preset, m.Flush = "go", 1 }, "multiline.flush: ")
}

// pieces frames a text that grows by those sizes, as a turn does: from the first byte of
// the group under way.
func pieces(c *Cutter, buf []byte, sizes func() int, room int) (recs []record.Record) {
	at, to := 0, 0
	var part uint16
	var waiting State
	for to < len(buf) {
		fr := c.Framer()
		fr.Waiting = waiting
		for n := 1 + sizes()%3; n > 0 && to < len(buf); n-- {
			to = min(len(buf), to+1+sizes())
			for n := -1; n < len(recs); {
				n = len(recs)
				recs, at = fr.Cut(recs, buf, at, to, int64(at), &part, room)
			}
		}
		if to == len(buf) {
			for n := -1; n < len(recs); {
				n = len(recs)
				recs, at = fr.Rest(recs, buf, at, to, int64(at), &part, room)
			}
		}
		waiting = fr.Waiting
	}
	return recs
}

func FuzzFramerCutsWhereTheBytesSay(f *testing.F) {
	for i, p := range Presets() {
		f.Add(byte(i), uint64(i), []byte(strings.Join(traces(f, strings.NewReplacer("kotlin", "java", "dotnet", "java").Replace(p)+".txt"), "\n")))
	}
	f.Add(byte(3), uint64(1), []byte("a\n\n\n\r\n x\x00\n"))
	f.Fuzz(func(t *testing.T, preset byte, seed uint64, text []byte) {
		all := Presets()
		c := &Cutter{
			max: 100, set: Charset{unit: 1}, rule: ruleOf(all[int(preset)%len(all)]),
			maxLines: 1 + int(seed%13), maxBytes: 64,
		}
		once := pieces(c, text, func() int { return len(text) }, 1000000)
		rnd := rand.New(rand.NewPCG(seed, 0))
		many := pieces(c, text, func() int { return rnd.IntN(70) }, 1+rnd.IntN(5))
		if !slices.Equal(once, many) {
			t.Fatalf("%s: at once %+v\nin pieces %+v", all[int(preset)%len(all)], once, many)
		}
		end := int64(0)
		for _, r := range once {
			if r.Offset != end || int64(r.Text.Off) != end || r.Text.Len > r.Size {
				t.Fatalf("a record %+v after %d", r, end)
			}
			end += int64(r.Size)
		}
		if end != int64(len(text)) {
			t.Fatalf("records end at %d of %d", end, len(text))
		}
	})
}

func TestNoAllocationsForALineOfAGroup(t *testing.T) {
	for _, p := range Presets() {
		name := strings.NewReplacer("kotlin", "java", "dotnet", "java").Replace(p)
		buf := []byte(strings.Join(traces(t, name+".txt"), "\n") + "\n")
		set := Default()
		set.Multiline.Preset = p
		c, err := NewCutter(set)
		if err != nil {
			t.Fatal(err)
		}
		recs := make([]record.Record, 0, 1000)
		if n := testing.AllocsPerRun(100, func() {
			var part uint16
			fr := c.Framer()
			recs, _ = fr.Cut(recs[:0], buf, 0, len(buf), 0, &part, 1000)
		}); n > 0 {
			t.Errorf("%s: %v allocations", p, n)
		}
	}
}

func BenchmarkMultiline(b *testing.B) {
	run := func(name string, m Multiline, text []byte) {
		b.Run(name, func(b *testing.B) {
			set := Default()
			set.Multiline = m
			c, err := NewCutter(set)
			if err != nil {
				b.Fatal(err)
			}
			buf := bytes.Repeat(text, 1+(1<<20)/len(text))
			recs := make([]record.Record, 0, 100000)
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				var part uint16
				fr := c.Framer()
				recs, _ = fr.Cut(recs[:0], buf, 0, len(buf), 0, &part, cap(recs))
			}
		})
	}
	line := append(bytes.Repeat([]byte("x"), 219), '\n')
	run("none", Multiline{}, line)
	m := defaultMultiline()
	for _, p := range Presets() {
		name := strings.NewReplacer("kotlin", "java", "dotnet", "java").Replace(p)
		m.Preset = p
		run(p, m, []byte(strings.Join(traces(b, name+".txt"), "\n")+"\n"))
	}
	java := []byte(strings.Join(traces(b, "java.txt"), "\n") + "\n")
	m.Preset, m.Start = "", `^\d{4}-\d\d-\d\d`
	run("start", m, java)
	m.Start, m.Continue = "", `^\s|^Caused by:`
	run("continue", m, java)
}
