package clocks

import "logskiff/parsers/number"

// RFC3339 reads times of RFC 3339 and remembers the minute of the last one, since
// the digits of a fraction make every time of a log different. It belongs to one goroutine.
type RFC3339 struct {
	minute [len("2006-01-02T15:04")]byte
	start  int64 // of the minute, read as UTC: seconds since 1970
	known  bool
}

// Read reads "2006-01-02T15:04:05", a fraction of any number of digits, and "Z", "+07:00"
// or "+0700". Digits behind the ninth are cut off. Time is in nanoseconds since 1970
// UTC, zone in minutes east of UTC. false: it is no such time, or before 1678 or after 2262.
func (c *RFC3339) Read(s []byte) (time int64, zone int16, ok bool) {
	const seconds = len("2006-01-02T15:04:05")
	if len(s) <= seconds || !c.readMinute(s) || s[seconds-3] != ':' {
		return 0, 0, false
	}
	second := Two(s[seconds-2:])
	if uint(second) > LeapSecond {
		return 0, 0, false
	}
	nanos, at := Fraction(s, seconds)
	if at < 0 {
		return 0, 0, false
	}
	if zone, ok = zoneOf(s[at:]); !ok {
		return 0, 0, false
	}
	t := c.start + int64(second) - 60*int64(zone)
	return t*1_000_000_000 + int64(nanos), zone, -MaxSecond < t && t < MaxSecond
}

func (c *RFC3339) readMinute(s []byte) bool {
	if c.known && string(s[:len(c.minute)]) == string(c.minute[:]) {
		return true
	}
	if s[4] != '-' || s[7] != '-' || s[10] != 'T' {
		return false
	}
	clock := [8]byte{2: ':', 5: ':', 6: '0', 7: '0'}
	copy(clock[:], s[11:16])
	start, ok := Instant(Four(s[0:]), Two(s[5:]), Two(s[8:]), clock[:], 0)
	if !ok {
		return false
	}
	copy(c.minute[:], s)
	c.start, c.known = start/1_000_000_000, true
	return true
}

// Fraction reads what stands behind the seconds: nothing, or a dot or comma and at
// least one digit. It returns where it ends, or -1.
func Fraction(s []byte, at int) (nanos, end int) {
	if at == len(s) || s[at] != '.' && s[at] != ',' {
		return 0, at
	}
	end = at + 1
	scale := 100_000_000
	for end < len(s) && number.IsDigit(s[end]) {
		nanos += int(s[end]-'0') * scale
		scale /= 10
		end++
	}
	if end == at+1 {
		return 0, -1
	}
	return nanos, end
}

// zoneOf reads "Z", "+07:00" or "+0700", in minutes east of UTC.
func zoneOf(s []byte) (zone int16, ok bool) {
	switch {
	case len(s) == 1 && s[0] == 'Z':
		return 0, true
	case len(s) == len("+07:00") && s[3] == ':':
		return ParseZone(s[0], Two(s[1:]), Two(s[4:]))
	case len(s) == len("+0700"):
		return ParseZone(s[0], Two(s[1:]), Two(s[3:]))
	}
	return 0, false
}
