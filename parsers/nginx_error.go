package parsers

import (
	"bytes"

	"logskiff/conf"
	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
	"logskiff/record"
)

// NginxErrorConfig are the settings of the nginx_error parser.
type NginxErrorConfig struct {
	Zone string `toml:"zone" doc:"The IANA time zone of the times, such as \"Europe/Berlin\"; empty: this host's."`
}

// Validate looks the zone up; its error is a *conf.FieldError.
func (c NginxErrorConfig) Validate() error {
	_, err := NewNginxError(c)
	return err
}

// nginxErrorColumns are in the order of the line, but for the parts of the request.
var nginxErrorColumns = [...]string{
	"level", "pid", "tid", "connection", "message", "client", "server", "login",
	"request_method", "request_uri", "server_protocol", "request", "subrequest", "upstream", "host", "referrer",
	"bytes_from_client", "bytes_to_client", "bytes_from_upstream", "bytes_to_upstream",
}

// Columns of nginxErrorColumns.
const (
	errorLevel = iota
	errorPID
	errorTID
	errorConnection
	errorMessage
	errorClient
	errorServer
	errorLogin
	errorRequest
)

const (
	errorSubrequest = errorRequest + 4 + iota
	errorUpstream
	errorHost
	errorReferrer
	errorFromClient
	errorFromUpstream = errorFromClient + 2
)

type nginxErrorParser struct {
	schema *record.Schema
	clock  clocks.Zone
	times  clocks.Cache
}

// NewNginxError returns a parser for nginx's error log (http://nginx.org/en/docs/ngx_core_module.html#error_log;
// its lines are made by ngx_log_error_core and the handlers of the http, stream and mail modules):
//
//	2026/11/21 02:20:47 [error] 7#8: *9 message, client: 192.0.2.1, server: a, request: "GET / HTTP/1.1", host: "a"
//
// The list behind the message is read from its end, so that commas in the message do no
// harm. nginx escapes nothing there: a client that sends such a list itself, in
// its Referer, say, can pass it off as nginx's.
//
// The error is a *conf.FieldError.
func NewNginxError(c NginxErrorConfig) (Parser, error) {
	clock, err := clocks.NewZone(c.Zone)
	if err != nil {
		return nil, &conf.FieldError{Key: "zone", Msg: err.Error(), Hint: `use a name such as "Europe/Berlin" or "UTC"`}
	}
	return &nginxErrorParser{schema: record.NewSchema(nginxErrorColumns[:]), clock: clock}, nil
}

func (p *nginxErrorParser) Clone() Parser {
	return &nginxErrorParser{schema: p.schema, clock: clocks.Zone{Location: p.clock.Location}}
}

func (p *nginxErrorParser) Parse(b *record.Batch) {
	b.Schema = p.schema
	eachLine(b, p)
}

func (p *nginxErrorParser) parse(b *record.Batch, i int) string {
	r := &b.Records[i]
	text, fields := b.Bytes(r.Text), appendColumns(b, r, len(nginxErrorColumns))
	rest, why := p.header(r, text, fields)
	if why != "" {
		return why
	}
	readErrorList(text, r.Text.Off, rest, fields)
	return ""
}

// nginxErrorTime is how ngx_time_update writes it.
const nginxErrorTime = "2006/01/02 15:04:05"

// header reads what stands before the message, and returns where that begins or why the
// line does not match.
func (p *nginxErrorParser) header(r *record.Record, text []byte, fields []record.Field) (rest int, why string) {
	at := len(nginxErrorTime)
	if len(text) < at+len(" [a] 1#1: ") || text[at] != ' ' || text[at+1] != '[' {
		return 0, "no match for nginx error log at its time"
	}
	parse := func(s []byte) (int64, int16, bool) { return p.parseTime(s) }
	var ok bool
	if r.Time, r.Zone, ok = p.times.Read(text[:at], parse); !ok {
		return 0, "no match for nginx error log at its time"
	}
	at += 2
	put := func(column, from, to int, kind record.Type) {
		fields[column] = record.Field{Span: record.Span{Off: r.Text.Off + uint32(from), Len: uint32(to - from)}, Type: kind}
	}
	end := at + lettersEnd(text[at:])
	if end == at || !bytes.HasPrefix(text[end:], []byte("] ")) {
		return 0, "no match for nginx error log at its level"
	}
	put(errorLevel, at, end, record.String)
	for _, c := range [...]struct {
		column int
		before byte
	}{{errorPID, ' '}, {errorTID, '#'}} {
		at = end + 1
		if c.before == ' ' {
			at++
		}
		end = number.DigitsEnd(text, at)
		if !number.Guessed(text[at:end]) {
			return 0, "no match for nginx error log at its process"
		}
		put(c.column, at, end, record.Number)
		if c.before == ' ' && (end == len(text) || text[end] != '#') {
			return 0, "no match for nginx error log at its process"
		}
	}
	if !bytes.HasPrefix(text[end:], []byte(": ")) {
		return 0, "no match for nginx error log at its process"
	}
	at = end + 2
	if at < len(text) && text[at] == '*' {
		if end = number.DigitsEnd(text, at+1); end < len(text) && text[end] == ' ' && number.Guessed(text[at+1:end]) {
			put(errorConnection, at+1, end, record.Number)
			at = end + 1
		}
	}
	return at, ""
}

func (p *nginxErrorParser) parseTime(s []byte) (int64, int16, bool) {
	if s[4] != '/' || s[7] != '/' || s[10] != ' ' {
		return 0, 0, false
	}
	shown, ok := clocks.Instant(clocks.Four(s), clocks.Two(s[5:]), clocks.Two(s[8:]), s[11:], 0)
	if !ok {
		return 0, 0, false
	}
	return p.clock.Instant(shown / 1_000_000_000)
}

// lettersEnd returns how many letters s begins with.
func lettersEnd(s []byte) int {
	for i, c := range s {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return i
		}
	}
	return len(s)
}
