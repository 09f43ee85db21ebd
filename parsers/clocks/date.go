package clocks

import (
	"logskiff/conf"
)

// Date reads dates with a time of day that name no zone, and remembers the last
// one. It belongs to one goroutine.
type Date struct {
	cache Cache
	Zone  Zone
}

// NewDate returns a clock for an IANA zone; "" is this host's. Its error is
// a *conf.FieldError for the key "zone".
func NewDate(zone string) (Date, error) {
	clock, err := NewZone(zone)
	if err != nil {
		return Date{}, &conf.FieldError{Key: "zone", Msg: err.Error(), Hint: `use a name such as "Europe/Berlin" or "UTC"`}
	}
	return Date{Zone: clock}, nil
}

// Again returns a clock for the same place without what it remembers.
func (c *Date) Again() Date { return Date{Zone: Zone{Location: c.Zone.Location}} }

// Read reads "2006-01-02 15:04:05", or with a T, a space before an hour of one
// digit, or a fraction behind a dot or comma. Time is in nanoseconds since 1970 UTC, zone in minutes east
// of UTC.
func (c *Date) Read(s []byte) (time int64, zone int16, ok bool) {
	if len(s) < len("2006-01-02 15:04:05") {
		return 0, 0, false
	}
	seconds := len("2006-01-02 15:04:05")
	nanos, end := Fraction(s, seconds)
	if end != len(s) {
		return 0, 0, false
	}
	shown, _, ok := c.cache.Read(s[:seconds], ParseShown)
	if !ok {
		return 0, 0, false
	}
	time, zone, ok = c.Zone.Instant(shown)
	return time + int64(nanos), zone, ok && time < MaxSecond*1_000_000_000
}

// ParseShown reads "2006-01-02 15:04:05" as seconds since 1970 on the clocks it is from.
func ParseShown(s []byte) (shown int64, _ int16, ok bool) {
	if s[4] != '-' || s[7] != '-' || s[10] != ' ' && s[10] != 'T' {
		return 0, 0, false
	}
	clock := [8]byte(s[11:19])
	if clock[0] == ' ' {
		clock[0] = '0'
	}
	shown, ok = Instant(Four(s), Two(s[5:]), Two(s[8:]), clock[:], 0)
	return shown / 1_000_000_000, 0, ok
}
