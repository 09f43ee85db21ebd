package field_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"logskiff/record"
	"logskiff/record/field"
)

// find is the rule, with encoding/json: the first member that has the whole name, or else the first
// that is called what is before the dot.
func find(t *testing.T, object []byte, name string) (json.RawMessage, bool) {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	first, rest, dotted := strings.Cut(name, ".")
	var whole, outer json.RawMessage
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if key == name && whole == nil {
			whole = value
		}
		if key == first && outer == nil {
			outer = value
		}
	}
	if whole == nil && dotted && outer != nil && outer[0] == '{' {
		return find(t, outer, rest)
	}
	return whole, whole != nil
}

func FuzzObjectsAgreeWithEncodingJSON(f *testing.F) {
	for _, s := range []string{line, `{}`, `{"a":{"b":{"c":null}}}`, `{"a.b":1,"a":{"b":2}}`, `{"\ud800":"\ud83d\ude00\/\b","a\\":"\""}`, "{\"a\"\t:\r\n[{\"]\":\"}\"}] , \"b\" : -0.0e+1 }"} {
		for _, name := range []string{"a", "a.b", "a.b.c", "level", "http.method", "\ufffd", `a\`, "b", ""} {
			f.Add([]byte(s), name)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, name string) {
		text = bytes.TrimSpace(text)
		if len(text) == 0 || text[0] != '{' || !json.Valid(text) || !utf8.Valid(text) || len(text) > 1<<16 {
			return
		}
		b := batchOf(string(text))
		n := field.New(name)
		got := n.Of(b, &b.Records[0])
		want, ok := find(t, text, name)
		if ok != (got.Type != record.Absent) {
			t.Fatalf("%q in %q: got %q (%v), want %q", name, text, got.Text, got.Type, want)
		}
		if !ok {
			return
		}
		if !bytes.Equal(got.Text, want) {
			t.Fatalf("%q in %q: got %q, want %q", name, text, got.Text, want)
		}
		says := string(want)
		switch want[0] {
		case '"':
			if err := json.Unmarshal(want, &says); err != nil {
				t.Fatal(err)
			}
		case 'n':
			says = ""
		}
		if text := string(got.Append(nil)); text != says {
			t.Fatalf("%q says %q, want %q", want, text, says)
		}
	})
}
