package conf

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSnippetsMarkWhatIsMeant(t *testing.T) {
	check := func(line, meant string, masks []string, wantLine, wantMark string) {
		t.Helper()
		at := func(s string) span {
			i := strings.Index(line, s)
			return span{i, i + len(s)}
		}
		var hide []span
		for _, m := range masks {
			hide = append(hide, at(m))
		}
		l := showLine(line, span{0, len(line)}, hide)
		shown, from, width := l.snippet(at(meant))
		if mark := strings.Repeat(" ", from) + strings.Repeat("^", width); shown != wantLine || mark != wantMark {
			t.Errorf("%q:\n got %s\n     %s\nwant %s\n     %s", line, shown, mark, wantLine, wantMark)
		}
	}
	check("a = 1", "1", nil, "a = 1", "    ^")
	check("é = 1", "1", nil, "é = 1", "    ^")
	check("\ta = 1", "a", nil, "    a = 1", "    ^")
	check("a\x1b[2J = 1", "1", nil, `a\x1b[2J = 1`, `           ^`)
	check("a\xff\u202eb = 1", "1", nil, `a\xff\u202eb = 1`, `               ^`)
	check(`t = "secret", b = 1`, "b", []string{`"secret"`}, `t = ***, b = 1`, `         ^`)
	check(`t = "secret"`, `"secret"`, []string{`"secret"`}, `t = ***`, `    ^^^`)
	check(`t = ["secret", 5]`, `secret`, []string{`["secret", 5]`}, `t = ***`, `    ^^^`)
	check(`u = "https://me:secret@host/x@y" # http://a/b`, "u", nil, `u = "https://***@host/x@y" # http://a/b`, "^")
	check("", "", nil, "", "^")
}

func TestLongLinesAreCutAroundWhatIsMeant(t *testing.T) {
	line := strings.Repeat("ab", 5000) + "X" + strings.Repeat("é", 10000)
	i := strings.Index(line, "X")
	l := showLine(line, span{0, len(line)}, nil)
	shown, from, width := l.snippet(span{i, i + 1})
	if utf8.RuneCountInString(shown) != maxSnippet || width != 1 || []rune(shown)[from] != 'X' ||
		!strings.HasPrefix(shown, "…") || !strings.HasSuffix(shown, "…") {
		t.Errorf("got %d %d %s", from, width, shown)
	}
	if _, from, width := l.snippet(span{0, len(line)}); from != 0 || width != maxSnippet {
		t.Errorf("got %d %d", from, width)
	}
}

func TestPrintableEscapesOnlyWhatItMust(t *testing.T) {
	for text, want := range map[string]string{
		"plain é 漢": "plain é 漢", "a\nb\r\t": `a\nb\r\t`, "\x1b[31m": `\x1b[31m`, "\xff": `\xff`, "\u200b": `\u200b`, "\ufffd": "\ufffd", "\\": `\`, "\"\x00": `"\x00`,
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
