package parsers

import (
	"bytes"

	"logskiff/record"
)

// CRIConfig are the settings of the CRI parser. It has none yet.
type CRIConfig struct{}

// criParser belongs to one goroutine.
type criParser struct{ containerParser }

const (
	notCRI     = "not a CRI line"
	badCRITime = "no CRI time"
	twoStreams = "lines of two streams in a record that is too short for them"
)

// NewCRI returns a parser for the lines in which containerd and CRI-O store what
// containers write (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md):
//
//	2026-11-21T02:20:47.123456789Z stdout F message
//
// Columns are message, stream (stdout or stderr), partial and continued. The record's time is the
// line's. A runtime cuts long messages: pieces have the tag P, the last one F. Where a
// record's text is several such lines, pieces are joined as they stand and whole
// messages with a newline; the time is the first line's. Lines of two streams become a record for each
// message. partial is true when the piece that ends a message is not there, continued when the one that begins it is not.
func NewCRI(CRIConfig) (Parser, error) {
	return &criParser{containerParser{schema: record.NewSchema([]string{"message", "stream", "partial", "continued"})}}, nil
}

func (p *criParser) Clone() Parser { return &criParser{p.again()} }

func (p *criParser) Parse(b *record.Batch) {
	p.walk(b, p)
}

func (p *criParser) parse(b *record.Batch, i int) string {
	r, end := &b.Records[i], len(b.Buf)
	l, why := p.line(b, r.Text)
	if why == twoStreams {
		b.Buf = b.Buf[:end]
		return p.divide(b, i)
	}
	if why != "" {
		return why
	}
	r.Kind, r.Fields, r.Time, r.Zone = record.Columns, uint32(len(b.Fields)), l.time, l.zone
	b.Fields = append(b.Fields, stringField(l.message), stringField(l.stream), yesIf(l.partial, p.yes), yesIf(isContinued(b, r, l.stream), p.yes))
	return ""
}

func yesIf(so bool, yes record.Field) record.Field {
	if so {
		return yes
	}
	return record.Field{}
}

// divide makes a record of each message in record i, and returns "" or why it cannot.
func (p *criParser) divide(b *record.Batch, i int) string {
	r := &b.Records[i]
	text := b.Bytes(r.Text)
	p.mixed.begin()
	for at := 0; at <= len(text); {
		end := lineEnd(text, at)
		l, why := p.piece(text[at:end], r.Text.Off+uint32(at))
		if why != "" {
			return why
		}
		p.mixed.add(containerPiece{
			time: l.time, zone: l.zone, stderr: isStderr(b, l.stream), more: l.partial, stream: stringField(l.stream), text: l.message,
		}, at)
		at = end + 1
	}
	if !p.mixed.divide(b, i, func(m *containerMessage, continued bool) {
		pieces := p.mixed.pieces
		message := pieces[m.first].text
		if m.first != m.last {
			message.Off = uint32(len(b.Buf))
			for k := m.first; k > 0; k = pieces[k].next {
				b.Buf = append(b.Buf, b.Bytes(pieces[k].text)...)
			}
			message.Len = uint32(len(b.Buf)) - message.Off
		}
		b.Fields = append(b.Fields, stringField(message), pieces[m.first].stream, yesIf(pieces[m.last].more, p.yes), yesIf(continued, p.yes))
	}) {
		return twoStreams
	}
	return ""
}

// criLine is what one line says, or several that were joined.
type criLine struct {
	time    int64
	zone    int16
	partial bool
	stream  record.Span
	message record.Span
}

// line reads a record's text; the second value is why it cannot.
func (p *criParser) line(b *record.Batch, s record.Span) (criLine, string) {
	lines := b.Bytes(s)
	end := bytes.IndexByte(lines, '\n')
	if end < 0 {
		return p.piece(lines, s.Off)
	}
	whole, why := p.piece(lines[:end], s.Off)
	if why != "" {
		return whole, why
	}
	stream := b.Bytes(whole.stream)
	off := uint32(len(b.Buf))
	b.Buf = append(b.Buf, b.Bytes(whole.message)...)
	for at := end + 1; at <= len(lines); at += end + 1 {
		if end = bytes.IndexByte(lines[at:], '\n'); end < 0 {
			end = len(lines) - at
		}
		next, why := p.piece(lines[at:at+end], s.Off+uint32(at))
		if why != "" {
			return whole, why
		}
		if !bytes.Equal(b.Bytes(next.stream), stream) {
			return whole, twoStreams
		}
		if !whole.partial {
			b.Buf = append(b.Buf, '\n')
		}
		b.Buf = append(b.Buf, b.Bytes(next.message)...)
		whole.partial = next.partial
	}
	whole.message = record.Span{Off: off, Len: uint32(len(b.Buf)) - off}
	return whole, ""
}

// piece reads one line, which stands at off in the batch's buffer.
func (p *criParser) piece(line []byte, off uint32) (l criLine, why string) {
	at := bytes.IndexByte(line, ' ')
	if at < 0 {
		return l, notCRI
	}
	var ok bool
	if l.time, l.zone, ok = p.clock.Read(line[:at]); !ok {
		return l, badCRITime
	}
	at++
	rest := line[at:]
	const width = len("stdout") // and of stderr
	if len(rest) <= width+1 || rest[width] != ' ' || string(rest[:width]) != "stdout" && string(rest[:width]) != "stderr" {
		return l, notCRI
	}
	l.stream = record.Span{Off: off + uint32(at), Len: uint32(width)}
	tag := rest[width+1]
	if tag != 'F' && tag != 'P' {
		return l, notCRI
	}
	l.partial = tag == 'P'
	from := width + 2
	if from < len(rest) && rest[from] == ':' { // more tags, of which there are none yet
		if n := bytes.IndexByte(rest[from:], ' '); n >= 0 {
			from += n
		} else {
			from = len(rest)
		}
	}
	if from < len(rest) {
		if rest[from] != ' ' {
			return l, notCRI
		}
		from++
	}
	l.message = record.Span{Off: off + uint32(at+from), Len: uint32(len(rest) - from)}
	return l, ""
}
