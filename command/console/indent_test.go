package console

import (
	"bytes"
	"encoding/json"
	"testing"
)

// What it makes of any JSON is what json.Indent makes.
func FuzzIndented(f *testing.F) {
	for _, s := range []string{
		`{}`, `[]`, `null`, `-1.5e7`, `"a\"b,c:{"`, `{"a":{"b":[1,2,[]],"c":{}},"d":"\\","e":[{"f":null},true]}`, `["\u2028 {","é:"]`, `{"":""}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var is, want bytes.Buffer
		if json.Compact(&is, src) != nil {
			return
		}
		if err := json.Indent(&want, is.Bytes(), "    ", "  "); err != nil {
			t.Fatal(err)
		}
		if got := AppendIndented(nil, is.Bytes(), "    "); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s became\n%s\nwant\n%s", is.Bytes(), got, want.Bytes())
		}
	})
}

func BenchmarkIndented(b *testing.B) {
	src := []byte(`{"Pipeline":"bench/sink","Path":"/var/log/app/access-00001.log","Size":1234,"Offset":1234,"State":{"Reader":"file","Version":1},"Modified":"2026-11-28T17:00:00Z"}`)
	b.Run("json.Indent", func(b *testing.B) {
		var out bytes.Buffer
		for b.Loop() {
			out.Reset()
			if err := json.Indent(&out, src, "", "  "); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ours", func(b *testing.B) {
		var out []byte
		for b.Loop() {
			out = AppendIndented(out[:0], src, "")
		}
	})
}
