package parsers

import (
	"time"

	"logskiff/parsers/clocks"
)

// pgClock reads times as PostgreSQL writes them, "2006-01-02 15:04:05.000 CET", and
// remembers the second of the last one. It belongs to one goroutine.
type pgClock struct {
	cache    clocks.Cache
	location *time.Location
	whole    [40]byte // the time under way without its fraction, so that it is the same for a second
}

// read returns nanoseconds since 1970 UTC, and the zone in minutes east of UTC.
func (c *pgClock) read(s []byte) (t int64, zone int16, ok bool) {
	const seconds = len("2006-01-02 15:04:05")
	if len(s) < seconds+2 {
		return 0, 0, false
	}
	nanos, end := clocks.Fraction(s, seconds)
	if end < 0 || end == len(s) || s[end] != ' ' || len(s)-end > 20 {
		return 0, 0, false
	}
	n := copy(c.whole[:], s[:seconds])
	n += copy(c.whole[n:], s[end:])
	t, zone, ok = c.cache.Read(c.whole[:n], c.parse)
	return t + int64(nanos), zone, ok && t < clocks.MaxSecond*1_000_000_000
}

// parse reads "2006-01-02 15:04:05 CET".
func (c *pgClock) parse(s []byte) (t int64, zone int16, ok bool) {
	const seconds = len("2006-01-02 15:04:05")
	shown, _, ok := clocks.ParseShown(s[:seconds])
	if !ok {
		return 0, 0, false
	}
	name := s[seconds+1:]
	if zone, ok = pgZone(name); ok {
		t = shown - 60*int64(zone)
		return t * 1_000_000_000, zone, -clocks.MaxSecond < t && t < clocks.MaxSecond
	}
	clock := clocks.Zone{Location: c.location}
	t, zone, ok = clock.Instant(shown)
	// In the hour that is shown twice the abbreviation says which it is.
	for _, other := range [...]int64{t, t - 3600e9, t + 3600e9} {
		abbreviation, offset := time.Unix(0, other).In(c.location).Zone()
		if ok && abbreviation == string(name) && other/1_000_000_000+int64(offset) == shown {
			return other, int16(offset / 60), true
		}
	}
	return t, zone, ok
}

// pgZone returns the offset of abbreviations that mean the same everywhere: UTC, GMT, and
// those made of an offset, +03, -0330 or <+03>.
func pgZone(name []byte) (minutes int16, ok bool) {
	switch string(name) {
	case "UTC", "GMT", "Z":
		return 0, true
	}
	if len(name) > 2 && name[0] == '<' && name[len(name)-1] == '>' {
		name = name[1 : len(name)-1]
	}
	switch len(name) {
	case len("+03"):
		return clocks.ParseZone(name[0], clocks.Two(name[1:]), 0)
	case len("+0330"):
		return clocks.ParseZone(name[0], clocks.Two(name[1:]), clocks.Two(name[3:]))
	}
	return 0, false
}
