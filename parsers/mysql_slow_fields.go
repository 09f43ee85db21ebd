package parsers

import (
	"bytes"

	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
	"logskiff/record"
)

const slowTime = "# Time: "

// slowName is a name that the log does not have as a key, or a value.
type slowName uint8

const (
	slowPrivUser slowName = iota
	slowUser
	slowHost
	slowIP
	slowThreadID
	slowDatabase
	slowQuery
	slowAdministrator
	slowExplain
	slowComment
	slowServerStart
	slowTrue
	slowFalse
)

// slowNames returns what each slowName is.
func slowNames() []string {
	return []string{"priv_user", "user", "host", "ip", "thread_id", "database", "query",
		"administrator_command", "explain", "comment", "server_start", "true", "false"}
}

// vocabulary is a text to be put into a batch once, and where each of its words begins;
// the last of at is the text's end.
type vocabulary struct {
	text string
	at   []uint32
}

func newVocabulary(words []string) *vocabulary {
	v := &vocabulary{}
	for _, w := range words {
		v.at = append(v.at, uint32(len(v.text)))
		v.text += w
	}
	v.at = append(v.at, uint32(len(v.text)))
	return v
}

func (e *slowEntry) name(n slowName, kind record.Type) record.Field {
	at := e.p.words.at
	return record.Field{Span: record.Span{Off: e.p.names + at[n], Len: at[n+1] - at[n]}, Type: kind}
}

// put adds a field whose value is text[from:to].
func (e *slowEntry) put(n slowName, from, to int, kind record.Type) {
	e.b.Fields = append(e.b.Fields, e.name(n, record.String), partOf(e.r, from, to, kind))
}

// userHost reads "priv_user[user] @ host [ip]" and returns where it ends.
func (e *slowEntry) userHost(at, end int) int {
	line := e.text[:end]
	open := bytes.IndexByte(line[at:], '[')
	if open < 0 {
		return at
	}
	open += at
	const between = "] @ "
	n := bytes.Index(line[open:], []byte(between))
	if n < 0 {
		return at
	}
	user := open + n
	host := user + len(between)
	ip := bytes.IndexByte(line[host:], '[')
	if ip < 0 {
		return at
	}
	ip += host
	n = bytes.IndexByte(line[ip:], ']')
	if n < 0 {
		return at
	}
	put := func(name slowName, from, to int) {
		if from < to {
			e.put(name, from, to, record.String)
		}
	}
	put(slowPrivUser, at, open)
	put(slowUser, open+1, user)
	put(slowHost, host, max(host, ip-1))
	put(slowIP, ip+1, ip+n)
	return ip + n + 1
}

// pairs reads "Key: value  Key: value ..." from text[at:end]. A value has no spaces, and may be missing.
func (e *slowEntry) pairs(at, end int) {
	for len(e.b.Fields)-e.base <= 2*maxSlowFields {
		from, to := word(e.text, at, end)
		if from == to {
			return
		}
		if !isSlowKey(e.text[from:to]) {
			e.put(slowComment, from, trimmedEnd(e.text, from, end), record.String)
			return
		}
		key := e.text[from : to-1]
		from, at = word(e.text, to, end)
		if isSlowKey(e.text[from:at]) {
			at = from
			continue
		}
		if from < at {
			e.pair(key, from, at)
		}
	}
}

// word returns the first word of text[at:end].
func word(text []byte, at, end int) (from, to int) {
	for at < end && text[at] == ' ' {
		at++
	}
	from = at
	for at < end && text[at] != ' ' {
		at++
	}
	return from, at
}

func trimmedEnd(text []byte, from, end int) int {
	for end > from && (text[end-1] == ' ' || text[end-1] == '\r') {
		end--
	}
	return end
}

func isSlowKey(s []byte) bool {
	if len(s) < 2 || s[len(s)-1] != ':' {
		return false
	}
	for _, c := range s[:len(s)-1] {
		if !isNameByte(c) {
			return false
		}
	}
	return true
}

func (e *slowEntry) pair(key []byte, from, to int) {
	value := e.text[from:to]
	f := numberPart(e.r, e.text, from, to)
	switch {
	case string(key) == "InnoDB_trx_id": // older servers write it in hexadecimal digits
		f = partOf(e.r, from, to, record.String)
	case string(value) == "Yes":
		f = e.name(slowTrue, record.JSON)
	case string(value) == "No":
		f = e.name(slowFalse, record.JSON)
	}
	if string(key) == "Id" || string(key) == "Thread_id" { // log_slow_extra writes both
		if !e.threadID {
			e.b.Fields = append(e.b.Fields, e.name(slowThreadID, record.String), f)
			e.threadID = true
		}
		return
	}
	off := len(e.b.Buf)
	for _, c := range key {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		e.b.Buf = append(e.b.Buf, c)
	}
	name := record.Field{Span: record.Span{Off: uint32(off), Len: uint32(len(key))}, Type: record.String}
	e.b.Fields = append(e.b.Fields, name, f)
}

// addExplain collects the lines of MariaDB's explain table, joined by newlines.
func (e *slowEntry) addExplain(line []byte) {
	if e.explain == 0 {
		e.explain = uint32(len(e.b.Buf))
	} else {
		e.b.Buf = append(e.b.Buf, '\n')
	}
	e.b.Buf = append(e.b.Buf, line...)
}

func (e *slowEntry) endExplain() {
	if e.explain == 0 {
		return
	}
	value := record.Field{Span: record.Span{Off: e.explain, Len: uint32(len(e.b.Buf)) - e.explain}, Type: record.String}
	e.b.Fields = append(e.b.Fields, e.name(slowExplain, record.String), value)
}

// readTime reads "2026-11-21T02:20:47.123456Z", or without a zone "261121  2:20:47". false:
// it is neither.
func (e *slowEntry) readTime(s []byte) (ok bool) {
	s = bytes.TrimRight(s, " \r")
	if t, zone, ok := e.p.iso.Read(s); ok {
		e.time, e.zone, e.certain = t, zone, true
		return true
	}
	if len(s) < len("060102 15:04:05") || len(s) > 30 || s[6] != ' ' {
		return false
	}
	var full [40]byte
	copy(full[:], "2000-00-00")
	copy(full[2:], s[0:2])
	copy(full[5:], s[2:4])
	copy(full[8:], s[4:6])
	n := 10 + copy(full[10:], s[6:])
	t, zone, ok := e.p.clock.Read(full[:n])
	if ok {
		e.time, e.zone = t, zone
	}
	return ok
}

// setTimestamp reads "SET timestamp=1795224047;", which other variables may precede. It
// returns whether line is one.
func (e *slowEntry) setTimestamp(line []byte) bool {
	const name = "timestamp="
	n := bytes.Index(line, []byte(name))
	if n < 0 || line[len(line)-1] != ';' {
		return false
	}
	value := line[n+len(name) : len(line)-1]
	end := number.DigitsEnd(value, 0)
	nanos, fractionEnd := clocks.Fraction(value, end)
	if end == 0 || end > 10 || fractionEnd != len(value) {
		return false
	}
	seconds := int64(0)
	for _, c := range value[:end] {
		seconds = 10*seconds + int64(c-'0')
	}
	if !e.certain && seconds < clocks.MaxSecond {
		e.time, e.zone = seconds*1_000_000_000+int64(nanos), 0
	}
	return true
}
