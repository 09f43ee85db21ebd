package fields

import (
	"bytes"
	"regexp"
	"slices"

	"logskiff/parsers"
	"logskiff/record"
)

// redact hides parts of texts.
type redact struct {
	names   []string // nil: all fields
	whole   bool     // all of a field
	with    string
	scanner *scanner // nil: no preset is chosen
	pattern *regexp.Regexp
}

func presets() []string { return []string{"email", "card", "token", "ipv4", "ipv6", "all"} }

func newRedact(s *Step) *redact {
	r := &redact{names: s.Fields, whole: slices.Contains(s.Redact, "all"), with: "***"}
	if s.With != nil {
		r.with = *s.With
	}
	if len(s.Redact) > 0 && !r.whole {
		r.scanner = newScanner(s.Redact, r.with, s.With == nil)
	}
	return r
}

func (r *redact) clone() step {
	c := *r
	return &c
}

func (r *redact) touches(name string) bool { return r.names == nil || slices.Contains(r.names, name) }

func (r *redact) columns(s *shape) bool {
	names := r.names
	if names == nil {
		names = s.names
	}
	s.ops = append(s.ops, &eachSlot{r, s.slotsOf(names)})
	return true
}

func (r *redact) pairs(st *stage) {
	if r.names != nil {
		st.eachNamed(r, r.names)
		return
	}
	for k := 1; k < len(st.items); k += 2 {
		if f := &st.items[k]; f.Type != record.Absent && r.value(st, f) {
			st.changed = true
		}
	}
}

// failed: the message is a text like any other, and the reason holds nothing to hide.
func (r *redact) failed(st *stage) {
	if r.touches("message") && r.value(st, &st.items[1]) {
		st.changed = true
	}
}

// value hides what is to be hidden in a field.
func (r *redact) value(st *stage, f *record.Field) bool {
	b := st.b
	if r.whole {
		*f = st.put(r.with)
		return true
	}
	s := b.Bytes(f.Span)
	off := uint32(len(b.Buf))
	if f.Type != record.JSON {
		if !r.text(st, s) {
			return false
		}
		*f = record.Field{Span: record.Span{Off: off, Len: uint32(len(b.Buf)) - off}, Type: record.String}
		return true
	}
	switch s[0] {
	case '"':
		if bytes.IndexByte(s, '\\') >= 0 {
			st.scratch = parsers.Unquote(st.scratch[:0], s)
			s = st.scratch
		} else {
			s = s[1 : len(s)-1]
		}
		if !r.text(st, s) {
			return false
		}
		*f = record.Field{Span: record.Span{Off: off, Len: uint32(len(b.Buf)) - off}, Type: record.String}
		return true
	case '{', '[':
		if !r.nested(st, s) {
			return false
		}
		f.Span = record.Span{Off: off, Len: uint32(len(b.Buf)) - off}
		return true
	}
	return false
}

// text appends s to the batch with everything hidden, or nothing when there is
// nothing to hide.
func (r *redact) text(st *stage, s []byte) bool {
	b := st.b
	start := len(b.Buf)
	changed := false
	if r.scanner != nil {
		b.Buf, changed = r.scanner.hide(b.Buf, s)
	}
	if r.pattern == nil {
		return changed
	}
	if changed {
		s = b.Buf[start:]
	}
	matches := r.pattern.FindAllIndex(s, -1)
	if len(matches) == 0 {
		return changed
	}
	end, done := len(b.Buf), 0
	for _, m := range matches {
		if m[0] < m[1] { // an empty match hides nothing
			b.Buf = append(append(b.Buf, s[done:m[0]]...), r.with...)
			done = m[1]
		}
	}
	b.Buf = append(b.Buf, s[done:]...)
	b.Buf = b.Buf[:start+copy(b.Buf[start:], b.Buf[end:])] // the presets' text is not needed any more
	return true
}

// nested appends an object or a list with everything hidden in its strings; names stay.
func (r *redact) nested(st *stage, s []byte) bool {
	b := st.b
	start, done, changed := len(b.Buf), 0, false
	for i := 0; i < len(s); {
		n := bytes.IndexByte(s[i:], '"')
		if n < 0 {
			break
		}
		from := i + n
		to := from + 1
		for s[to] != '"' {
			if s[to] == '\\' {
				to++
			}
			to++
		}
		to++
		i = to
		if isName(s, to) {
			continue
		}
		plain := s[from+1 : to-1]
		if bytes.IndexByte(plain, '\\') >= 0 {
			st.scratch = parsers.Unquote(st.scratch[:0], s[from:to])
			plain = st.scratch
		}
		end := len(b.Buf)
		if !r.text(st, plain) {
			continue
		}
		// What text appended goes behind all that stands before the string.
		st.hidden = append(st.hidden[:0], b.Buf[end:]...)
		b.Buf = append(b.Buf[:end], s[done:from]...)
		b.Buf = appendQuoted(b.Buf, st.hidden)
		done, changed = to, true
	}
	if !changed {
		b.Buf = b.Buf[:start]
		return false
	}
	b.Buf = append(b.Buf, s[done:]...)
	return true
}

// isName says whether the string that ends at s[i] names a member.
func isName(s []byte, i int) bool {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n') {
		i++
	}
	return i < len(s) && s[i] == ':'
}

// appendQuoted appends s, which is valid UTF-8, as a JSON string.
func appendQuoted(dst, s []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
