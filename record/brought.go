package record

import "unsafe"

// Brought holds what readers know of records beside their text: fields, as a peer's address or a journal entry's
// pairs, and times. Records refer to sets of it, and any number of them to one set, so a thousand
// peers in one batch cost a thousand small sets, and no segment. The zero Brought is empty.
type Brought struct {
	sets   []set
	fields []Field // of all sets: names and values by turns; the last ones are of the set under way
	begun  int     // where those begin
	bytes  uint32  // of its texts
}

type set struct {
	first, end uint32 // in fields
	bytes      uint32 // of their texts
	zone       int16
	time       int64
}

// Add appends a field to the set under way, and its texts to buf, which the set's spans are of. The name is any text without
// quotes; the value is written as t says.
func (s *Brought) Add(buf []byte, name string, value []byte, t Type) []byte {
	off := uint32(len(buf))
	buf = append(append(buf, name...), value...)
	n := uint32(len(name))
	s.bytes += n + uint32(len(value))
	s.fields = append(s.fields,
		Field{Span: Span{Off: off, Len: n}, Type: String},
		Field{Span: Span{Off: off + n, Len: uint32(len(value))}, Type: t})
	return buf
}

// End ends the set under way, and returns what Record.Brought has to be to refer to it. The time is when the
// reader says that the record was made, nanoseconds since 1970 UTC, and minutes east of UTC; 0:
// it does not say.
func (s *Brought) End(time int64, zone int16) uint32 {
	s.sets = append(s.sets, set{first: uint32(s.begun), end: uint32(len(s.fields)), bytes: s.bytes, zone: zone, time: time})
	s.begun, s.bytes = len(s.fields), 0
	return uint32(len(s.sets))
}

// Len returns how many sets there are.
func (s *Brought) Len() int { return len(s.sets) }

// Bytes returns how many bytes the texts of set i have.
func (s *Brought) Bytes(i uint32) int {
	if i == 0 {
		return 0
	}
	return int(s.sets[i-1].bytes)
}

// Held returns how much memory it holds, without texts.
func (s *Brought) Held() int64 {
	return int64(cap(s.sets))*int64(unsafe.Sizeof(set{})) + int64(cap(s.fields))*int64(unsafe.Sizeof(Field{}))
}

// Fields returns the names and values by turns of set i, a Record.Brought; of 0 there are none.
func (s *Brought) Fields(i uint32) []Field {
	if i == 0 {
		return nil
	}
	return s.fields[s.sets[i-1].first:s.sets[i-1].end]
}

// Time returns the time of set i; 0: it has none.
func (s *Brought) Time(i uint32) (at int64, zone int16) {
	if i == 0 {
		return 0, 0
	}
	return s.sets[i-1].time, s.sets[i-1].zone
}

// Copy appends set i of from, whose texts are in src, and its texts to buf, and returns what Record.Brought is then.
func (s *Brought) Copy(buf []byte, from *Brought, i uint32, src []byte) ([]byte, uint32) {
	for _, f := range from.Fields(i) {
		f.Off, buf = uint32(len(buf)), append(buf, src[f.Off:f.Off+f.Len]...)
		s.fields = append(s.fields, f)
	}
	s.bytes = uint32(from.Bytes(i))
	return buf, s.End(from.Time(i))
}

// Reset empties it and keeps its memory.
func (s *Brought) Reset() { *s = Brought{sets: s.sets[:0], fields: s.fields[:0]} }

// BroughtTo returns the fields that its reader brought with r, names and values by turns.
func (b *Batch) BroughtTo(r *Record) []Field { return b.Brought.Fields(r.Brought) }

// KeepBroughtTimes gives each record without a time the one that its reader brought.
func (b *Batch) KeepBroughtTimes() {
	if b.Brought.Len() == 0 {
		return
	}
	for i := range b.Records {
		if r := &b.Records[i]; r.Time == 0 {
			r.Time, r.Zone = b.Brought.Time(r.Brought)
		}
	}
}
