package parsers

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"logskiff/conf"
	"logskiff/parsers/number"
)

// pgTime is what an escape of log_line_prefix says of the time.
type pgTime uint8

const (
	pgNoTime pgTime = iota
	pgStamp         // %t and %m
	pgEpoch         // %n
)

// pgEscape is an escape of log_line_prefix.
type pgEscape struct {
	name    string // of its column, as in PostgreSQL's JSON logs; "" for times
	pattern string // what it writes
	kind    fieldKind
	time    pgTime
}

// pgStampPattern is a time and the zone's abbreviation, such as CET, +03 or <+0330>.
const pgStampPattern = `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Za-z0-9+<>-]+`

// pgEscapeOf returns the escape for the letter behind a percent sign
// (https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX).
// Those for sessions only may be empty. Most have no colon, so that they cannot take a severity
// for a part of them where a %q stopped the prefix.
func pgEscapeOf(letter byte) (e pgEscape, ok bool) {
	switch letter {
	case 'a':
		e = pgEscape{name: "application_name", pattern: `.*?`}
	case 'u':
		e = pgEscape{name: "user", pattern: `[^:]*?`}
	case 'd':
		e = pgEscape{name: "dbname", pattern: `[^:]*?`}
	case 'r':
		e = pgEscape{name: "remote_host", pattern: `\S*?`}
	case 'h':
		e = pgEscape{name: "remote_host", pattern: `\S*?`}
	case 'L':
		e = pgEscape{name: "local_host", pattern: `\S*?`}
	case 'b':
		e = pgEscape{name: "backend_type", pattern: `[^:]*?`}
	case 'p':
		e = pgEscape{name: "pid", pattern: `\d+`, kind: numberGroup}
	case 'P':
		e = pgEscape{name: "leader_pid", pattern: `\d*`, kind: numberGroup}
	case 't', 'm':
		e = pgEscape{pattern: pgStampPattern, time: pgStamp}
	case 'n':
		e = pgEscape{pattern: `\d+\.\d{3}`, time: pgEpoch}
	case 'i':
		e = pgEscape{name: "ps", pattern: `[^:]*?`}
	case 'e':
		e = pgEscape{name: "state_code", pattern: `[0-9A-Z]{5}`}
	case 'c':
		e = pgEscape{name: "session_id", pattern: `[0-9a-f]+\.[0-9a-f]+`}
	case 'l':
		e = pgEscape{name: "line_num", pattern: `\d+`, kind: numberGroup}
	case 's':
		e = pgEscape{name: "session_start", pattern: `(?:` + pgStampPattern + `)?`}
	case 'v':
		e = pgEscape{name: "vxid", pattern: `[0-9/-]*`}
	case 'x':
		e = pgEscape{name: "txid", pattern: `\d+`, kind: numberGroup}
	case 'Q':
		e = pgEscape{name: "query_id", pattern: `-?\d+`, kind: numberGroup}
	default:
		return e, false
	}
	return e, true
}

// pgSeverity is what follows the prefix: "LOG:  ", in whatever language.
const pgSeverity = `([^\s:]+):  `

// pgPrefix is a compiled log_line_prefix and what follows it.
type pgPrefix struct {
	re       *regexp.Regexp
	fields   []regexField
	stamp    int  // group of the time; 0: the prefix has none
	port     bool // the prefix has %r, which is a host and a port
	epoch    bool
	severity int // group
}

// compilePrefix turns a log_line_prefix into a pattern whose match ends where the message begins.
func compilePrefix(prefix string) (*pgPrefix, error) {
	bad := func(at int, hint, msg string, args ...any) error {
		return &conf.FieldError{Key: "log_line_prefix", Msg: fmt.Sprintf(msg, args...) + fmt.Sprintf(" (byte %d)", at+1), Hint: hint}
	}
	p := &pgPrefix{}
	var out strings.Builder
	out.WriteString(`^`)
	groups, optional, last := 0, false, "" // the escape that the prefix so far ends in
	for i := 0; i < len(prefix); i++ {
		if prefix[i] != '%' {
			last = ""
			out.WriteString(regexp.QuoteMeta(prefix[i : i+1]))
			continue
		}
		begin := i
		padding := i + 1
		for i++; i < len(prefix) && (number.IsDigit(prefix[i]) || prefix[i] == '-' && i == padding); i++ {
		}
		if i == len(prefix) {
			return nil, bad(begin, "write %% for a percent sign", "an escape has no letter")
		}
		switch prefix[i] {
		case '%':
			last = ""
			out.WriteString(`%`)
			continue
		case 'q':
			if !optional {
				out.WriteString(`(?:`)
			}
			optional = true
			continue
		}
		e, ok := pgEscapeOf(prefix[i])
		if !ok {
			return nil, bad(begin, "copy log_line_prefix from postgresql.conf", "there is no escape %s", prefix[begin:i+1])
		}
		if last != "" {
			return nil, bad(begin, "put a separator between them in postgresql.conf", "nothing stands between %s and %s, so nobody can tell where one ends", last, prefix[begin:i+1])
		}
		last = prefix[begin : i+1]
		groups++
		p.port = p.port || prefix[i] == 'r'
		body := "(" + e.pattern + ")"
		if padding < i { // spaces on one side, for what is shorter
			if prefix[padding] == '-' {
				body += " *"
			} else {
				body = " *" + body
			}
		}
		out.WriteString(body)
		switch {
		case e.time == pgNoTime:
			p.fields = append(p.fields, regexField{name: e.name, group: groups, kind: e.kind})
		case p.stamp == 0 || e.time == pgEpoch: // which is exact, and names its zone
			p.stamp, p.epoch = groups, e.time == pgEpoch
		}
	}
	if optional {
		out.WriteString(`)?`)
	}
	out.WriteString(pgSeverity)
	p.severity = groups + 1
	var err error
	if p.re, err = regexp.Compile(out.String()); err != nil {
		return nil, bad(0, "", "cannot be read: %v", err)
	}
	return p, nil
}

// columns returns the names of the prefix's columns, each once; the port is the last.
func (p *pgPrefix) columns() []string {
	var names []string
	for _, f := range p.fields {
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	if p.port {
		names = append(names, "remote_port")
	}
	return names
}
