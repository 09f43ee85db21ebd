package parsers

// moment is what one line says of its time, in one place or in several.
type moment struct {
	has                  known
	year, month, day     int
	yearDay              int // from 1
	hour, minute, second int
	fraction             int64 // nanoseconds
	fractionUnit         int64 // the fraction is exact to so many nanoseconds; 0: there is none
	zone                 int16 // minutes east of UTC
	epoch                int64 // nanoseconds since 1970 UTC
	epochUnit            int64 // the epoch is exact to so many nanoseconds
}

// known is a set of the parts of a moment.
type known uint16

const (
	hasYear known = 1 << iota
	hasMonth
	hasDay
	hasYearDay
	hasHour
	hasHalf // of the day: the hour is one of a 12-hour clock
	hasAfternoon
	hasMinute
	hasZone
	hasEpoch
)

// isInstant reports whether these parts together, or with a zone, name an instant.
func (k known) isInstant() bool {
	const clock = hasYear | hasHour | hasMinute
	return k&hasEpoch != 0 || k&clock == clock && (k&hasYearDay != 0 || k&(hasMonth|hasDay) == hasMonth|hasDay)
}

// instant returns the moment in nanoseconds since 1970 UTC, and its zone in minutes east
// of UTC: that of place when it says none. false: there is no such date, or it is
// before 1678 or after 2262.
func (m *moment) instant(place *zoneClock) (t int64, zone int16, ok bool) {
	if m.has&hasEpoch != 0 {
		if m.fractionUnit > 0 && m.fractionUnit < m.epochUnit {
			return m.epoch - m.epoch%1_000_000_000 + m.fraction, m.zone, true
		}
		return m.epoch, m.zone, true
	}
	if m.has&hasYearDay != 0 {
		m.month, m.day = 1, 1
	}
	if m.year < 1 || m.month < 1 || m.month > 12 || m.day < 1 || m.day > daysIn(m.year, m.month) {
		return 0, 0, false
	}
	days := daysSince1970(m.year, m.month, m.day)
	if m.has&hasYearDay != 0 {
		days += m.yearDay - 1
	}
	shown := int64(days)*86400 + int64(m.clockHour()*3600+m.minute*60+m.second)
	if m.has&hasZone == 0 {
		t, zone, ok = place.instant(shown)
		return t + m.fraction, zone, ok
	}
	t = shown - 60*int64(m.zone)
	return t*1_000_000_000 + m.fraction, m.zone, -maxSecond <= t && t < maxSecond
}

// clockHour returns the hour from 0 to 23.
func (m *moment) clockHour() int {
	if m.has&hasHalf == 0 {
		return m.hour
	}
	if m.has&hasAfternoon != 0 {
		return m.hour%12 + 12
	}
	return m.hour % 12
}
