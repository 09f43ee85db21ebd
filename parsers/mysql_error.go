package parsers

import (
	"bytes"

	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
	"logskiff/record"
)

// MySQLErrorConfig are the settings of the mysql_error parser.
type MySQLErrorConfig struct {
	Zone string `toml:"zone" doc:"The IANA time zone of times that name none, such as \"Europe/Berlin\"; empty: this host's. MySQL from 5.7 on names it."`
}

// Validate looks the zone up; its error is a *conf.FieldError.
func (c MySQLErrorConfig) Validate() error {
	_, err := NewMySQLError(c)
	return err
}

// Columns of the mysql_error parser.
const (
	mysqlThread = iota
	mysqlLevel
	mysqlCode
	mysqlSubsystem
	mysqlMessage
	mysqlColumns
)

// mysqlErrorParser reads error logs. It belongs to one goroutine.
type mysqlErrorParser struct {
	schema *record.Schema
	iso    clocks.RFC3339
	clock  clocks.Date
}

// NewMySQLError returns a parser for the error log of MySQL
// (https://dev.mysql.com/doc/refman/8.4/en/error-log-format.html) and MariaDB
// (https://mariadb.com/kb/en/error-log/):
//
//	2026-11-21T02:20:47.123456Z 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed.
//	2026-11-21  2:20:47 0 [Note] InnoDB: Buffer pool(s) load completed
//	261121 02:20:47 mysqld_safe Starting mysqld daemon
//
// Its columns are thread, level, code, subsystem and message; all but message may be
// Absent. The lines of a message without a time, such as a stack trace, belong to
// the entry when the reader has joined them, and fail when it has not.
//
// The error is a *conf.FieldError.
func NewMySQLError(c MySQLErrorConfig) (Parser, error) {
	clock, err := clocks.NewDate(c.Zone)
	if err != nil {
		return nil, err
	}
	schema := record.NewSchema([]string{"thread", "level", "code", "subsystem", "message"})
	return &mysqlErrorParser{schema: schema, clock: clock}, nil
}

func (p *mysqlErrorParser) Clone() Parser {
	return &mysqlErrorParser{schema: p.schema, clock: p.clock.Again()}
}

func (p *mysqlErrorParser) Parse(b *record.Batch) {
	b.Schema = p.schema
	eachLine(b, p)
}

func (p *mysqlErrorParser) parse(b *record.Batch, i int) string {
	r := &b.Records[i]
	text := b.Bytes(r.Text)
	at := p.readTime(r, text)
	if at < 0 {
		return "no match for a MySQL error log at its time"
	}
	readMySQLError(r, text, at, appendColumns(b, r, mysqlColumns))
	return ""
}

// readTime sets the record's time and returns where it ends in text, or -1.
func (p *mysqlErrorParser) readTime(r *record.Record, text []byte) int {
	const date, short = len("2006-01-02"), len("060102 15:04:05")
	var ok bool
	switch {
	case len(text) > date && text[date] == 'T':
		_, end := word(text, 0, len(text))
		r.Time, r.Zone, ok = p.iso.Read(text[:end])
		if !ok {
			return -1
		}
		return end
	case len(text) >= len("2006-01-02 15:04:05") && text[date] == ' ':
		end := len("2006-01-02 15:04:05")
		if _, after := clocks.Fraction(text, end); after > 0 {
			end = after
		}
		r.Time, r.Zone, ok = p.clock.Read(text[:end])
		if !ok || end < len(text) && text[end] != ' ' {
			return -1
		}
		return end
	case len(text) >= short && text[6] == ' ' && (len(text) == short || text[short] == ' '):
		full := [...]byte{'2', '0', text[0], text[1], '-', text[2], text[3], '-', text[4], text[5], ' ',
			text[7], text[8], text[9], text[10], text[11], text[12], text[13], text[14]}
		if r.Time, r.Zone, ok = p.clock.Read(full[:]); ok {
			return short
		}
	}
	return -1
}

// readMySQLError reads what follows the time: "thread [level] [code] [subsystem] message", of which only
// the message must be there.
func readMySQLError(r *record.Record, text []byte, at int, fields []record.Field) {
	from, to := word(text, at, len(text))
	if from < to && number.DigitsEnd(text[:to], from) == to {
		fields[mysqlThread] = numberPart(r, text, from, to)
		from, _ = word(text, to, len(text))
	}
	for _, column := range [...]int{mysqlLevel, mysqlCode, mysqlSubsystem} {
		if from == len(text) || text[from] != '[' {
			break
		}
		n := bytes.IndexByte(text[from:min(len(text), from+64)], ']')
		if n < 2 || column == mysqlCode && !bytes.HasPrefix(text[from+1:], []byte("MY-")) {
			break
		}
		fields[column] = partOf(r, from+1, from+n, record.String)
		from, _ = word(text, from+n+1, len(text))
	}
	end := len(text)
	for end > from && (text[end-1] == '\n' || text[end-1] == '\r') {
		end--
	}
	fields[mysqlMessage] = partOf(r, from, end, record.String)
}
