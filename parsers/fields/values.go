package fields

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"slices"

	"logskiff/parsers/number"
	"logskiff/record"
	"logskiff/record/jsontext"
)

// convert makes values of another type.
type convert struct {
	names []string
	to    string
}

func (c *convert) clone() step { return c }

func (c *convert) columns(s *shape) bool {
	s.ops = append(s.ops, &eachSlot{c, s.slotsOf(c.names)})
	return true
}

func (c *convert) pairs(st *stage) { st.eachNamed(c, c.names) }

func (c *convert) value(st *stage, f *record.Field) bool {
	before := *f
	switch c.to {
	case "number":
		toNumber(st.b, f)
	case "bool":
		toBool(st, f)
	case "string":
		toString(f, st.b)
	}
	return *f != before
}

// text returns what a value says when it is a String, a Number, or a JSON string
// that needs no decoding.
func text(b *record.Batch, f *record.Field) (s record.Span, ok bool) {
	if f.Type != record.JSON {
		return f.Span, true
	}
	inside := b.Bytes(f.Span)
	if inside[0] != '"' || slices.Contains(inside, '\\') {
		return s, false
	}
	return record.Span{Off: f.Off + 1, Len: f.Len - 2}, true
}

// toNumber takes what is a number that receivers hold, with space around it or zeros and a plus before it.
func toNumber(b *record.Batch, f *record.Field) {
	if span, ok := text(b, f); ok {
		if number, ok := number.As(b, span); ok {
			*f = number
		}
	}
}

func toBool(st *stage, f *record.Field) {
	span, ok := text(st.b, f)
	if !ok || span.Len > 5 {
		return
	}
	var low [5]byte
	s := low[:copy(low[:], st.b.Bytes(span))]
	for i, c := range s {
		if c >= 'A' && c <= 'Z' {
			s[i] = c + 0x20
		}
	}
	which := trueText
	switch string(s) {
	case "true", "yes", "on", "1":
	case "false", "no", "off", "0":
		which = falseText
	default:
		return
	}
	*f = st.constant(which)
	f.Type = record.JSON
}

// toString takes the text of a number, of true and false, and of objects and lists.
func toString(f *record.Field, b *record.Batch) {
	if f.Type == record.JSON {
		if c := b.Bytes(f.Span)[0]; c == '"' || c == 'n' {
			return // it is a string, or null
		}
	}
	f.Type = record.String
}

// hashed replaces values by a keyed hash of their text.
type hashed struct {
	names []string
	salt  []byte
	mac   hash.Hash
	sum   [sha256.Size]byte
}

func newHashed(names []string, salt string) *hashed {
	return &hashed{names: names, salt: []byte(salt), mac: hmac.New(sha256.New, []byte(salt))}
}

func (h *hashed) clone() step { return newHashed(h.names, string(h.salt)) }

func (h *hashed) columns(s *shape) bool {
	s.ops = append(s.ops, &eachSlot{h, s.slotsOf(h.names)})
	return true
}

func (h *hashed) pairs(st *stage) { st.eachNamed(h, h.names) }

// value hashes what a value says, so that "a" in JSON and a in another log are the same.
func (h *hashed) value(st *stage, f *record.Field) bool {
	s := st.decoded(f)
	h.mac.Reset()
	h.mac.Write(s)
	sum := h.mac.Sum(h.sum[:0])
	off := uint32(len(st.b.Buf))
	st.b.Buf = hex.AppendEncode(st.b.Buf, sum[:len(sum)/2])
	*f = record.Field{Span: record.Span{Off: off, Len: sha256.Size}, Type: record.String}
	return true
}

// decoded returns what a value says: a JSON string without its quotes and escapes, and
// anything else as it stands. It is valid until the next call.
func (st *stage) decoded(f *record.Field) []byte {
	s := st.b.Bytes(f.Span)
	if f.Type != record.JSON || s[0] != '"' {
		return s
	}
	st.scratch = jsontext.Unquote(st.scratch[:0], s)
	return st.scratch
}

func (st *stage) newConverts(types map[string]string) step {
	var all several
	for _, to := range []string{"number", "bool", "string"} {
		c := &convert{to: to}
		for _, name := range slices.Sorted(maps.Keys(types)) {
			if types[name] == to {
				c.names = append(c.names, name)
			}
		}
		if c.names != nil {
			all = append(all, c)
		}
	}
	return all
}

// several are steps that stand in the configuration as one.
type several []step

func (all several) clone() step {
	c := make(several, len(all))
	for i, s := range all {
		c[i] = s.clone()
	}
	return c
}

func (all several) columns(s *shape) bool {
	for _, one := range all {
		one.columns(s)
	}
	return true
}

func (all several) pairs(st *stage) {
	for _, one := range all {
		one.pairs(st)
	}
}
