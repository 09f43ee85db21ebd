package jsoncheck

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatIsWrongIsSaid(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for s, want := range map[string]string{
		`{"a":[1,-0.5e+7,true,false,null,"é\u00e9\ud800"]}`: "", `"x"`: "", `17`: "", deep(MaxDepth): "",
		``: BadSyntax, ` 1`: "", `1 `: BadSyntax, `{"a":1,}`: BadSyntax, `[1,]`: BadSyntax, `{a:1}`: BadSyntax, `{"a" 1}`: BadSyntax, `[1}`: BadSyntax,
		`"a`: BadSyntax, `"\x"`: BadSyntax, "\"a\nb\"": BadSyntax, `01`: BadSyntax, `tru`: BadSyntax, `{"a":1}{`: BadSyntax,
		"\"a\xff\"": badUTF8, "{\"\xc3\":1}": badUTF8, "\"12345678\xed\xa0\x80\"": badUTF8, deep(MaxDepth + 1): tooDeep,
	} {
		if got := Value([]byte(s)); got != want {
			t.Errorf("%.40q: got %q, want %q", s, got, want)
		}
	}
}

// depth returns how deep brackets outside of strings are nested in valid JSON.
func depth(s string) (deepest int) {
	now, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case quoted:
		case s[i] == '[' || s[i] == '{':
			now++
			deepest = max(deepest, now)
		case s[i] == ']' || s[i] == '}':
			now--
		}
	}
	return deepest
}

// FuzzValue compares what is valid with what encoding/json says, which minds neither depth nor UTF-8.
func FuzzValue(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+7,true,false,null,"é\u00e9"],"b":{"c":"\\\""}}`, `[[[[[]]]],{}]`, "\"12345678\xff\"", `{"a":1,"a":2}`, `"\ud83d\ude00"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		trimmed := strings.TrimRight(string(s), " \t\r\n") // space may stand before a value, as in a list
		if len(trimmed) != len(s) {
			return
		}
		want := json.Valid(s) && utf8.Valid(s) && depth(string(s)) <= MaxDepth
		if got := Value(s); (got == "") != want {
			t.Fatalf("%q: got %q, want it to be valid: %v", s, got, want)
		}
	})
}
