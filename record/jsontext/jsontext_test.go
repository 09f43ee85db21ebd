package jsontext_test

import (
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf8"

	"logskiff/record/jsontext"
)

func TestWhatIsNoEscapeIsSaid(t *testing.T) {
	for _, s := range []string{`\`, `a\x`, `\u12`, `\u12g4`, `\U0041`} {
		if got, ok := jsontext.Unescape(nil, []byte(s)); ok {
			t.Errorf("%s became %q", s, got)
		}
	}
}

func FuzzAStringSaysWhatEncodingJSONReads(f *testing.F) {
	for _, s := range []string{`""`, `"a"`, `"\u0041\/\\\""`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83d\u0041"`, `"\ud83d\ud83d\ude00"`, `"é\u00e9"`} {
		f.Add([]byte(s), "A/\\\"")
		f.Add([]byte(s), "é")
	}
	f.Fuzz(func(t *testing.T, quoted []byte, other string) {
		var want string
		if len(quoted) == 0 || quoted[0] != '"' || !utf8.Valid(quoted) || json.Unmarshal(quoted, &want) != nil || quoted[len(quoted)-1] != '"' {
			return
		}
		if got := string(jsontext.Unquote(nil, quoted)); got != want {
			t.Fatalf("%s: got %q, want %q", quoted, got, want)
		}
		for _, s := range []string{want, other, want + other, want[:len(want)/2]} {
			if got := jsontext.Says(quoted, s); got != (s == want) {
				t.Fatalf("%s says %q: %v", quoted, s, got)
			}
		}
		object := append(append([]byte(`{"a": [{"b":`), quoted...), `}], "c" : 1 }`...)
		m := jsontext.At(object, jsontext.Next(object, 0))
		next := jsontext.At(object, jsontext.Next(object, m.End))
		if string(object[next.Name.Off:][:next.Name.Len]) != `"c"` || jsontext.Next(object, next.End) != len(object) {
			t.Fatalf("the members of %s are %v and %v", object, m, next)
		}
		array := append(append([]byte(`[ {"a":[1]} ,`), quoted...), `, -1.5e3 ]`...)
		var elements []string
		for i := jsontext.NextElement(array, 0); i < len(array); {
			e := jsontext.Element(array, i)
			elements = append(elements, string(array[e.Off:e.Off+e.Len]))
			i = jsontext.NextElement(array, int(e.Off+e.Len))
		}
		if !slices.Equal(elements, []string{`{"a":[1]}`, string(quoted), "-1.5e3"}) || jsontext.NextElement([]byte("[ ]"), 0) != 3 {
			t.Fatalf("the values of %s are %q", array, elements)
		}
	})
}
