package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// wanted is AppendString said slowly.
func wanted(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

func checkString(t *testing.T, s string) {
	t.Helper()
	out, replaced := AppendString([]byte("before"), []byte(s))
	out = out[len("before"):]
	var got string
	if err := json.Unmarshal(out, &got); err != nil || !utf8.Valid(out) {
		t.Fatalf("%q became %q, which is not JSON in UTF-8: %v", s, out, err)
	}
	if got != wanted(s) {
		t.Fatalf("%q became %q", s, got)
	}
	if replaced == utf8.ValidString(s) {
		t.Fatalf("%q: replaced = %v", s, replaced)
	}
}

func TestStringIsValidJSONWithEveryByteAtEveryPlace(t *testing.T) {
	for size := range 20 {
		for at := range size {
			for c := range 256 {
				s := []byte(strings.Repeat("a", size))
				s[at] = byte(c)
				checkString(t, string(s))
			}
		}
	}
}

func TestStringCases(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", `""`},
		{`a"b\c/d`, `"a\"b\\c/d"`},
		{"\x00\x1f\x7f\b\f\n\r\t", "\"\\u0000\\u001f\x7f\\b\\f\\n\\r\\t\""},
		{"Привет, 世界 😀", `"Привет, 世界 😀"`},
		{"\u2028", "\"\u2028\""},
		{"\xff", "\"\uFFFD\""},
		{"\xe2\x82", "\"\uFFFD\uFFFD\""},
		{"\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
		{"\uFFFD", "\"\uFFFD\""},
		{strings.Repeat("\x01", 100), `"` + strings.Repeat(`\u0001`, 100) + `"`},
	} {
		if got, _ := AppendString(nil, []byte(c.in)); string(got) != c.want {
			t.Errorf("%q: got %s, want %s", c.in, got, c.want)
		}
	}
}

func FuzzString(f *testing.F) {
	f.Add("GET / HTTP/1.1")
	f.Add("\"\\\x00\xff\xe2\x82\xac")
	f.Fuzz(func(t *testing.T, s string) { checkString(t, s) })
}

func TestAMessageSaysThatBytesWereReplaced(t *testing.T) {
	for text, want := range map[string]string{
		"":       `"message":""`,
		"a\"b":   `"message":"a\"b"`,
		"a\xffb": `"message":"a\uFFFDb","invalid_utf8":true`,
	} {
		if got := string(AppendMessage(nil, []byte(text))); got != strings.ReplaceAll(want, `\uFFFD`, "\uFFFD") {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func BenchmarkString(b *testing.B) {
	for name, text := range map[string]string{
		"access":   strings.Repeat(`1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "GET /item/7?ref=1f HTTP/1.1" 200 512 "https://shop.example.com/" "Mozilla/5.0 (X11; Linux x86_64)"`, 2000),
		"cyrillic": strings.Repeat("Привет, мир! Как дела сегодня? ", 1000),
	} {
		b.Run("text="+name, func(b *testing.B) {
			src := []byte(text)
			var dst []byte
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				dst = dst[:0]
				for i := 0; i+240 < len(src); i += 240 {
					dst, _ = AppendString(dst, src[i:i+240])
				}
			}
		})
	}
}
