package layouts

import "logskiff/parsers/number"

// SameSecond remembers a text with a fraction of a second, so that of one that differs
// from it in that fraction alone nothing else is read.
type SameSecond struct {
	text     [40]byte
	Len      int // 0: there is none
	from, to int // the digits of its fraction
	second   int64
	Zone     int16
}

// Note remembers the text s, which says m and is the instant at.
func (l *SameSecond) Note(s []byte, m *Shown, at int64, zone int16) {
	l.Len = 0
	if m.since1970 || m.to <= m.from || len(s) > len(l.text) {
		return
	}
	l.Len, l.from, l.to = copy(l.text[:], s), m.from, m.to
	l.second, l.Zone = at-m.nanos, zone
}

// Read returns the instant of s when it differs from the text in its fraction alone.
func (l *SameSecond) Read(s []byte) (at int64, ok bool) {
	if l.Len == 0 || len(s) != l.Len || string(s[:l.from]) != string(l.text[:l.from]) || string(s[l.to:]) != string(l.text[l.to:l.Len]) {
		return 0, false
	}
	var nanos, unit int64 = 0, Nanosecond / 10
	for _, c := range s[l.from:l.to] {
		if !number.IsDigit(c) {
			return 0, false
		}
		nanos += int64(c-'0') * unit
		unit /= 10
	}
	return l.second + nanos, true
}
