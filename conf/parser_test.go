package conf

import (
	"strings"
	"testing"
)

func TestAParserCanStandAlone(t *testing.T) {
	f := func(text, kind, format string) {
		t.Helper()
		p, err := ParseParser("--parser", text, fakeKinds())
		if err != nil || p.Kind != kind {
			t.Errorf("%s: got %q, %v", text, p.Kind, err)
			return
		}
		if n, ok := p.Settings.(*fakeNginx); ok && n.Format != format {
			t.Errorf("%s: got format %q", text, n.Format)
		}
	}
	f("raw", "raw", "")
	f(`nginx={format="$a ${b}"}`, "nginx", "$a ${b}")
	f(`nginx.format = 'x'`, "nginx", "x")
	f("nginx = {\n format = "+Quote("a\n\"\\\x7f")+" }", "nginx", "a\n\"\\\x7f")
	bad := func(text, says string) {
		t.Helper()
		_, err := ParseParser("--parser", text, fakeKinds())
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", text, err, says)
		}
	}
	bad("ngnix", `did you mean "nginx"?`)
	bad("nginx={fromat=1}", `did you mean "format"?`)
	bad("nginx={format=}", "--parser:1")
	bad("", "must name a kind")
	bad("nginx={}\nraw={}", "there can be only one")
}

func TestWhatIsQuotedIsReadBack(t *testing.T) {
	const odd = "a\"b\\c\td\x01${HOME} $${x} é"
	text := "[[source]]\nname=\"a\"\nreader.file={paths=[" + QuoteExpanded(odd) + "]}\n[[sender]]\nname=\"s\"\nhttp={endpoints=[\"http://h\"]}\n"
	c, err := Parse("x", []byte(text), fakeKinds())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Sources[0].Reader.Settings.(*fakeFile).Paths[0]; got != odd {
		t.Errorf("got %q", got)
	}
}
