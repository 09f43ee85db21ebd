package parsers

import (
	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
	"logskiff/record"
)

// syslogParser belongs to one goroutine.
type syslogParser struct {
	format string
	schema *record.Schema
	words  *syslogWords
	stamp  clocks.RFC3339
	local  bsdClock
	utc    bsdClock

	wordsAt uint32 // where words stand in the batch under way
}

// NewSyslog returns a parser for syslog messages, as they come over the wire and as syslog daemons
// and journalctl write them to files:
//
//	<34>1 2026-11-21T02:20:47.003Z host su 77 ID47 [origin@32473 ip="1.2.3.4"] text     RFC 5424
//	<34>Nov 21 02:20:47 host su[77]: text                                               RFC 3164
//	2026-11-21T02:20:47.123456+01:00 host su[77]: text                                  rsyslog and syslog-ng
//	<189>29: *Nov 21 2026 02:20:47.123 UTC: %SYS-5-CONFIG_I: text                       Cisco IOS
//
// <PRI> may be missing. Columns are priority, facility, severity (by their names in syslog.h),
// host, app, pid, procid, msgid and message; a PROCID that is no number is procid, so that pid always is
// one. What is missing or "-" is Absent. A message with
// structured data is Pairs, the parameters between msgid and message, named as ID.name; an
// element without parameters is true, and what is no structured data belongs to the message. A byte order mark before the message is left out.
//
// The record's time is the message's, in the zone it says or else the one of the settings.
// A missing year is the last one in which the time is not more than a day after
// Batch.ReadAt. A message without a time needs a <PRI>.
//
// https://www.rfc-editor.org/rfc/rfc5424, https://www.rfc-editor.org/rfc/rfc3164,
// https://www.rsyslog.com/doc/configuration/templates.html#reserved-template-names
//
// The error is a *conf.FieldError.
func NewSyslog(c SyslogConfig) (Parser, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	local, err := clocks.NewZone(c.Zone)
	if err != nil {
		return nil, err
	}
	utc, err := clocks.NewZone("UTC")
	if err != nil {
		return nil, err
	}
	return &syslogParser{
		format: c.Format, schema: record.NewSchema(syslogColumns()), words: newSyslogWords(),
		local: bsdClock{clock: local}, utc: bsdClock{clock: utc},
	}, nil
}

func (p *syslogParser) Clone() Parser {
	return &syslogParser{
		format: p.format, schema: p.schema, words: p.words,
		local: bsdClock{clock: p.local.clock}, utc: bsdClock{clock: p.utc.clock},
	}
}

// The columns, in their order.
const (
	syslogPriority = iota
	syslogFacility
	syslogSeverity
	syslogHost
	syslogApp
	syslogPID
	syslogProcID
	syslogMsgID
	syslogMessage
	syslogWidth
)

func syslogColumns() []string {
	return []string{"priority", "facility", "severity", "host", "app", "pid", "procid", "msgid", "message"}
}

func (p *syslogParser) Parse(b *record.Batch) {
	b.Schema = p.schema
	p.wordsAt = uint32(len(b.Buf))
	b.Buf = append(b.Buf, p.words.text...)
	p.local.setNow(b.ReadAt)
	p.utc.setNow(b.ReadAt)
	eachLine(b, p)
}

func (p *syslogParser) parse(b *record.Batch, i int) string {
	r, first := &b.Records[i], len(b.Fields)
	l := syslogLine{b: b, text: b.Bytes(r.Text), off: r.Text.Off, words: p.wordsAt, first: first}
	if why := p.line(&l); why != "" {
		return why
	}
	r.Time, r.Zone = l.time, l.zone
	if l.pairs {
		p.appendPair(&l, syslogMessage)
		setPairs(b, i, first)
		return ""
	}
	b.Fields = append(b.Fields, l.fields[:]...)
	r.Kind, r.Fields = record.Columns, uint32(first)
	return ""
}

// syslogLine is what is known of the line under way.
type syslogLine struct {
	b      *record.Batch
	text   []byte
	off    uint32 // of text in b.Buf
	words  uint32 // where syslogWords stand in b.Buf
	at     int    // what is before it has been read
	first  int    // index of the line's first field in b.Fields
	fields [syslogWidth]record.Field
	time   int64
	zone   int16
	timed  bool
	noHost bool // a colon behind the time said so
	pairs  bool // there is structured data: all fields but the message are in b.Fields
}

const noSyslogTime = "no syslog time"

// line returns "" or why the line is none.
func (p *syslogParser) line(l *syslogLine) string {
	hasPriority := p.priority(l)
	if p.format == syslogRFC5424 || p.format == syslogAuto && l.hasVersion() {
		return p.rfc5424(l)
	}
	if !p.headerTime(l) && !hasPriority {
		return noSyslogTime
	}
	l.bsdHeader()
	return ""
}

// priority reads "<PRI>", if it is there.
func (p *syslogParser) priority(l *syslogLine) bool {
	s := l.text
	if len(s) < 3 || s[0] != '<' {
		return false
	}
	end, pri := 1, 0
	for end < len(s) && end < 4 && number.IsDigit(s[end]) {
		pri = 10*pri + int(s[end]-'0')
		end++
	}
	if end == 1 || end == len(s) || s[end] != '>' || pri > 191 || s[1] == '0' && end > 2 {
		return false
	}
	l.set(syslogPriority, 1, end)
	l.fields[syslogPriority].Type = record.Number
	l.fields[syslogFacility] = l.word(p.words.facility[pri>>3])
	l.fields[syslogSeverity] = l.word(p.words.severity[pri&7])
	l.at = end + 1
	return true
}

// set stores text[from:to] as a column.
func (l *syslogLine) set(column, from, to int) {
	l.fields[column] = stringField(record.Span{Off: l.off + uint32(from), Len: uint32(to - from)})
}

// setPID stores text[from:to], which is mostly a number.
func (l *syslogLine) setPID(from, to int) {
	if !number.Guessed(l.text[from:to]) {
		l.set(syslogProcID, from, to)
		return
	}
	l.set(syslogPID, from, to)
	l.fields[syslogPID].Type = record.Number
}

func (l *syslogLine) word(s record.Span) record.Field {
	return stringField(record.Span{Off: l.words + s.Off, Len: s.Len})
}

// setMessage takes all that was not read yet as the message.
func (l *syslogLine) setMessage() {
	if l.at < len(l.text) {
		l.set(syslogMessage, l.at, len(l.text))
	}
}
