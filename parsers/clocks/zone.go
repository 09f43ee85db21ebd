package clocks

import (
	"fmt"
	"time"
)

// Zone turns the time on the clocks of one place into an instant, daylight saving
// time included. It belongs to one goroutine.
type Zone struct {
	Location *time.Location
	quarter  int64 // the quarter of an hour that offset is for, counted on the place's clocks
	offset   int64 // seconds east of UTC
	known    bool
}

// NewZone returns the clock of an IANA zone ("Europe/Berlin", "UTC"); "" is this host's.
func NewZone(name string) (Zone, error) {
	location := time.Local
	if name != "" {
		var err error
		if location, err = time.LoadLocation(name); err != nil {
			return Zone{}, fmt.Errorf("cannot find the time zone %q: %w", name, err)
		}
	}
	return Zone{Location: location}, nil
}

// Instant returns the nanoseconds since 1970 UTC, and the zone in minutes east of UTC,
// when the clocks show so many seconds since 1970. Of a time that is shown twice, when
// daylight saving time ends, it is the first; one that is never shown is taken as if
// the clocks had been put forward a little later. false: it is before 1678 or after 2262.
func (z *Zone) Instant(shown int64) (t int64, zone int16, ok bool) {
	const quarter = 15 * 60 // zones have changed on quarters of an hour since before 1970
	q := shown / quarter
	if !z.known || q != z.quarter || shown < 0 {
		z.quarter, z.offset, z.known = q, z.offsetAt(shown), true
	}
	t = shown - z.offset
	if t < -MaxSecond || t > MaxSecond {
		return 0, 0, false
	}
	return t * 1_000_000_000, int16(z.offset / 60), true
}

// offsetAt asks what the offset is in the instants that may be meant.
func (z *Zone) offsetAt(shown int64) int64 {
	const day = 24 * 3600
	before := z.offsetOf(shown - day)
	after := z.offsetOf(shown + day)
	if z.offsetOf(shown-before) == before {
		return before
	}
	if z.offsetOf(shown-after) == after {
		return after
	}
	return before // never shown
}

func (z *Zone) offsetOf(instant int64) int64 {
	_, offset := time.Unix(instant, 0).In(z.Location).Zone()
	return int64(offset)
}
