package parsers

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// written is a value as nginx writes it: ngx_http_log_escape and ngx_escape_json.
func written(value, escape string) string {
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		switch {
		case escape == escapeDefault && (c == '"' || c == '\\' || c < 0x20 || c > 0x7e):
			fmt.Fprintf(&b, `\x%02X`, c)
		case escape == escapeJSON && (c == '"' || c == '\\'):
			b.WriteString(`\` + string(c))
		case escape == escapeJSON && strings.IndexByte("\n\r\t\b\f", c) >= 0:
			b.WriteString(map[byte]string{'\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}[c])
		case escape == escapeJSON && c < 0x20:
			fmt.Fprintf(&b, `\u%04X`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func TestWhatNginxWritesIsReadBack(t *testing.T) {
	for _, escape := range []string{escapeDefault, escapeJSON, escapeNone} {
		t.Run("escape="+escape, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { checkRoundTrip(t, escape) })
		})
	}
}

func checkRoundTrip(t *rapid.T, escape string) {
	n := rapid.IntRange(1, 6).Draw(t, "fields")
	bytes := rapid.Byte()
	if escape == escapeNone { // there, a value may hold anything but the separator
		bytes = rapid.ByteRange('#', 0xff)
	}
	var format, line, want []string
	for i := range n {
		value := string(rapid.SliceOf(bytes).Draw(t, "value"))
		format = append(format, fmt.Sprintf(`f%d="$http_f%d"`, i, i))
		text := written(value, escape)
		switch rapid.SampledFrom([]string{"set", "set", "unset"}).Draw(t, "state") {
		case "unset":
			if text = ""; escape == escapeDefault {
				text = "-"
			}
		default:
			if value != "-" && (value != "" || escape == escapeDefault) {
				want = append(want, fmt.Sprintf("http_f%d=%q", i, value))
			}
		}
		line = append(line, fmt.Sprintf(`f%d="%s"`, i, text))
	}
	p, err := NewNginx(NginxConfig{Format: strings.Join(format, " "), Escape: escape, Escapes: escapesUndo, Lists: listsLast})
	if err != nil {
		t.Fatal(err)
	}
	b := newBatch(strings.Join(line, " "))
	p.Parse(b)
	if got := parsed(b, 0); got != strings.Join(want, " ") {
		t.Fatalf("%q\n got %s\nwant %s", line, got, strings.Join(want, " "))
	}
}
