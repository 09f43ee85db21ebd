package template_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"logskiff/record"
	"logskiff/record/template"
)

// Any text compiles, or the mistake has a place in it; what compiles renders within its bound, and the same each time.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		"logs-{source}-{time:%Y.%m.%d}", "{a:-{b:-{{c}}}", "{{{level}}}", "{", "}", "{time:%", "{tags.env:-}", "{fields.}", "{:-}", "{a:b}", "{time:%F %j%%}", "{read_time}",
	} {
		for _, safe := range []string{"", "topic", "index", "path"} {
			f.Add(s, safe, uint16(20))
		}
	}
	f.Fuzz(func(t *testing.T, text, name string, most uint16) {
		safe, _ := template.SafeFor(name)
		tpl, err := template.Compile(text, template.Options{Safe: safe, Max: int(most)})
		if bad, ok := errors.AsType[*template.Error](err); err != nil && (!ok || bad.At < 0 || bad.At > len(text) || bad.Msg == "") {
			t.Fatalf("%q: %#v", text, err)
		}
		if err != nil {
			return
		}
		for _, kind := range []record.Kind{record.Raw, record.Object, record.Columns, record.Pairs, record.Failed} {
			in := input(kind)
			got, ok := tpl.Append(nil, in)
			again, _ := tpl.Clone().Append(nil, in)
			if !bytes.Equal(got, again) || !ok && len(got) > 0 || most > 0 && len(got) > int(most) || tpl.Constant() && safeless(name) && !ok {
				t.Fatalf("%q: got %q, then %q, %v", text, got, again, ok)
			}
			if utf8.ValidString(text) && !utf8.Valid(got) {
				t.Fatalf("%q: %q is cut in a character", text, got)
			}
		}
	})
}

func safeless(name string) bool { _, known := template.SafeFor(name); return !known }

// What a hostile line says cannot make a name of a text that its destination forbids, and is otherwise what
// encoding/json says that it is.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{"a", "", "..", "/etc/passwd", "__consumer_offsets", "É\u212a", "\xff", "a b\x00\n", "._-", strings.Repeat("ä", 300)} {
		f.Add(s, s, uint8(30))
	}
	f.Fuzz(func(t *testing.T, a, b string, most uint8) {
		line, err := json.Marshal(map[string]any{"a": a, "o": map[string]any{"b": b}})
		if err != nil {
			t.Fatal(err)
		}
		var says struct {
			A string `json:"a"`
			O struct {
				B string `json:"b"`
			} `json:"o"`
		}
		if err := json.Unmarshal(line, &says); err != nil {
			t.Fatal(err)
		}
		batch := &record.Batch{Buf: line, Records: []record.Record{{Kind: record.Object, Text: record.Span{Len: uint32(len(line))}}}}
		pairs := &record.Batch{Buf: []byte("ao" + a + b), Records: []record.Record{{}}}
		pairs.Fields = []record.Field{
			{Span: record.Span{Off: 0, Len: 1}, Type: record.String}, {Span: record.Span{Off: 2, Len: uint32(len(a))}, Type: record.String},
			{Span: record.Span{Off: 1, Len: 1}, Type: record.String}, {Span: record.Span{Off: 2 + uint32(len(a)), Len: uint32(len(b))}, Type: record.String},
		}
		pairs.SetPairs(0, 0)
		want := says.A
		if want == "" {
			want = "none"
		}
		want += "/" + says.O.B
		check := func(text, safe string, in *record.Batch, max int) string {
			s, _ := template.SafeFor(safe)
			tpl, err := template.Compile(text, template.Options{Safe: s, Max: max})
			if err != nil {
				t.Fatal(err)
			}
			got, ok := tpl.Append(nil, &template.Input{Batch: in, Record: &in.Records[0]})
			if !ok && len(got) > 0 || safe != "" && ok && (len(got) == 0 || string(got) == "." || string(got) == "..") {
				t.Fatalf("%s: %q, %v", text, got, ok)
			}
			return string(got)
		}
		if got := check("{a:-none}/{o.b}", "", batch, 1<<20); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		if most > 0 {
			if got := check("{a:-none}/{o.b}", "", batch, int(most)); !strings.HasPrefix(want, got) || len(got) < min(len(want), int(most)-utf8.UTFMax+1) {
				t.Fatalf("got %q of %q with %d", got, want, most)
			}
		}
		for _, in := range []*record.Batch{batch, pairs} {
			if name := check("{a:-x}{o:-y}", "topic", in, 0); len(name) > 249 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
				t.Fatalf("topic %q", name)
			}
			name := check("{a:-x}{o:-y}", "index", in, 0)
			if len(name) > 255 || strings.ContainsAny(name, "\\/*?\"<>| ,#:\x00\n") || name != strings.ToLower(name) || name != "" && strings.ContainsAny(name[:1], "._-+") ||
				strings.ContainsFunc(name, unicode.IsSpace) || !utf8.ValidString(name) {
				t.Fatalf("index %q", name)
			}
			path := check("x/{a:-x}/{o:-y}", "path", in, 0)
			if parts := strings.Split(path, "/"); path != "" && (len(parts) != 3 || strings.HasPrefix(parts[1], ".") || strings.HasPrefix(parts[2], ".") || len(parts[1]) > 255 || strings.ContainsAny(path, "\x00\n")) {
				t.Fatalf("path %q", path)
			}
		}
	})
}
