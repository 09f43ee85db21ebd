package conf

import (
	"fmt"
	"strings"
)

// Quote writes s, valid UTF-8, as a TOML basic string on one line
// (https://toml.io/en/v1.0.0#string), for a key whose value is taken as it is.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// QuoteExpanded is Quote for a key in whose value ${...} is expanded: it is read
// back as s.
func QuoteExpanded(s string) string { return Quote(strings.ReplaceAll(s, "${", "$${")) }

// Key writes a key of a table, in quotes if it must be.
func Key(s string) string {
	if isBare(s) {
		return s
	}
	return Quote(s)
}
