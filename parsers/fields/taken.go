package fields

import (
	"bytes"
	"strconv"

	"logskiff/parsers"
	"logskiff/record"
	"logskiff/record/jsontext"
)

// taken finds names among the fields of a record: by a hash, since a line can have
// thousands of members.
type taken struct {
	heads  [256]int32 // 1 + the index in items of the name that was added last, by hash
	next   []int32    // and of the one before it, by index / 2
	plain  []byte     // scratch
	plain2 []byte
}

// of begins anew, with the fields that are there.
func (t *taken) of(b *record.Batch, items []record.Field) {
	clear(t.heads[:])
	t.next = t.next[:0]
	for k := 0; k < len(items); k += 2 {
		t.add(b, items, k)
	}
}

// add takes in the name at items[k], the last one there is.
func (t *taken) add(b *record.Batch, items []record.Field, k int) {
	t.next = append(t.next, 0)
	if items[k+1].Type == record.Absent {
		return
	}
	head := &t.heads[hashOf(plainName(b, items[k], &t.plain))]
	t.next[k/2], *head = *head, int32(k)+1
}

// has tells whether a field has that name.
func (t *taken) has(b *record.Batch, items []record.Field, name record.Field) bool {
	plain := plainName(b, name, &t.plain)
	for k := t.heads[hashOf(plain)]; k != 0; k = t.next[(k-1)/2] {
		if bytes.Equal(plain, plainName(b, items[k-1], &t.plain2)) {
			return true
		}
	}
	return false
}

// plainName returns what a name says, which is in the batch or in scratch.
func plainName(b *record.Batch, name record.Field, scratch *[]byte) []byte {
	s := b.Bytes(name.Span)
	if name.Type != record.JSON {
		return s
	}
	if bytes.IndexByte(s, '\\') < 0 {
		return s[1 : len(s)-1]
	}
	*scratch = jsontext.Unquote((*scratch)[:0], s)
	return *scratch
}

func hashOf(s []byte) uint8 {
	h := uint32(2166136261) // FNV-1a
	for _, c := range s {
		h = (h ^ uint32(c)) * 16777619
	}
	return uint8(h ^ h>>8 ^ h>>16 ^ h>>24)
}

const mostAlike = 20 // names made of one: a hostile line has thousands

// freeName returns a name from the text of a log, with _2 (or _3, and so on) behind it when encoders
// write that name themselves, or the record has a field of that name: no text may
// pass for the record's time or identity, and no object has a name twice. false: it has too many alike.
func (st *stage) freeName(name record.Field) (free record.Field, ok bool) {
	free = name
	for n := int64(2); parsers.IsOwnName(st.b, free) || st.taken.has(st.b, st.items, free); n++ {
		if n > mostAlike {
			return name, false
		}
		free = st.numbered(name, n)
	}
	return free, true
}

// numbered returns a name with _n behind it.
func (st *stage) numbered(name record.Field, n int64) record.Field {
	b := st.b
	off, text := uint32(len(b.Buf)), b.Bytes(name.Span)
	if name.Type == record.JSON {
		text = text[:len(text)-1]
	}
	b.Buf = strconv.AppendInt(append(append(b.Buf, text...), '_'), n, 10)
	if name.Type == record.JSON {
		b.Buf = append(b.Buf, '"')
	}
	name.Span = record.Span{Off: off, Len: uint32(len(b.Buf)) - off}
	return name
}
