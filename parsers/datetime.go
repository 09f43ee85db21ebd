package parsers

import (
	"logskiff/conf"
	"logskiff/record"
)

// dateClock reads dates with a time of day that name no zone, and remembers the last
// one. It belongs to one goroutine.
type dateClock struct {
	cache timeCache
	zone  zoneClock
}

// newDateClock returns a clock for an IANA zone; "" is this host's. Its error is
// a *conf.FieldError for the key "zone".
func newDateClock(zone string) (dateClock, error) {
	clock, err := newZoneClock(zone)
	if err != nil {
		return dateClock{}, &conf.FieldError{Key: "zone", Msg: err.Error(), Hint: `use a name such as "Europe/Berlin" or "UTC"`}
	}
	return dateClock{zone: clock}, nil
}

// again returns a clock for the same place without what it remembers.
func (c *dateClock) again() dateClock { return dateClock{zone: zoneClock{location: c.zone.location}} }

// read reads "2006-01-02 15:04:05", or with a T, a space before an hour of one
// digit, or a fraction behind a dot or comma. Time is in nanoseconds since 1970 UTC, zone in minutes east
// of UTC.
func (c *dateClock) read(s []byte) (time int64, zone int16, ok bool) {
	if len(s) < len("2006-01-02 15:04:05") {
		return 0, 0, false
	}
	seconds := len("2006-01-02 15:04:05")
	nanos, end := fraction(s, seconds)
	if end != len(s) {
		return 0, 0, false
	}
	shown, _, ok := c.cache.read(s[:seconds], parseShown)
	if !ok {
		return 0, 0, false
	}
	time, zone, ok = c.zone.instant(shown)
	return time + int64(nanos), zone, ok && time < maxSecond*1_000_000_000
}

// parseShown reads "2006-01-02 15:04:05" as seconds since 1970 on the clocks it is from.
func parseShown(s []byte) (shown int64, _ int16, ok bool) {
	if s[4] != '-' || s[7] != '-' || s[10] != ' ' && s[10] != 'T' {
		return 0, 0, false
	}
	clock := [8]byte(s[11:19])
	if clock[0] == ' ' {
		clock[0] = '0'
	}
	shown, ok = instant(four(s), two(s[5:]), two(s[8:]), clock[:], 0)
	return shown / 1_000_000_000, 0, ok
}

// partOf returns the part text[from:to] of a record as a field.
func partOf(r *record.Record, from, to int, kind record.Type) record.Field {
	return record.Field{Span: record.Span{Off: r.Text.Off + uint32(from), Len: uint32(to - from)}, Type: kind}
}

// numberPart is partOf for what should be a number, and stays a string when it is none.
func numberPart(r *record.Record, text []byte, from, to int) record.Field {
	if isNumber(text[from:to]) {
		return partOf(r, from, to, record.Number)
	}
	return partOf(r, from, to, record.String)
}
