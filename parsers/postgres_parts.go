package parsers

import (
	"bytes"

	"logskiff/parsers/number"
	"logskiff/record"
)

// readTime sets the record's time; false: what stands there is none.
func (p *postgresParser) readTime(r *record.Record, text []byte, places []int32) (ok bool) {
	if p.stamp == 0 || places[2*p.stamp] < 0 { // none, or behind a %q
		r.Time, r.Zone = 0, 0
		return true
	}
	stamp := text[places[2*p.stamp]:places[2*p.stamp+1]]
	if p.epoch {
		r.Zone = 0
		r.Time, ok = parseMsec(stamp)
		return ok
	}
	r.Time, r.Zone, ok = p.clock.read(stamp)
	return ok
}

// parts sets own to what the entry consists of: column begins at text[from], and its line ends at
// end. A line of a column that is set already is text of the one before it.
func (p *postgresParser) parts(b *record.Batch, r *record.Record, text []byte, own []record.Field, column, from, end int) {
	for {
		next, nextColumn, nextFrom := end, 0, 0
		folded := false
		for next < len(text) {
			begin := next + 1
			lineStop := lineEnd(text, begin)
			if begin < len(text) && text[begin] == '\t' {
				folded = true
			} else if c, at, ok := p.part(text[begin:lineStop]); ok && c != column && own[c].Type == record.Absent {
				nextColumn, nextFrom, end = c, begin+at, lineStop
				break
			}
			next = lineStop
		}
		own[column] = partOf(r, from, trimmedEnd(text, from, next), record.String)
		if folded {
			own[column] = unfolded(b, text[from:next])
		}
		if nextFrom == 0 {
			return
		}
		column, from = nextColumn, nextFrom
	}
}

// part reports whether a line is one of DETAIL and the like, and where its text begins.
func (p *postgresParser) part(line []byte) (column, at int, ok bool) {
	if !bytes.Contains(line, []byte(":  ")) {
		return 0, 0, false
	}
	places := p.match(line)
	if places == nil {
		return 0, 0, false
	}
	column, ok = pgPart(line[places[2*p.severity]:places[2*p.severity+1]])
	return column, int(places[1]), ok
}

// unfolded appends text without the tab that PostgreSQL writes behind each newline.
func unfolded(b *record.Batch, text []byte) record.Field {
	off := len(b.Buf)
	for {
		n := bytes.Index(text, []byte("\n\t"))
		if n < 0 {
			break
		}
		b.Buf = append(b.Buf, text[:n+1]...)
		text = text[n+2:]
	}
	b.Buf = append(b.Buf, text...)
	return record.Field{Span: record.Span{Off: uint32(off), Len: uint32(len(b.Buf) - off)}, Type: record.String}
}

// message looks into a message, which begins at text[from].
func (p *postgresParser) message(r *record.Record, text []byte, own []record.Field, from int) {
	const duration = "duration: "
	if bytes.HasPrefix(text[from:], []byte(duration)) {
		from += len(duration)
		if end := number.End(text, from); end > 0 && bytes.HasPrefix(text[end:], []byte(" ms")) && number.Guessed(text[from:end]) {
			own[pgDuration] = partOf(r, from, end, record.Number)
		}
		return
	}
	// Only log_error_verbosity = verbose writes LOCATION, and then a code before the message.
	if p.noCode || own[pgLocation].Type == record.Absent || own[pgMessage].Len < 7 || text[from+5] != ':' || text[from+6] != ' ' {
		return
	}
	for _, c := range text[from : from+5] {
		if !number.IsDigit(c) && (c < 'A' || c > 'Z') {
			return
		}
	}
	own[pgStateCode] = partOf(r, from, from+5, record.String)
	own[pgMessage].Off += 7
	own[pgMessage].Len -= 7
}

// splitRemote cuts the port off "192.0.2.7(51234)", which %r writes.
func (p *postgresParser) splitRemote(b *record.Batch, fields []record.Field) {
	host, port := &fields[p.remote], &fields[p.own-1]
	text := b.Bytes(host.Span)
	open := bytes.LastIndexByte(text, '(')
	if open < 0 || text[len(text)-1] != ')' || !number.Guessed(text[open+1:len(text)-1]) {
		return
	}
	*port = record.Field{Span: record.Span{Off: host.Off + uint32(open) + 1, Len: uint32(len(text) - open - 2)}, Type: record.Number}
	host.Len = uint32(open)
}
