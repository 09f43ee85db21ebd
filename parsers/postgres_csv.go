package parsers

import (
	"bytes"
	"slices"

	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
	"logskiff/record"
)

// PostgresCSVConfig are the settings of the postgres_csv parser.
type PostgresCSVConfig struct {
	Zone string `toml:"zone" doc:"log_timezone of postgresql.conf, such as \"Europe/Berlin\"; empty: this host's. Times in UTC or with an offset do not need it."`
}

// Validate looks the zone up; its error is a *conf.FieldError.
func (c PostgresCSVConfig) Validate() error {
	_, err := NewPostgresCSV(c)
	return err
}

// pgCSVColumns returns the columns of csvlog in their order, with their names in
// PostgreSQL's JSON logs. Version 13 added backend_type, 14 leader_pid and query_id.
func pgCSVColumns() []string {
	return []string{"log_time", "user", "dbname", "pid", "remote_host", "session_id", "line_num", "ps", "session_start", "vxid", "txid",
		"error_severity", "state_code", "message", "detail", "hint", "internal_query", "internal_position", "context", "statement",
		"cursor_position", "location", "application_name", "backend_type", "leader_pid", "query_id"}
}

const (
	pgCSVFewest = 23 // columns of versions 9 to 12
	pgCSVTime   = 0
	pgCSVRemote = 4
)

// postgresCSVParser reads csvlog. It belongs to one goroutine.
type postgresCSVParser struct {
	rules  *csvRules
	schema *record.Schema
	clock  pgClock
}

// NewPostgresCSV returns a parser for PostgreSQL's csvlog
// (https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG),
// of versions 9 to 18. Columns have the names of its JSON logs, and remote_port
// besides. log_time is the record's time and no column. Values may hold newlines when the
// reader has joined their lines.
//
// The error is a *conf.FieldError.
func NewPostgresCSV(c PostgresCSVConfig) (Parser, error) {
	clock, err := clocks.NewDate(c.Zone)
	if err != nil {
		return nil, err
	}
	columns := pgCSVColumns()
	rules := &csvRules{columns: len(columns), types: slices.Repeat([]csvType{csvString}, len(columns)), delimiter: ',', quote: '"', quotes: true, strict: false}
	for i, name := range columns {
		switch name {
		case "pid", "line_num", "txid", "internal_position", "cursor_position", "leader_pid", "query_id":
			rules.types[i] = csvNumber
		}
	}
	columns[pgCSVTime] = "remote_port" // the time is no column, and its place is free
	schema := record.NewSchema(columns)
	return &postgresCSVParser{rules: rules, schema: schema, clock: pgClock{location: clock.Zone.Location}}, nil
}

func (p *postgresCSVParser) Clone() Parser {
	return &postgresCSVParser{rules: p.rules, schema: p.schema, clock: pgClock{location: p.clock.location}}
}

func (p *postgresCSVParser) Parse(b *record.Batch) {
	b.Schema = p.schema
	eachLine(b, p)
}

func (p *postgresCSVParser) parse(b *record.Batch, i int) string {
	r, base := &b.Records[i], len(b.Fields)
	if why := p.rules.split(b, r.Text); why != "" {
		return why
	}
	got, all := len(b.Fields)-base, len(p.schema.Columns)
	if got < pgCSVFewest || got > p.rules.columns {
		return "no line of PostgreSQL's csvlog: it has not 23 to 26 values"
	}
	b.Fields = slices.Grow(b.Fields, all-got)[:base+all]
	clear(b.Fields[base+got:])
	fields := b.Fields[base:]
	t, zone, ok := p.clock.read(b.Bytes(fields[pgCSVTime].Span))
	if !ok {
		return "no line of PostgreSQL's csvlog: it does not begin with a time"
	}
	fields[pgCSVTime] = record.Field{}
	splitPort(b, &fields[pgCSVRemote], &fields[pgCSVTime])
	r.Time, r.Zone = t, zone
	r.Kind, r.Fields = record.Columns, uint32(base)
	return ""
}

// splitPort cuts the port off "192.0.2.7:51234".
func splitPort(b *record.Batch, host, port *record.Field) {
	text := b.Bytes(host.Span)
	colon := bytes.LastIndexByte(text, ':')
	if colon < 0 || !number.Guessed(text[colon+1:]) {
		return
	}
	*port = record.Field{Span: record.Span{Off: host.Off + uint32(colon) + 1, Len: uint32(len(text) - colon - 1)}, Type: record.Number}
	host.Len = uint32(colon)
}
