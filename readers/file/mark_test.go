package file

import (
	"strings"
	"testing"
)

const utf8Mark = "\xEF\xBB\xBF"

func TestScenario39AByteOrderMarkIsNoPartOfTheFirstLine(t *testing.T) {
	f := func(encoding, mark string, encode func(string) string) {
		t.Run(encoding, func(t *testing.T) {
			g := newRig(t, "*.log")
			g.cfg.Encoding = encoding
			g.write("a.log", mark+encode("one\ntwo\n"))
			g.start()
			g.step()
			if r := g.out[0].rec; r.Offset != 0 || int(r.Size) != len(mark)+len(encode("one\n")) {
				t.Fatalf("the first record is %+v", r)
			}
			g.truncate("a.log")
			g.write("a.log", mark+encode("three\n"))
			g.wait()
			g.rename("a.log", "a.log.1")
			g.write("a.log", mark+encode("four\n"))
			g.wait()
			g.kill()
			g.rename("a.log", "a.log.2")
			g.write("a.log", mark+encode(strings.Repeat("x", 2000)+"\n"))
			g.cfg.MaxLine = 1 << 10
			g.start()
			g.wait()
			want := []string{"one", "two", "three", "four"}
			n := 1024 - len(mark)
			if encoding[:3] == "utf" && encoding != "utf-8" {
				n /= 2
				want = append(want, strings.Repeat("x", n), strings.Repeat("x", 512), strings.Repeat("x", 512), strings.Repeat("x", 2000-n-1024))
			} else {
				want = append(want, strings.Repeat("x", n), strings.Repeat("x", 2000-n))
			}
			g.want(want...)
			if s := g.log.String(); strings.Contains(s, "byte order mark") {
				t.Fatalf("a false alarm:\n%s", s)
			}
		})
	}
	same := func(s string) string { return s }
	f("utf-8", utf8Mark, same)
	f("utf-16le", "\xFF\xFE", func(s string) string { return utf16Text(s, false) })
	f("utf-16be", "\xFE\xFF", func(s string) string { return utf16Text(s, true) })
	f("gb18030", "\x84\x31\x95\x33", same)
}

func TestScenario39AMarkElsewhereIsText(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "one\n"+utf8Mark+"two\n")
	g.start()
	g.step()
	g.want("one", utf8Mark+"two")
}

func TestScenario39AMarkBeforeAGroup(t *testing.T) {
	g := newRig(t)
	g.cfg.Multiline.Preset = "java"
	trace := "java.lang.Error: x\n\tat a.b(C.java:1)\n"
	g.write("a.log", utf8Mark+trace+"next\n")
	g.start()
	g.wait()
	g.want("java.lang.Error: x\n\tat a.b(C.java:1)", "next")
}

func TestScenario39TheMarkOfAnotherEncodingIsSaidOnce(t *testing.T) {
	f := func(encoding, mark, advice string) {
		t.Helper()
		g := newRig(t)
		g.cfg.Encoding = encoding
		g.write("a.log", mark+"x\ny\n")
		g.start()
		g.wait()
		g.kill()
		g.start()
		g.write("a.log", "z\n")
		g.wait()
		if n := strings.Count(g.log.String(), `encoding = \"`+advice+`\"`); n != 1 {
			t.Errorf("%s: said %d times:\n%s", encoding, n, g.log.String())
		}
		if encoding != "utf-16le" && len(g.out) != 3 {
			t.Errorf("%s: %d lines arrived", encoding, len(g.out))
		}
	}
	f("utf-8", "\xFF\xFE", "utf-16le")
	f("utf-8", "\xFE\xFF", "utf-16be")
	f("utf-16le", "\xFE\xFF", "utf-16be")
	f("latin1", utf8Mark, "utf-8")
	f("gbk", utf8Mark, "utf-8")
}
