package parsers

// How nginx writes times: http://nginx.org/en/docs/http/ngx_http_log_module.html#log_format
const (
	localLayout = "02/Jan/2006:15:04:05 -0700"
	isoLayout   = "2006-01-02T15:04:05-07:00"
)

// cachedTime remembers the last text read, since lines of one log mostly share it.
type cachedTime struct {
	text [len(localLayout)]byte
	len  int
	time int64
	zone int16
}

// read stores the time that value says into l, or its zone only.
func (c *cachedTime) read(l *line, value []byte, parse func([]byte) (int64, int16, bool), timing bool) bool {
	if string(value) != string(c.text[:c.len]) {
		t, zone, ok := parse(value)
		if !ok {
			return false
		}
		c.len = copy(c.text[:], value)
		c.time, c.zone = t, zone
	}
	l.zone = c.zone
	if timing {
		l.time = c.time
	}
	return true
}

// parseLocal reads localLayout. Time is in nanoseconds since 1970 UTC, zone in minutes
// east of UTC.
func parseLocal(s []byte) (time int64, zone int16, ok bool) {
	if len(s) != len(localLayout) || s[2] != '/' || s[6] != '/' || s[11] != ':' || s[20] != ' ' {
		return 0, 0, false
	}
	day, month, year := two(s[0:]), monthNumber(s[3:6]), four(s[7:])
	zone, ok = parseZone(s[21], two(s[22:]), two(s[24:]))
	if !ok {
		return 0, 0, false
	}
	time, ok = instant(year, month, day, s[12:20], zone)
	return time, zone, ok
}

// parseISO reads isoLayout.
func parseISO(s []byte) (time int64, zone int16, ok bool) {
	if len(s) != len(isoLayout) || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[22] != ':' {
		return 0, 0, false
	}
	zone, ok = parseZone(s[19], two(s[20:]), two(s[23:]))
	if !ok {
		return 0, 0, false
	}
	time, ok = instant(four(s[0:]), two(s[5:]), two(s[8:]), s[11:19], zone)
	return time, zone, ok
}

// maxSecond is the last whole second since 1970 whose nanoseconds fit (the year
// 2262); its negative is the first (1677).
const maxSecond = 1<<63/1_000_000_000 - 1

// parseMsec reads seconds since 1970 with three digits of a fraction.
func parseMsec(s []byte) (time int64, ok bool) {
	dot := len(s) - 4
	if dot < 1 || dot > 10 || s[dot] != '.' {
		return 0, false
	}
	for i, c := range s {
		if i == dot {
			continue
		}
		if !isDigit(c) {
			return 0, false
		}
		time = 10*time + int64(c-'0')
	}
	return time * 1_000_000, time/1000 <= maxSecond
}

// instant returns the time of a date and a clock "15:04:05" in a zone.
func instant(year, month, day int, clock []byte, zone int16) (int64, bool) {
	if clock[2] != ':' || clock[5] != ':' {
		return 0, false
	}
	hour, minute, second := two(clock[0:]), two(clock[3:]), two(clock[6:])
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		uint(hour) > 23 || uint(minute) > 59 || uint(second) > 59 {
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
