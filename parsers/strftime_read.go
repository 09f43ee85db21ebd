package parsers

import "bytes"

// read reads a time at text[at] into m and returns where it ends, or -1.
func (f strftime) read(text []byte, at int, m *moment) int {
	for i := range f {
		op := &f[i]
		if op.directive == 0 {
			if rest := text[at:]; len(rest) < len(op.literal) || string(rest[:len(op.literal)]) != op.literal {
				return -1
			}
			at += len(op.literal)
			continue
		}
		n := m.readPart(op.directive, text[at:])
		if n <= 0 {
			return -1
		}
		at += n
	}
	return at
}

// readPart reads what a directive wrote at the beginning of s and returns its length;
// 0: it did not write this.
func (m *moment) readPart(directive byte, s []byte) int {
	switch directive {
	case 'Y':
		return m.put(&m.year, hasYear, s, 4, 0, 9999)
	case 'y':
		n := m.put(&m.year, hasYear, s, 2, 0, 99)
		if m.year += 1900; m.year < 1969 { // as POSIX has it
			m.year += 100
		}
		return n
	case 'm':
		return m.put(&m.month, hasMonth, s, 2, 1, 12)
	case 'd', 'e':
		return m.put(&m.day, hasDay, s, 2, 1, 31)
	case 'j':
		return m.put(&m.yearDay, hasYearDay, s, 3, 1, 366)
	case 'H', 'k':
		return m.put(&m.hour, hasHour, s, 2, 0, 23)
	case 'I', 'l':
		return m.put(&m.hour, hasHour|hasHalf, s, 2, 1, 12)
	case 'M':
		return m.put(&m.minute, hasMinute, s, 2, 0, 59)
	case 'S':
		return m.put(&m.second, 0, s, 2, 0, 59)
	case 'b', 'h':
		return m.readMonth(s, false)
	case 'B':
		return m.readMonth(s, true)
	case 'p':
		return m.readHalf(s)
	case 'z':
		return m.readOffset(s)
	case 'Z':
		n := lettersEnd(s)
		if name := string(s[:n]); name == "UTC" || name == "GMT" {
			m.zone, m.has = 0, m.has|hasZone
		}
		return n
	case 's':
		return m.readEpoch(s, 1_000_000_000)
	case epochMilliseconds:
		return m.readEpoch(s, 1_000_000)
	case epochMicroseconds:
		return m.readEpoch(s, 1_000)
	case fractionMilliseconds:
		return m.readFraction(s, 3, 1_000_000)
	case fractionMicroseconds:
		return m.readFraction(s, 6, 1_000)
	case 'a', 'A':
		return lettersEnd(s)
	}
	return min(digitsEnd(s, 0), 4) // of the week and the century, which say nothing new
}

// put reads a number of at most width digits, the first of which may be a space.
func (m *moment) put(into *int, what known, s []byte, width, low, high int) int {
	i, value := 0, 0
	if len(s) > 0 && s[0] == ' ' && width == 2 {
		i = 1
	}
	from := i
	for ; i < len(s) && i < width && isDigit(s[i]); i++ {
		value = 10*value + int(s[i]-'0')
	}
	if i == from || value < low || value > high {
		return 0
	}
	*into = value
	m.has |= what
	return i
}

func (m *moment) readMonth(s []byte, full bool) int {
	if len(s) < 3 {
		return 0
	}
	month := monthNumber(s[:3])
	if month == 0 {
		return 0
	}
	m.month, m.has = month, m.has|hasMonth
	if full {
		return lettersEnd(s)
	}
	return 3
}

func (m *moment) readHalf(s []byte) int {
	if len(s) < 2 || s[1]|0x20 != 'm' {
		return 0
	}
	switch s[0] | 0x20 {
	case 'p':
		m.has |= hasHalf | hasAfternoon
	case 'a':
		m.has |= hasHalf
	default:
		return 0
	}
	return 2
}

// readOffset reads +0100, +01:00 or Z.
func (m *moment) readOffset(s []byte) int {
	if len(s) > 0 && s[0] == 'Z' {
		m.zone, m.has = 0, m.has|hasZone
		return 1
	}
	minutes := 3
	if len(s) > 3 && s[3] == ':' {
		minutes = 4
	}
	if len(s) < minutes+2 {
		return 0
	}
	zone, ok := parseZone(s[0], two(s[1:]), two(s[minutes:]))
	if !ok {
		return 0
	}
	m.zone, m.has = zone, m.has|hasZone
	return minutes + 2
}

// readEpoch reads a whole number of units of so many nanoseconds since 1970.
func (m *moment) readEpoch(s []byte, unit int64) int {
	end := digitsEnd(s[:min(len(s), 19)], 0)
	if end == 0 {
		return 0
	}
	var value int64
	for _, c := range s[:end] {
		value = 10*value + int64(c-'0')
	}
	if value >= maxSecond*(1_000_000_000/unit) {
		return 0
	}
	if m.has&hasEpoch == 0 || unit < m.epochUnit { // of several, the most exact
		m.epoch, m.epochUnit, m.has = value*unit, unit, m.has|hasEpoch
	}
	return end
}

func (m *moment) readFraction(s []byte, digits int, unit int64) int {
	if len(s) < digits || digitsEnd(s[:digits], 0) < digits {
		return 0
	}
	var value int64
	for _, c := range s[:digits] {
		value = 10*value + int64(c-'0')
	}
	if m.fractionUnit == 0 || unit < m.fractionUnit {
		m.fraction, m.fractionUnit = value*unit, unit
	}
	return digits
}

// lettersEnd returns how many letters s begins with.
func lettersEnd(s []byte) int {
	n := bytes.IndexFunc(s, func(r rune) bool { return r|0x20 < 'a' || r|0x20 > 'z' })
	if n < 0 {
		return len(s)
	}
	return n
}
