package discover

import (
	"bytes"
	"strings"

	"logskiff/record"
)

// hint is what detection knows of a kind of parser beyond package kinds. A kind
// without one is tried with its default settings.
type hint struct {
	trust    float64                                      // see candidate; 0: 0.95
	fields   int                                          // a record must have, its time counted; 0: 3
	settings []string                                     // tables to try instead of the defaults
	fromHead func(head []byte) string                     // settings that the file itself names, or ""
	counts   func(b *record.Batch, r *record.Record) bool // what a record must hold besides
	preset   string                                       // of multiline, where a record can be several lines
	starts   func(line []byte) bool                       // whether a record starts so; lines are joined to be counted
	empty    func(path string) string                     // the settings for a log of that path without a line; nil: all
	paths    []string                                     // parts of the paths of such logs, which break ties; * is anything between two
}

// hints, in the order of trust: what nothing else looks like comes first.
var hints = map[string]hint{
	"docker":       {trust: 1, preset: "docker", paths: []string{"/docker/containers/"}},
	"audit":        {trust: 1, paths: []string{"/audit/"}},
	"w3c":          {trust: 1, fields: 1, fromHead: w3cFields},
	"mysql_slow":   {trust: 1, preset: "mysql_slow", paths: []string{"slow"}, starts: mysqlSlowStarts},
	"postgres_csv": {trust: 1, preset: "postgres_csv", paths: []string{"/postgresql/*.csv", "/pgsql/*.csv"}},
	"cri":          {trust: 0.98, preset: "cri", paths: []string{"/containers/", "/pods/"}},
	"nginx_error":  {trust: 0.98, paths: []string{"/nginx/error"}},
	"mysql_error":  {trust: 0.97, preset: "mysql_error", counts: mysqlLevel, paths: []string{"/mysql/", "/mariadb/", "mysqld"}},
	"postgres":     {trust: 0.97, preset: "postgres", settings: []string{"{}", `{ log_line_prefix = "%m [%p] %q%u@%d " }`}, paths: []string{"/postgresql/", "/pgsql/"}, starts: notIndented},
	"nginx":        {trust: 0.96, settings: []string{`{ format = "combined" }`}, counts: plainAddress, paths: []string{"/nginx/*access"}},
	"apache":       {trust: 0.95, settings: []string{`{ format = "vhost_combined" }`, `{ format = "combined" }`, `{ format = "common" }`}, counts: plainAddress, empty: emptyApache, paths: []string{"/apache2/*access", "/httpd/*access"}},
	"syslog":       {trust: 0.94, counts: fromHost, paths: []string{"/syslog", "/messages", "/auth.log", "/secure", "/kern.log", "/maillog", "/mail.log"}},
	"json":         {trust: 0.8},
	"logfmt":       {trust: 0.7, fields: 2, counts: mostlyPairs},
	"csv":          {trust: 0.6, fields: 1, fromHead: csvColumns},
	"kv":           {trust: 0.4, fields: 2, counts: mostlyPairs},
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

func (h hint) least() int {
	if h.fields == 0 {
		return 3
	}
	return h.fields
}

func (h hint) names(path string) bool {
	for _, part := range h.paths {
		first, last, _ := strings.Cut(part, "*")
		if i := strings.Index(path, first); i >= 0 && strings.Contains(path[i+len(first):], last) {
			return true
		}
	}
	return false
}

// plainAddress refuses what is read as an address and holds a space: the format has
// a value less than the line.
func plainAddress(b *record.Batch, r *record.Record) bool {
	address, _ := value(b, r, "remote_addr")
	return !strings.Contains(address, " ")
}

// emptyApache knows the names that Debian gives.
func emptyApache(path string) string {
	if strings.Contains(path, "vhost") {
		return `{ format = "vhost_combined" }`
	}
	return `{ format = "combined" }`
}

// value returns the text of a record's field of that name, and whether it has one.
func value(b *record.Batch, r *record.Record, name string) (text string, ok bool) {
	b.EachField(r, func(n []byte, f record.Field) {
		if string(n) == name {
			text, ok = string(b.Bytes(f.Span)), true
		}
	})
	return text, ok
}

// mysqlLevel asks for a thread and one of the levels of MySQL and MariaDB: many a log
// begins its lines with a time, some with a level, and what follows can be any message.
func mysqlLevel(b *record.Batch, r *record.Record) bool {
	level, _ := value(b, r, "level")
	if _, ok := value(b, r, "thread"); !ok {
		return false
	}
	switch strings.ToLower(level) {
	case "system", "error", "warning", "note", "info":
		return true
	}
	return false
}

// fromHost asks for a host, or a priority as only syslog has it: in many a log the
// time stands before a level, a thread, or, of containers, a stream.
func fromHost(b *record.Batch, r *record.Record) bool {
	host, ok := value(b, r, "host")
	if !ok {
		_, ok = value(b, r, "priority")
		return ok
	}
	switch strings.ToUpper(host) {
	case "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "ERR", "CRITICAL", "CRIT", "FATAL", "SEVERE", "ALERT", "EMERG", "PANIC", "STDOUT", "STDERR":
		return false
	}
	return !strings.ContainsAny(host, "[]()=,;|\"")
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

func notIndented(line []byte) bool { return line[0] != ' ' && line[0] != '\t' }

// mysqlSlowStarts knows the first line of an entry: "# Time:", or without one,
// when the second is the same, "# User@Host:".
func mysqlSlowStarts(line []byte) bool {
	return bytes.HasPrefix(line, []byte("# Time:")) || bytes.HasPrefix(line, []byte("# User@Host:"))
}
