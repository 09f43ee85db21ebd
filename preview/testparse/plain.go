package testparse

import (
	"strings"
	"time"

	"logskiff/preview/terminal"
	"logskiff/record"
)

// plain shows the one record of b for a person: the time, then name=value.
func plain(b *record.Batch) string {
	r := &b.Records[0]
	text := terminal.Escape(string(b.Bytes(r.Text)))
	switch r.Kind {
	case record.Columns, record.Pairs:
		var parts []string
		if r.Time != 0 {
			zone := time.FixedZone("", int(r.Zone)*60)
			parts = append(parts, time.Unix(0, r.Time).In(zone).Format(time.RFC3339))
		}
		b.EachField(r, func(name []byte, f record.Field) {
			parts = append(parts, terminal.Escape(string(name))+"="+value(string(b.Bytes(f.Span))))
		})
		return strings.Join(parts, "  ")
	case record.Failed:
		return text + "   <- not parsed: " + b.Reasons[r.Reason]
	default:
		return text
	}
}

func value(s string) string {
	s = terminal.Escape(s)
	if s == "" || strings.ContainsAny(s, " \t\"") {
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return s
}
