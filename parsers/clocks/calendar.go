// Package clocks turns dates and times of day, as logs write them, into nanoseconds since 1970: the calendar, zones with
// their daylight saving time, RFC 3339, and what remembers the last text, since neighbouring lines mostly share
// their second. It never asks what time it is.
package clocks

// MaxSecond is the last whole second since 1970 whose nanoseconds fit (the year
// 2262); its negative is the first (1677).
const MaxSecond = 1<<63/1_000_000_000 - 1

// LeapSecond is the last second that a minute can have. It is the first one of the next minute, as
// POSIX counts (Base Definitions, 4.19, Seconds Since the Epoch).
const LeapSecond = 60

// Instant returns the time of a date and a clock "15:04:05" in a zone.
func Instant(year, month, day int, clock []byte, zone int16) (int64, bool) {
	if clock[2] != ':' || clock[5] != ':' {
		return 0, false
	}
	hour, minute, second := Two(clock[0:]), Two(clock[3:]), Two(clock[6:])
	if year < 1 || month < 1 || month > 12 || day < 1 || day > DaysIn(year, month) ||
		uint(hour) > 23 || uint(minute) > 59 || uint(second) > LeapSecond {
		return 0, false
	}
	t := int64(DaysSince1970(year, month, day))*86400 + int64(hour*3600+minute*60+second) - 60*int64(zone)
	return t * 1_000_000_000, -MaxSecond <= t && t <= MaxSecond
}

// DaysSince1970 counts in the Gregorian calendar. Years begin in March here, so the
// leap day is the last.
func DaysSince1970(year, month, day int) int {
	if month < 3 {
		year, month = year-1, month+12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}

// DaysIn returns how many days a month has, 1 being January.
func DaysIn(year, month int) int {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month+month/8)%2
}

// ParseZone returns a zone in minutes east of UTC; false: there is none so far away, or sign is neither + nor -.
func ParseZone(sign byte, hours, minutes int) (int16, bool) {
	if uint(hours) > 23 || uint(minutes) > 59 {
		return 0, false
	}
	switch m := int16(60*hours + minutes); sign {
	case '+':
		return m, true
	case '-':
		return -m, true
	}
	return 0, false
}

// MonthNumber returns the number of a month named by three letters, 1 being January; 0: it is none.
func MonthNumber(s []byte) int {
	const names = "JanFebMarAprMayJunJulAugSepOctNovDec"
	for i := 0; i < len(names); i += 3 {
		if string(s) == names[i:i+3] {
			return i/3 + 1
		}
	}
	return 0
}

// Two reads the two digits that s begins with; -1: they are none. s must be so long.
func Two(s []byte) int {
	hi, lo := s[0]-'0', s[1]-'0'
	if hi > 9 || lo > 9 {
		return -1
	}
	return int(hi)*10 + int(lo)
}

// Four reads the first four digits of s, likewise.
func Four(s []byte) int {
	hi, lo := Two(s), Two(s[2:])
	if hi < 0 || lo < 0 {
		return -1
	}
	return hi*100 + lo
}
