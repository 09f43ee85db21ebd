package parsers

import (
	"bytes"

	"logskiff/record"
)

// DockerConfig are the settings of the Docker parser. It has none yet.
type DockerConfig struct{}

// dockerParser belongs to one goroutine.
type dockerParser struct{ containerParser }

// NewDocker returns a parser for the lines in which Docker's json-file driver stores what
// containers write (https://docs.docker.com/engine/logging/drivers/json-file/):
//
//	{"log":"message\n","stream":"stdout","attrs":{"tag":"web"},"time":"2026-11-21T02:20:47.123456789Z"}
//
// Columns are message (log without its newline), stream, attrs (an object), partial and continued.
// The record's time is the line's. A message without escapes is String, another is JSON,
// as it was written. Docker cuts messages over 16 KiB: all pieces but the last one
// have no newline. Where a record's text is several lines, their messages are joined; the
// time and attrs are the first line's. Lines of two streams become a record for each message. partial is
// true when the piece that ends a message is not there, continued when the one that begins it is not.
func NewDocker(DockerConfig) (Parser, error) {
	return &dockerParser{containerParser{schema: record.NewSchema([]string{"message", "stream", "attrs", "partial", "continued"})}}, nil
}

func (p *dockerParser) Clone() Parser { return &dockerParser{p.again()} }

func (p *dockerParser) Parse(b *record.Batch) {
	p.walk(b, p)
}

func (p *dockerParser) parse(b *record.Batch, i int) string {
	r, end := &b.Records[i], len(b.Buf)
	l, message, why := p.line(b, r.Text)
	if why == twoStreams {
		b.Buf = b.Buf[:end]
		return p.divide(b, i)
	}
	if why != "" {
		return why
	}
	r.Kind, r.Fields, r.Time, r.Zone = record.Columns, uint32(len(b.Fields)), l.time, l.zone
	b.Fields = append(b.Fields, message, l.stream, l.attrs, yesIf(!l.ended, p.yes), yesIf(isContinued(b, r, l.stream.Span), p.yes))
	return ""
}

// divide makes a record of each message in record i, and returns "" or why it cannot.
func (p *dockerParser) divide(b *record.Batch, i int) string {
	r := &b.Records[i]
	text := b.Bytes(r.Text)
	p.mixed.begin()
	for at := 0; at <= len(text); {
		end := lineEnd(text, at)
		var l dockerLine
		if why := p.piece(&l, text[at:end], r.Text.Off+uint32(at)); why != "" {
			return why
		}
		p.mixed.add(containerPiece{
			time: l.time, zone: l.zone, stderr: isStderr(b, l.stream.Span), more: !l.ended, stream: l.stream, attrs: l.attrs, text: l.message,
		}, at)
		at = end + 1
	}
	if !p.mixed.divide(b, i, func(m *containerMessage, continued bool) {
		pieces := p.mixed.pieces
		first := &pieces[m.first]
		message := record.Field{Span: record.Span{Off: uint32(len(b.Buf))}, Type: record.JSON}
		if m.first == m.last {
			message = messageField(b, first.text)
		} else {
			b.Buf = append(b.Buf, '"')
			for k := m.first; k > 0; k = pieces[k].next {
				b.Buf = append(b.Buf, b.Bytes(pieces[k].text)...)
			}
			b.Buf = append(b.Buf, '"')
			message.Len = uint32(len(b.Buf)) - message.Off
		}
		b.Fields = append(b.Fields, message, first.stream, first.attrs, yesIf(pieces[m.last].more, p.yes), yesIf(continued, p.yes))
	}) {
		return twoStreams
	}
	return ""
}

// line reads a record's text, one line or several; why says why it cannot.
func (p *dockerParser) line(b *record.Batch, s record.Span) (first dockerLine, message record.Field, why string) {
	text := b.Bytes(s)
	end := bytes.IndexByte(text, '\n')
	if end < 0 {
		if why = p.piece(&first, text, s.Off); why != "" {
			return first, message, why
		}
		return first, messageField(b, first.message), ""
	}
	if why = p.piece(&first, text[:end], s.Off); why != "" {
		return first, message, why
	}
	off := uint32(len(b.Buf))
	b.Buf = append(append(b.Buf, '"'), b.Bytes(first.message)...)
	for at := end + 1; at <= len(text); at += end + 1 {
		if end = bytes.IndexByte(text[at:], '\n'); end < 0 {
			end = len(text) - at
		}
		var next dockerLine
		if why = p.piece(&next, text[at:at+end], s.Off+uint32(at)); why != "" {
			return first, message, why
		}
		if !bytes.Equal(b.Bytes(next.stream.Span), b.Bytes(first.stream.Span)) {
			return first, message, twoStreams
		}
		if first.ended {
			b.Buf = append(b.Buf, `\n`...)
		}
		b.Buf = append(b.Buf, b.Bytes(next.message)...)
		first.ended = next.ended
	}
	b.Buf = append(b.Buf, '"')
	message = record.Field{Span: record.Span{Off: off, Len: uint32(len(b.Buf)) - off}, Type: record.JSON}
	return first, message, ""
}

// messageField returns a field for the inside of a JSON string: as it is, or, when it has
// escapes, in quotes again, since the newline that was cut off stood before the old one.
func messageField(b *record.Batch, s record.Span) record.Field {
	inside := b.Bytes(s)
	if bytes.IndexByte(inside, '\\') < 0 {
		return stringField(s)
	}
	off := uint32(len(b.Buf))
	b.Buf = append(append(append(b.Buf, '"'), inside...), '"')
	return record.Field{Span: record.Span{Off: off, Len: s.Len + 2}, Type: record.JSON}
}
