package fields

import (
	"bytes"

	"logskiff/parsers"
	"logskiff/record"
	"logskiff/record/jsontext"
)

// fromJSON takes fields out of an object in a field.
type fromJSON struct {
	name, prefix string
}

func (j *fromJSON) clone() step { return j }

func (j *fromJSON) columns(s *shape) bool { return s.slot(j.name) < 0 }

func (j *fromJSON) pairs(st *stage) {
	at := st.find(j.name)
	if at < 0 {
		return
	}
	b, end := st.b, len(st.b.Buf)
	object, ok := textIn(b, st.items[at])
	if !ok || parsers.CheckObject(b.Bytes(object)) != "" {
		b.Buf = b.Buf[:end]
		return
	}
	object = parsers.OnOneLine(b, object)
	first := len(b.Fields)
	if _, ok := parsers.AppendMembers(b, object); ok {
		st.replace(at, first, j.prefix)
	}
	b.Fields = b.Fields[:first]
}

// replace takes the field at st.items[at] out and puts those in that were appended to
// the batch's from first on, unless they are too many, or have too many names alike.
func (st *stage) replace(at, first int, prefix string) {
	b := st.b
	if (len(b.Fields)-first+len(st.items))/2 > record.MaxPairs {
		return
	}
	was, own := st.items[at].Type, len(st.items)
	st.items[at].Type = record.Absent
	st.taken.of(b, st.items)
	for k := first; k < len(b.Fields); k += 2 {
		name := b.Fields[k]
		if prefix != "" {
			off := uint32(len(b.Buf))
			text := b.Bytes(name.Span)
			if name.Type == record.JSON {
				b.Buf, text = append(b.Buf, '"'), text[1:]
			}
			b.Buf = append(append(b.Buf, prefix...), text...)
			name.Span = record.Span{Off: off, Len: uint32(len(b.Buf)) - off}
		}
		name, ok := st.freeName(name)
		if !ok {
			st.items[at].Type, st.items = was, st.items[:own]
			return
		}
		st.items = append(st.items, name, b.Fields[k+1])
		st.taken.add(b, st.items, len(st.items)-2)
	}
	st.changed = true
}

// fromKeyValues takes fields out of a list of key=value in a field.
type fromKeyValues struct {
	name, prefix string
	split        parsers.KeyValues
}

func (kv *fromKeyValues) clone() step { return kv }

func (kv *fromKeyValues) columns(s *shape) bool { return s.slot(kv.name) < 0 }

func (kv *fromKeyValues) pairs(st *stage) {
	at := st.find(kv.name)
	if at < 0 {
		return
	}
	b, end, first := st.b, len(st.b.Buf), len(st.b.Fields)
	if f := st.items[at]; f.Type == record.JSON && b.Bytes(f.Span)[0] != '"' {
		return // an object or a list
	}
	text, ok := textIn(b, st.items[at])
	if !ok || kv.split.Append(b, text) != "" {
		b.Buf = b.Buf[:end]
		return
	}
	st.replace(at, first, kv.prefix)
	b.Fields = b.Fields[:first]
}

// textIn returns where the text of a field stands without the space around it, decoded
// if need be. false: it is a number, or has less than two characters.
func textIn(b *record.Batch, f record.Field) (record.Span, bool) {
	s := b.Bytes(f.Span)
	if f.Type == record.JSON && len(s) > 0 && s[0] == '"' {
		off := uint32(len(b.Buf))
		b.Buf = jsontext.Unquote(b.Buf, s)
		f = record.Field{Span: record.Span{Off: off, Len: uint32(len(b.Buf)) - off}, Type: record.String}
		s = b.Bytes(f.Span)
	}
	trimmed := bytes.TrimLeft(s, " \t\r\n")
	f.Off += uint32(len(s) - len(trimmed))
	trimmed = bytes.TrimRight(trimmed, " \t\r\n")
	f.Len = uint32(len(trimmed))
	return f.Span, f.Type != record.Number && len(trimmed) > 1
}

const maxParameters = 100 // clients can send thousands, and each would become a field

// fromQuery adds the parameters of a URL.
type fromQuery struct {
	name, prefix string
}

func (q *fromQuery) clone() step { return q }

func (q *fromQuery) columns(s *shape) bool { return s.slot(q.name) < 0 }

func (q *fromQuery) pairs(st *stage) {
	at := st.find(q.name)
	if at < 0 {
		return
	}
	s := st.decoded(&st.items[at])
	switch i := bytes.IndexByte(s, '?'); {
	case i >= 0:
		s = s[i+1:]
	case len(s) == 0 || s[0] == '/' || bytes.Contains(s, []byte("://")):
		return // a URL without parameters; nginx's $args have no question mark
	}
	if i := bytes.IndexByte(s, '#'); i >= 0 {
		s = s[:i]
	}
	st.taken.of(st.b, st.items)
	for n := 0; len(s) > 0 && n < maxParameters; {
		var one []byte
		one, s, _ = bytes.Cut(s, []byte{'&'})
		name, value, _ := bytes.Cut(one, []byte{'='})
		if len(name) == 0 {
			continue
		}
		n++
		b := st.b
		off := uint32(len(b.Buf))
		b.Buf = appendDecoded(append(b.Buf, q.prefix...), name)
		key, ok := st.freeName(record.Field{Span: record.Span{Off: off, Len: uint32(len(b.Buf)) - off}, Type: record.String})
		if !ok {
			continue
		}
		off = uint32(len(b.Buf))
		b.Buf = appendDecoded(b.Buf, value)
		have := len(st.items)
		st.push(key, record.Field{Span: record.Span{Off: off, Len: uint32(len(b.Buf)) - off}, Type: record.String})
		if len(st.items) == have+2 {
			st.taken.add(b, st.items, have)
		} else {
			st.taken.of(b, st.items) // some were taken out to make room
		}
	}
}

// appendDecoded undoes percent-encoding and the plus that stands for a space
// (https://url.spec.whatwg.org/#application/x-www-form-urlencoded). What is no escape stays.
func appendDecoded(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			dst = append(dst, ' ')
		case c == '%' && i+2 < len(s) && hexValue(s[i+1]) < 16 && hexValue(s[i+2]) < 16:
			dst = append(dst, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// hexValue returns the value of a hexadecimal digit, or 16.
func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}
