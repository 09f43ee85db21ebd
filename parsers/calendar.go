package parsers

// maxSecond is the last whole second since 1970 whose nanoseconds fit (the year
// 2262); its negative is the first (1677).
const maxSecond = 1<<63/1_000_000_000 - 1

// leapSecond is the last second that a minute can have. It is the first one of the next minute, as
// POSIX counts (Base Definitions, 4.19, Seconds Since the Epoch).
const leapSecond = 60

// instant returns the time of a date and a clock "15:04:05" in a zone.
func instant(year, month, day int, clock []byte, zone int16) (int64, bool) {
	if clock[2] != ':' || clock[5] != ':' {
		return 0, false
	}
	hour, minute, second := two(clock[0:]), two(clock[3:]), two(clock[6:])
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		uint(hour) > 23 || uint(minute) > 59 || uint(second) > leapSecond {
		return 0, false
	}
	t := int64(daysSince1970(year, month, day))*86400 + int64(hour*3600+minute*60+second) - 60*int64(zone)
	return t * 1_000_000_000, -maxSecond <= t && t <= maxSecond
}

// daysSince1970 counts in the Gregorian calendar. Years begin in March here, so the
// leap day is the last.
func daysSince1970(year, month, day int) int {
	if month < 3 {
		year, month = year-1, month+12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}

func daysIn(year, month int) int {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month+month/8)%2
}

func parseZone(sign byte, hours, minutes int) (int16, bool) {
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

func monthNumber(s []byte) int {
	const names = "JanFebMarAprMayJunJulAugSepOctNovDec"
	for i := 0; i < len(names); i += 3 {
		if string(s) == names[i:i+3] {
			return i/3 + 1
		}
	}
	return 0
}

// two and four read that many digits, or return a negative number.
func two(s []byte) int {
	hi, lo := s[0]-'0', s[1]-'0'
	if hi > 9 || lo > 9 {
		return -1
	}
	return int(hi)*10 + int(lo)
}

func four(s []byte) int {
	hi, lo := two(s), two(s[2:])
	if hi < 0 || lo < 0 {
		return -1
	}
	return hi*100 + lo
}
