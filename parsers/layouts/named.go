package layouts

import (
	"bytes"
	"math"
	"strconv"
	"unsafe"

	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
)

// ScanRFC3339 reads RFC 3339, section 5.6, and what is near it: a space instead of T, a
// comma instead of the dot, a zone without its colon or minutes, a space before it, or none.
func ScanRFC3339(s []byte, m *Shown) bool {
	if len(s) < len("2006-01-02T15:04:05") || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':' {
		return false
	}
	if c := s[10]; c != 'T' && c != ' ' && c != 't' {
		return false
	}
	m.Year, m.Month, m.Day = clocks.Four(s), clocks.Two(s[5:]), clocks.Two(s[8:])
	m.Hour, m.Minute, m.second = clocks.Two(s[11:]), clocks.Two(s[14:]), clocks.Two(s[17:])
	if m.Year < 0 || m.Month < 1 || m.Month > 12 || m.Day < 1 || uint(m.Hour) > 23 || uint(m.Minute) > 59 || uint(m.second) > clocks.LeapSecond {
		return false
	}
	i := 19
	if isFraction(s, i) {
		i = m.scanFraction(s, i+1)
	}
	if i < len(s) && s[i] == ' ' {
		i++
	}
	if i == len(s) {
		return true
	}
	var ok bool
	switch s[i] {
	case '+', '-':
		i, ok = m.scanAnyOffset(s, i)
	case 'z':
		m.zoned, i, ok = true, i+1, true
	default:
		i, ok = m.scanZoneName(s, i)
		ok = ok && m.zoned
	}
	return ok && i == len(s)
}

// ScanEpoch returns a reader of numbers since 1970 in units of so many nanoseconds, with
// or without a fraction; 0 tells the unit by the number: seconds reach to the year
// 5138, and milliseconds begin in 1973.
func ScanEpoch(unit int64) func([]byte, *Shown) bool {
	return func(s []byte, m *Shown) bool {
		negative := len(s) > 0 && s[0] == '-'
		digits := s
		if negative {
			digits = s[1:]
		}
		var n int64
		i := 0
		for i < len(digits) && i < 19 && number.IsDigit(digits[i]) {
			n = 10*n + int64(digits[i]-'0')
			i++
		}
		if i == 0 || n < 0 {
			return false
		}
		u := unit
		if u == 0 {
			u = unitOf(n)
		}
		if n > math.MaxInt64/u-1 {
			return false
		}
		t := n * u
		if i < len(digits) {
			if digits[i] != '.' || i+1 == len(digits) {
				return scanExponent(s, unit, m)
			}
			var f Shown
			if f.scanFraction(digits, i+1) != len(digits) {
				return scanExponent(s, unit, m)
			}
			t += f.nanos / (Nanosecond / u)
		}
		if negative {
			t = -t
		}
		m.epoch, m.since1970 = t, true
		return true
	}
}

func unitOf(n int64) int64 {
	switch {
	case n < 1e11:
		return Nanosecond
	case n < 1e14:
		return 1e6
	case n < 1e17:
		return 1e3
	}
	return 1
}

// scanExponent reads a number such as 1.795224047123E9, as some JSON writers have it.
func scanExponent(s []byte, unit int64, m *Shown) bool {
	if len(s) > 40 || number.End(s, 0) != len(s) {
		return false
	}
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(s), len(s)), 64)
	if err != nil || math.Abs(f) > math.MaxInt64/2 {
		return false
	}
	if unit == 0 {
		unit = unitOf(int64(math.Abs(f)))
	}
	whole, fraction := math.Modf(f)
	if math.Abs(whole) > float64(math.MaxInt64/unit-1) {
		return false
	}
	m.epoch, m.since1970 = int64(whole)*unit+int64(math.Round(fraction*float64(unit))), true
	return true
}

// ScanAuto reads RFC 3339 or a number since 1970.
func ScanAuto() func([]byte, *Shown) bool {
	epoch := ScanEpoch(0)
	return func(s []byte, m *Shown) bool {
		if len(s) > 4 && s[4] == '-' && bytes.IndexByte(s, ':') > 0 {
			return ScanRFC3339(s, m)
		}
		return epoch(s, m)
	}
}
