package discover

import (
	"bytes"
	"strings"

	"logskiff/record"
)

// hint is what detection knows of a kind of parser beyond agent/kinds.go. A kind
// without one is tried with its default settings.
type hint struct {
	trust    float64                                      // see candidate; 0: 0.95
	settings []string                                     // tables to try instead of the defaults
	fromHead func(head []byte) string                     // settings that the file itself names, or ""
	counts   func(b *record.Batch, r *record.Record) bool // what a record must hold besides
	starts   func(before, line []byte) bool               // whether a line starts a record of several lines
	paths    []string                                     // parts of the paths of such logs, which break ties
}

// hints, in the order of trust: what nothing else looks like comes first.
var hints = map[string]hint{
	"docker":       {trust: 1, paths: []string{"/docker/containers/"}},
	"audit":        {trust: 1, paths: []string{"/audit/"}},
	"w3c":          {trust: 1, fromHead: w3cFields},
	"mysql_slow":   {trust: 1, paths: []string{"slow"}, starts: mysqlSlowStarts},
	"postgres_csv": {trust: 1, paths: []string{"/postgresql/", "/pgsql/"}},
	"cri":          {trust: 0.98, paths: []string{"/containers/", "/pods/"}},
	"nginx_error":  {trust: 0.98, paths: []string{"/nginx/error"}},
	"mysql_error":  {trust: 0.97, paths: []string{"/mysql/", "/mariadb/", "mysqld"}},
	"postgres":     {trust: 0.97, paths: []string{"/postgresql/", "/pgsql/"}, starts: notIndented},
	"nginx":        {trust: 0.96, settings: []string{`{ format = "combined" }`}, counts: plainAddress, paths: []string{"/nginx/access"}},
	"apache":       {trust: 0.95, settings: []string{`{ format = "vhost_combined" }`, `{ format = "combined" }`, `{ format = "common" }`}, counts: plainAddress, paths: []string{"/apache2/", "/httpd/"}},
	"syslog":       {trust: 0.94, paths: []string{"/syslog", "/messages", "/auth.log", "/secure", "/kern.log", "/maillog", "/mail.log"}},
	"json":         {trust: 0.8},
	"logfmt":       {trust: 0.7, counts: mostlyPairs},
	"csv":          {trust: 0.6, fromHead: csvColumns},
	"kv":           {trust: 0.4, counts: mostlyPairs},
}

func (h hint) variants() []string {
	if h.settings == nil {
		return []string{"{}"}
	}
	return h.settings
}

func (h hint) trusted() float64 {
	if h.trust == 0 {
		return 0.95
	}
	return h.trust
}

func (h hint) names(path string) bool {
	for _, part := range h.paths {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

// plainAddress refuses what is read as an address and holds a space: the format has
// a value less than the line.
func plainAddress(b *record.Batch, r *record.Record) bool {
	plain := true
	b.EachField(r, func(name []byte, f record.Field) {
		if string(name) == "remote_addr" && bytes.IndexByte(b.Bytes(f.Span), ' ') >= 0 {
			plain = false
		}
	})
	return plain
}

// mostlyPairs asks for two pairs with values, in which most of the line stands:
// any text is bare words, and many a sentence holds one equals sign.
func mostlyPairs(b *record.Batch, r *record.Record) bool {
	pairs, covered := 0, 0
	b.EachField(r, func(name []byte, f record.Field) {
		if f.Type == record.JSON { // a bare word
			return
		}
		pairs++
		covered += len(name) + int(f.Len) + 1
	})
	text := b.Bytes(r.Text)
	solid := len(text) - bytes.Count(text, []byte(" "))
	return pairs >= 2 && covered*10 >= solid*7
}

func notIndented(_, line []byte) bool { return line[0] != ' ' && line[0] != '\t' }

// mysqlSlowStarts knows the first line of an entry: "# Time:", or without one,
// when the second is the same, "# User@Host:".
func mysqlSlowStarts(before, line []byte) bool {
	time := []byte("# Time:")
	return bytes.HasPrefix(line, time) || bytes.HasPrefix(line, []byte("# User@Host:")) && !bytes.HasPrefix(before, time)
}
