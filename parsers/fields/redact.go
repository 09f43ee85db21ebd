package fields

import (
	"bytes"
	"regexp"
	"slices"

	"logskiff/record"
	"logskiff/record/jsontext"
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

// redactOp does it to columns.
type redactOp struct {
	*redact
	slots []int
	words []word // what their names say
}

func (r *redact) columns(s *shape) bool {
	o := &redactOp{redact: r}
	for i, name := range s.names {
		if r.touches(name) {
			o.slots, o.words = append(o.slots, s.slots[i]), append(o.words, r.wordOf([]byte(name)))
		}
	}
	s.ops = append(s.ops, o)
	return true
}

func (o *redactOp) run(st *stage) {
	for k, slot := range o.slots {
		if f := &st.slots[slot]; f.Type != record.Absent {
			o.field(st, f, o.words[k])
		}
	}
}

func (r *redact) pairs(st *stage) {
	for k := 0; k < len(st.items); k += 2 {
		f := &st.items[k+1]
		if f.Type == record.Absent || r.names != nil && !isOneOf(st.b, st.items[k], r.names) {
			continue
		}
		if r.field(st, f, r.wordOf(st.b.Bytes(st.items[k].Span))) {
			st.changed = true
		}
	}
}

// wordOf says whether a field's name, in quotes or not, tells of a secret, if secrets are to be hidden.
func (r *redact) wordOf(name []byte) word {
	if r.scanner == nil || r.scanner.seeds['=']&seedToken == 0 {
		return noSecret
	}
	return keyWord(name, len(name), 0)
}

// field hides what is to be hidden in a field: all of it when its name tells that it
// is a secret.
func (r *redact) field(st *stage, f *record.Field, name word) bool {
	if name != noSecret && isSecretValue(st.b, f, name) {
		*f = st.put(r.with)
		return true
	}
	return r.value(st, f)
}

// isSecretValue says whether a value is one that goes with such a name.
func isSecretValue(b *record.Batch, f *record.Field, name word) bool {
	s := b.Bytes(f.Span)
	switch {
	case f.Type == record.Number:
		return name == surelySecret
	case f.Type == record.JSON && s[0] != '"':
		return false // true, false and null; what is inside an object has names of its own
	case f.Type == record.JSON:
		s = s[1 : len(s)-1]
	}
	return looksSecret(s, name)
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
			st.scratch = jsontext.Unquote(st.scratch[:0], s)
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
	name := noSecret // of the value that comes next
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
			name = r.wordOf(s[from:to])
			continue
		}
		plain := s[from+1 : to-1]
		secret := name != noSecret && isValueOf(s, from) && looksSecret(plain, name)
		name = noSecret
		if bytes.IndexByte(plain, '\\') >= 0 {
			st.scratch = jsontext.Unquote(st.scratch[:0], s[from:to])
			plain = st.scratch
		}
		end := len(b.Buf)
		if secret {
			b.Buf = append(b.Buf, r.with...)
		} else if !r.text(st, plain) {
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

// isValueOf says whether the string that begins at s[i] stands right behind a name.
func isValueOf(s []byte, i int) bool {
	for i--; i >= 0 && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n'); {
		i--
	}
	return i >= 0 && s[i] == ':'
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
