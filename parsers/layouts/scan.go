package layouts

import (
	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
)

// Scan reads s by the layout. A text that time.Parse takes by a Go layout is taken here,
// with the same meaning, save for names of zones.
func (l *Layout) Scan(s []byte, m *Shown) bool { return l.ScanPrefix(s, 0, m) == len(s) }

// ScanPrefix reads a time that begins at s[i] and returns its end, or -1.
func (l *Layout) ScanPrefix(s []byte, i int, m *Shown) (end int) {
	for k := range l.Parts {
		p := &l.Parts[k]
		if p.Kind == literalPart {
			if i = skipLiteral(s, i, p.text); i < 0 {
				return -1
			}
			continue
		}
		var ok bool
		switch {
		case p.Kind < hour24:
			i, ok = m.scanDate(s, i, p.Kind)
		case p.Kind < zoneName:
			i, ok = m.scanClock(s, i, p)
		default:
			i, ok = m.scanZone(s, i, p)
		}
		if !ok {
			return -1
		}
	}
	return i
}

// skipLiteral returns the end of text at s[i], or -1. A space in text stands for one or
// more, or the end.
func skipLiteral(s []byte, i int, text string) int {
	for k := 0; k < len(text); k++ {
		if text[k] == ' ' {
			if i < len(s) && s[i] != ' ' {
				return -1
			}
			for k+1 < len(text) && text[k+1] == ' ' {
				k++
			}
			for i < len(s) && s[i] == ' ' {
				i++
			}
			continue
		}
		if i >= len(s) || s[i] != text[k] {
			return -1
		}
		i++
	}
	return i
}

func (m *Shown) scanDate(s []byte, i int, kind partKind) (end int, ok bool) {
	switch kind {
	case year4:
		m.Year, i, ok = digitsOf(s, i, 4, 4)
	case year2:
		m.Year, i, ok = digitsOf(s, i, 2, 2)
		if m.Year += 1900; m.Year < 1969 {
			m.Year += 100
		}
	case monthShort:
		m.Month, i = named(s, i, shortMonths[:])
		return i, m.Month > 0
	case monthLong:
		m.Month, i = named(s, i, longMonths[:])
		return i, m.Month > 0
	case month1, month2:
		m.Month, i, ok = digitsOf(s, i, 1+int(kind-month1), 2)
		ok = ok && m.Month > 0 && m.Month <= 12
	case dayOfWeekShort:
		n, end := named(s, i, shortDays[:])
		return end, n > 0
	case dayOfWeekLong:
		n, end := named(s, i, longDays[:])
		return end, n > 0
	case day2:
		m.Day, i, ok = digitsOf(s, i, 2, 2)
		ok = ok && m.Day > 0
	case daySpaced, day1:
		if kind == daySpaced && i < len(s) && s[i] == ' ' {
			i++
		}
		m.Day, i, ok = digitsOf(s, i, 1, 2)
		ok = ok && m.Day > 0
	case yearDay3, yearDaySpaced:
		least := 3
		for kind == yearDaySpaced && least > 1 && i < len(s) && s[i] == ' ' {
			i++
			least--
		}
		if kind == yearDaySpaced {
			least = 1
		}
		m.yearDay, i, ok = digitsOf(s, i, least, 3)
		ok = ok && m.yearDay > 0
	case ofWeek1, ofWeek2, ofWeek4:
		_, i, ok = digitsOf(s, i, 1, 1<<(kind-ofWeek1))
	}
	return i, ok
}

func (m *Shown) scanClock(s []byte, i int, p *Part) (end int, ok bool) {
	switch p.Kind {
	case hour24, hour24Spaced:
		if p.Kind == hour24Spaced && i < len(s) && s[i] == ' ' {
			i++
		}
		m.Hour, i, ok = digitsOf(s, i, 1, 2)
		return i, ok && m.Hour < 24
	case hour12, hour12Spaced, hour12Two:
		least := 1
		if p.Kind == hour12Two {
			least = 2
		}
		if p.Kind == hour12Spaced && i < len(s) && s[i] == ' ' {
			i++
		}
		m.Hour, i, ok = digitsOf(s, i, least, 2)
		return i, ok && m.Hour <= 12
	case minute1, minute2:
		m.Minute, i, ok = digitsOf(s, i, 1+int(p.Kind-minute1), 2)
		return i, ok && m.Minute < 60
	case second1, second2:
		m.second, i, ok = digitsOf(s, i, 1+int(p.Kind-second1), 2)
		if isFraction(s, i) {
			i = m.scanFraction(s, i+1)
		}
		return i, ok && m.second <= clocks.LeapSecond
	case secondAlone1, secondAlone2:
		m.second, i, ok = digitsOf(s, i, 1+int(p.Kind-secondAlone1), 2)
		return i, ok && m.second <= clocks.LeapSecond
	case fractionFixed:
		if len(s)-i <= p.N || s[i] != '.' && s[i] != ',' {
			return i, false
		}
		return i + 1 + p.N, m.scanFraction(s[:i+1+p.N], i+1) == i+1+p.N
	case fractionOptional:
		if isFraction(s, i) {
			i = m.scanFraction(s, i+1)
		}
		return i, true
	case FractionDigits:
		end := m.scanFraction(s, i)
		return end, end > i
	}
	return m.scanHalf(s, i, p.Kind)
}

func isFraction(s []byte, i int) bool {
	return len(s)-i >= 2 && (s[i] == '.' || s[i] == ',') && number.IsDigit(s[i+1])
}

// scanFraction reads digits behind a dot and returns their end; those below a
// nanosecond count nothing.
func (m *Shown) scanFraction(s []byte, i int) int {
	m.from, m.nanos = i, 0
	unit := int64(Nanosecond / 10)
	for ; i < len(s) && number.IsDigit(s[i]); i++ {
		m.nanos += int64(s[i]-'0') * unit
		unit /= 10
	}
	m.to = i
	return i
}

func (m *Shown) scanHalf(s []byte, i int, kind partKind) (end int, ok bool) {
	if len(s)-i < 2 {
		return i, false
	}
	a, b := s[i], s[i+1]
	if kind == halfLower || kind == halfAny && a >= 'a' {
		a, b = a-0x20, b-0x20
	}
	m.afternoon, m.morning = a == 'P' && b == 'M', a == 'A' && b == 'M'
	return i + 2, m.afternoon || m.morning
}

// number reads from least to most digits.
func digitsOf(s []byte, i, least, most int) (n, end int, ok bool) {
	for end = i; end < len(s) && end-i < most && number.IsDigit(s[end]); end++ {
		n = 10*n + int(s[end]-'0')
	}
	return n, end, end-i >= least
}

var (
	shortMonths = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	longMonths  = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	shortDays   = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	longDays    = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
)

// named returns the number, from 1, of the name in small letters that s[i:] begins with,
// in any case; 0: none.
func named(s []byte, i int, names []string) (n, end int) {
next:
	for k, name := range names {
		if len(s)-i < len(name) {
			continue
		}
		for j := range name {
			c := s[i+j]
			if c >= 'A' && c <= 'Z' {
				c += 0x20
			}
			if c != name[j] {
				continue next
			}
		}
		return k + 1, i + len(name)
	}
	return 0, i
}
