package parsers

import (
	"bytes"

	"logskiff/parsers/clocks"
	"logskiff/record"
)

// MySQLSlowConfig are the settings of the mysql_slow parser.
type MySQLSlowConfig struct {
	Zone string `toml:"zone" doc:"The IANA time zone of times that name none, such as \"Europe/Berlin\"; empty: this host's. Only entries without SET timestamp need it."`
}

// Validate looks the zone up; its error is a *conf.FieldError.
func (c MySQLSlowConfig) Validate() error {
	_, err := NewMySQLSlow(c)
	return err
}

// mysqlSlowParser reads slow query logs. It belongs to one goroutine.
type mysqlSlowParser struct {
	words *vocabulary // slowNames
	iso   clocks.RFC3339
	clock clocks.Date
	names uint32 // where words stand in the batch under way
}

// NewMySQLSlow returns a parser for entries of the slow query log of MySQL
// (https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html), Percona Server
// (https://docs.percona.com/percona-server/8.0/slow-extended.html) and MariaDB
// (https://mariadb.com/kb/en/slow-query-log-overview/). An entry is several lines, which
// the reader must have joined: they begin with "# Time: ", or where that is left out,
// with "# User@Host: ".
//
// Each "Key: value" becomes a field in small letters; numbers are Number, Yes and No are true
// and false. Others are priv_user, user, host, ip, thread_id, database (of a use
// line), query (without its last semicolon), administrator_command, explain, and, for lines
// that are none of these, comment, or server_start for what the server writes when it starts.
// The time is that of "# Time: " when it names its zone, else of SET timestamp, else "# Time: ".
//
// The error is a *conf.FieldError.
func NewMySQLSlow(c MySQLSlowConfig) (Parser, error) {
	clock, err := clocks.NewDate(c.Zone)
	if err != nil {
		return nil, err
	}
	return &mysqlSlowParser{words: newVocabulary(slowNames()), clock: clock}, nil
}

func (p *mysqlSlowParser) Clone() Parser {
	return &mysqlSlowParser{words: p.words, clock: p.clock.Again()}
}

func (p *mysqlSlowParser) Parse(b *record.Batch) {
	p.names = uint32(len(b.Buf))
	b.Buf = append(b.Buf, p.words.text...)
	eachLine(b, p)
}

func (p *mysqlSlowParser) parse(b *record.Batch, i int) string {
	r, base := &b.Records[i], len(b.Fields)
	e := slowEntry{p: p, b: b, r: r, text: b.Bytes(r.Text), base: base}
	if why := e.read(); why != "" {
		return why
	}
	r.Time, r.Zone = e.time, e.zone
	setPairs(b, i, base)
	return ""
}

// slowEntry is the entry under way. text is part of b.Buf before that grows, with the same bytes.
type slowEntry struct {
	p        *mysqlSlowParser
	b        *record.Batch
	r        *record.Record
	text     []byte
	base     int // of its fields
	time     int64
	zone     int16
	certain  bool // the time names its zone
	threadID bool
	explain  uint32 // begin of the explain lines in b.Buf; 0: there are none
}

// maxSlowFields bounds the fields of an entry; real ones have less than a hundred.
const maxSlowFields = 1000

// read returns "" or why the text is no entry.
func (e *slowEntry) read() string {
	if len(e.text) < 2 || e.text[0] != '#' || e.text[1] != ' ' {
		return "no entry of a MySQL slow log: it does not begin with \"# \""
	}
	at := 0
	for at < len(e.text) && e.text[at] == '#' {
		end := lineEnd(e.text, at)
		e.comment(at, end)
		if len(e.b.Fields)-e.base > 2*maxSlowFields {
			return "no entry of a MySQL slow log: it has too many fields"
		}
		at = min(end+1, len(e.text))
	}
	e.endExplain()
	e.statements(at)
	if len(e.b.Fields) == e.base && e.time == 0 {
		return "no entry of a MySQL slow log: it has no fields"
	}
	return ""
}

// lineEnd returns where the line at text[at] ends: at a newline, or the end.
func lineEnd(text []byte, at int) int {
	if n := bytes.IndexByte(text[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(text)
}

// comment reads the line text[at:end], which begins with #.
func (e *slowEntry) comment(at, end int) {
	const userHost, administrator, explain = "# User@Host: ", "# administrator command: ", "# explain: "
	line := e.text[at:end]
	switch {
	case bytes.HasPrefix(line, []byte(slowTime)):
		if !e.readTime(line[len(slowTime):]) {
			e.put(slowComment, at+len("# "), end, record.String)
		}
	case bytes.HasPrefix(line, []byte(userHost)):
		e.pairs(e.userHost(at+len(userHost), end), end)
	case bytes.HasPrefix(line, []byte(administrator)):
		to := end
		if e.text[to-1] == ';' {
			to--
		}
		e.put(slowAdministrator, at+len(administrator), to, record.String)
	case bytes.HasPrefix(line, []byte(explain)):
		e.addExplain(line[len(explain):])
	default:
		e.pairs(at+1, end)
	}
}

// statements reads what follows the comments: use, SET timestamp, and the query.
func (e *slowEntry) statements(at int) {
	text := e.text
	for at < len(text) {
		end := lineEnd(text, at)
		line := text[at:end]
		switch {
		case bytes.HasPrefix(line, []byte("use ")) && bytes.HasSuffix(line, []byte{';'}):
			e.put(slowDatabase, at+len("use "), end-1, record.String)
		case bytes.HasPrefix(line, []byte("SET ")) && e.setTimestamp(line):
			if !bytes.HasPrefix(line, []byte("SET timestamp=")) { // insert_id and the like
				e.put(slowComment, at, end, record.String)
			}
			at = min(end+1, len(text))
			if bytes.HasPrefix(text[at:], []byte("# ")) {
				end = lineEnd(text, at)
				e.comment(at, end)
				at = min(end+1, len(text))
			}
			e.query(at)
			return
		default:
			e.query(at)
			return
		}
		at = min(end+1, len(text))
	}
}

// query takes the rest of the text, but for what the server writes when it starts.
func (e *slowEntry) query(at int) {
	end := len(e.text)
	start := end
	if n := bytes.Index(e.text[at:], []byte("\nTcp port: ")); n >= 0 {
		header := 1 + at + bytes.LastIndexByte(e.text[at:at+n], '\n')
		if bytes.Contains(e.text[header:at+n], []byte(", Version: ")) {
			start, end = header, header
		}
	}
	for end > at && (e.text[end-1] == '\n' || e.text[end-1] == '\r') {
		end--
	}
	if end > at && e.text[end-1] == ';' {
		end--
	}
	if end > at {
		e.put(slowQuery, at, end, record.String)
	}
	if start < len(e.text) {
		e.put(slowServerStart, start, len(e.text), record.String)
	}
}
