package parsers

import (
	"slices"

	"logskiff/parsers/clocks"
	"logskiff/record"
)

// PostgresConfig are the settings of the postgres parser.
type PostgresConfig struct {
	Prefix string `toml:"log_line_prefix" expand:"no" doc:"log_line_prefix of postgresql.conf. The default is PostgreSQL's own; Debian's is '%m [%p] %q%u@%d '."`
	Zone   string `toml:"zone" doc:"log_timezone of postgresql.conf, such as \"Europe/Berlin\"; empty: this host's. Times in UTC or with an offset do not need it."`
}

// DefaultPostgres returns the settings for PostgreSQL's own log_line_prefix.
func DefaultPostgres() PostgresConfig { return PostgresConfig{Prefix: "%m [%p] "} }

// Validate compiles the prefix; its error is a *conf.FieldError.
func (c PostgresConfig) Validate() error {
	_, err := NewPostgres(c)
	return err
}

// Columns behind those of the prefix.
const (
	pgErrorSeverity = iota
	pgMessage
	pgDuration
	pgDetail
	pgHint
	pgInternalQuery
	pgContext
	pgStatement
	pgLocation
	pgBacktrace
	pgStateCode // the last: it is not there when the prefix has it
)

// pgColumns returns their names, as in PostgreSQL's JSON logs.
func pgColumns() []string {
	return []string{"error_severity", "message", "duration_ms", "detail", "hint", "internal_query", "context", "statement", "location", "backtrace", "state_code"}
}

// pgPart returns the column for a line that belongs to the one before it.
func pgPart(keyword []byte) (column int, ok bool) {
	switch string(keyword) {
	case "DETAIL":
		return pgDetail, true
	case "HINT":
		return pgHint, true
	case "QUERY":
		return pgInternalQuery, true
	case "CONTEXT":
		return pgContext, true
	case "STATEMENT":
		return pgStatement, true
	case "LOCATION":
		return pgLocation, true
	case "BACKTRACE":
		return pgBacktrace, true
	}
	return 0, false
}

// postgresParser reads PostgreSQL's stderr logs. It belongs to one goroutine.
type postgresParser struct {
	*pgPrefix
	*regexParser
	clock  pgClock
	schema *record.Schema
	own    int // first column behind those of the prefix
	remote int // column of remote_host, if the prefix has a port
	noCode bool
}

// NewPostgres returns a parser for what PostgreSQL writes to stderr
// (https://www.postgresql.org/docs/current/runtime-config-logging.html). Columns have the
// names of its JSON logs: those of the prefix, then error_severity, message, detail, hint,
// internal_query, context, statement, location, backtrace, and state_code when the prefix or
// log_error_verbosity = verbose gives it. "duration: 1.5 ms" at the beginning of a message is also the
// column duration_ms. %t, %m and %n give the time and are not columns; an empty value of the
// prefix is Absent.
//
// Lines that begin with a tab, and those of DETAIL and the like, belong to the entry when
// the reader has joined them; the tabs are left out. Alone, a line of DETAIL is a
// record with nothing but the prefix and detail.
//
// The error is a *conf.FieldError.
func NewPostgres(c PostgresConfig) (Parser, error) {
	clock, err := clocks.NewDate(c.Zone)
	if err != nil {
		return nil, err
	}
	prefix, err := compilePrefix(c.Prefix)
	if err != nil {
		return nil, err
	}
	columns := prefix.columns()
	p := &postgresParser{pgPrefix: prefix, clock: pgClock{location: clock.Zone.Location}, own: len(columns), remote: slices.Index(columns, "remote_host")}
	own := pgColumns()
	if p.noCode = slices.Contains(columns, own[pgStateCode]); p.noCode {
		own = own[:pgStateCode]
	}
	p.schema = record.NewSchema(append(columns, own...))
	marks := append(slices.Clone(prefix.fields), regexField{name: "severity", group: prefix.severity})
	if prefix.stamp > 0 {
		marks = append(marks, regexField{name: "stamp", group: prefix.stamp})
	}
	p.regexParser = newRegexParser(prefix.re, marks, "")
	prefix.fields = p.regexParser.fields[:len(prefix.fields)]
	return p, nil
}

func (p *postgresParser) Clone() Parser {
	c := *p
	c.regexParser = p.regexParser.clone()
	c.clock = pgClock{location: p.clock.location}
	return &c
}

func (p *postgresParser) Parse(b *record.Batch) {
	b.Schema = p.schema
	eachLine(b, p)
}

func (p *postgresParser) parse(b *record.Batch, i int) string {
	r := &b.Records[i]
	text, fields := b.Bytes(r.Text), appendColumns(b, r, len(p.schema.Columns))
	end := lineEnd(text, 0)
	places := p.match(text[:end])
	if places == nil {
		return "no match for log_line_prefix and a severity"
	}
	if !p.readTime(r, text, places) {
		return "no match for the time in log_line_prefix"
	}
	storeGroups(b, r.Text.Off, p.pgPrefix.fields, places, fields[:p.own])
	for i := range p.own {
		if fields[i].Len == 0 {
			fields[i].Type = record.Absent
		}
	}
	if p.port {
		p.splitRemote(b, fields)
	}
	own := fields[p.own:]
	from, to := int(places[2*p.severity]), int(places[2*p.severity+1])
	column, isPart := pgPart(text[from:to])
	if !isPart {
		column = pgMessage
		own[pgErrorSeverity] = partOf(r, from, to, record.String)
	}
	at := int(places[1])
	p.parts(b, r, text, own, column, at, end)
	if !isPart {
		p.message(r, text, own, at)
	}
	return ""
}
