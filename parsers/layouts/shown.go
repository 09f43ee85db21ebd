package layouts

import (
	"time"

	"logskiff/parsers/clocks"
)

// Shown is what a text says of a time, before it is known which instant that is.
type Shown struct {
	Year, Month, Day, yearDay int // 0: not said
	Hour, Minute, second      int
	nanos                     int64 // below a second
	from, to                  int   // where the digits of nanos stand in the text
	afternoon, morning        bool  // PM, AM
	zone                      int   // seconds east of UTC, when zoned
	zoned                     bool
	since1970                 bool
	epoch                     int64 // nanoseconds, when since1970: these and nanos are all there is
}

// Missing says what a format leaves out of a date.
type Missing uint8

const (
	Nothing Missing = iota
	TheYear
	theDate
)

const (
	Nanosecond = 1_000_000_000
	day        = 24 * 3600
)

// Instant returns the nanoseconds since 1970 UTC and the zone in minutes east of UTC.
// What is left out is guessed from now: a line was written before it was read, save
// that its clock may be ahead of ours.
func (m *Shown) Instant(clock *clocks.Zone, left Missing, now int64) (t int64, zone int16, ok bool) {
	if m.since1970 {
		return m.epoch + m.nanos, int16(m.zone / 60), true
	}
	m.to24Hours()
	switch left {
	case TheYear:
		return m.inLatestYear(clock, now)
	case theDate:
		return m.onLatestDay(clock, now)
	}
	month, d, ok := m.dateIn(m.Year)
	if !ok {
		return 0, 0, false
	}
	return m.at(clock, clocks.DaysSince1970(m.Year, month, d))
}

// dateIn returns month and day in a year that has them.
func (m *Shown) dateIn(year int) (month, d int, ok bool) {
	month, d = max(m.Month, 1), max(m.Day, 1)
	if m.yearDay > 0 {
		month, d = monthOf(year, m.yearDay)
		if m.Month > 0 && m.Month != month || m.Day > 0 && m.Day != d {
			return 0, 0, false
		}
	}
	return month, d, month <= 12 && d <= clocks.DaysIn(year, month)
}

// to24Hours undoes the 12-hour clock.
func (m *Shown) to24Hours() {
	if m.afternoon && m.Hour < 12 {
		m.Hour += 12
	}
	if m.morning && m.Hour == 12 {
		m.Hour = 0
	}
}

// monthOf returns month and day of a day of the year, counted from 1; month 13: the year is shorter.
func monthOf(year, yearDay int) (month, d int) {
	for month = 1; month <= 12; month++ {
		n := clocks.DaysIn(year, month)
		if yearDay <= n {
			return month, yearDay
		}
		yearDay -= n
	}
	return 13, 0
}

// at returns the instant of the moment's clock on a day since 1970.
func (m *Shown) at(clock *clocks.Zone, days int) (t int64, zone int16, ok bool) {
	shown := int64(days)*day + int64(m.Hour*3600+m.Minute*60+m.second)
	if !m.zoned {
		t, zone, ok = clock.Instant(shown)
		return t + m.nanos, zone, ok
	}
	t = shown - int64(m.zone)
	if t < -clocks.MaxSecond || t > clocks.MaxSecond {
		return 0, 0, false
	}
	return t*Nanosecond + m.nanos, int16(m.zone / 60), true
}

// inLatestYear chooses the last year in which the moment is not more than a day after
// now: "Dec 31" read in January is of the year before, and "Jan 1" read in
// December, from a clock that is ahead, of the year after.
func (m *Shown) inLatestYear(clock *clocks.Zone, now int64) (t int64, zone int16, ok bool) {
	year := time.Unix(0, now).UTC().Year() + 1
	for range 9 { // a leap day may be eight years ago
		if month, d, ok := m.dateIn(year); ok {
			days := clocks.DaysSince1970(year, month, d)
			if int64(days-3)*day <= now/Nanosecond {
				t, zone, ok := m.at(clock, days)
				if !ok || t <= now+day*Nanosecond {
					return t, zone, ok
				}
			}
		}
		year--
	}
	return 0, 0, false
}

// onLatestDay chooses the last day on which the moment is not more than an hour after now.
func (m *Shown) onLatestDay(clock *clocks.Zone, now int64) (t int64, zone int16, ok bool) {
	today := int(floorDiv(now/Nanosecond, day))
	for d := today + 1; d >= today-2; d-- {
		t, zone, ok = m.at(clock, d)
		if !ok || t <= now+3600*Nanosecond {
			return t, zone, ok
		}
	}
	return 0, 0, false
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
