package parsers

// sameSecond remembers a text with a fraction of a second, so that of one that differs
// from it in that fraction alone nothing else is read.
type sameSecond struct {
	text     [40]byte
	len      int // 0: there is none
	from, to int // the digits of its fraction
	second   int64
	zone     int16
}

// note remembers the text s, which says m and is the instant at.
func (l *sameSecond) note(s []byte, m *shownTime, at int64, zone int16) {
	l.len = 0
	if m.since1970 || m.to <= m.from || len(s) > len(l.text) {
		return
	}
	l.len, l.from, l.to = copy(l.text[:], s), m.from, m.to
	l.second, l.zone = at-m.nanos, zone
}

// read returns the instant of s when it differs from the text in its fraction alone.
func (l *sameSecond) read(s []byte) (at int64, ok bool) {
	if l.len == 0 || len(s) != l.len || string(s[:l.from]) != string(l.text[:l.from]) || string(s[l.to:]) != string(l.text[l.to:l.len]) {
		return 0, false
	}
	var nanos, unit int64 = 0, nanosecond / 10
	for _, c := range s[l.from:l.to] {
		if !isDigit(c) {
			return 0, false
		}
		nanos += int64(c-'0') * unit
		unit /= 10
	}
	return l.second + nanos, true
}
