package layouts

import (
	"strings"

	"logskiff/parsers/number"
)

// strptimeParts are the conversions of strptime: those of POSIX
// (https://pubs.opengroup.org/onlinepubs/9799919799/functions/strptime.html), as the C locale has them, %f of
// Python, %L and %N of Ruby, and %s and %z of the C libraries.
func strptimeParts(c byte) []Part {
	kinds := func(all ...any) (parts []Part) {
		for _, a := range all {
			switch a := a.(type) {
			case partKind:
				parts = append(parts, Part{Kind: a})
			case string:
				parts = append(parts, Part{Kind: literalPart, text: a})
			}
		}
		return parts
	}
	switch c {
	case 'Y':
		return kinds(year4)
	case 'y':
		return kinds(year2)
	case 'm':
		return kinds(month1)
	case 'b', 'h':
		return kinds(monthShort)
	case 'B':
		return kinds(monthLong)
	case 'a':
		return kinds(dayOfWeekShort)
	case 'A':
		return kinds(dayOfWeekLong)
	case 'd', 'e':
		return kinds(daySpaced)
	case 'j':
		return kinds(yearDay3)
	case 'H', 'k':
		return kinds(hour24Spaced)
	case 'I', 'l':
		return kinds(hour12Spaced)
	case 'M':
		return kinds(minute1)
	case 'S':
		return kinds(secondAlone1)
	case 'f', 'L', 'N':
		return kinds(FractionDigits)
	case 'p', 'P':
		return kinds(halfAny)
	case 'z':
		return kinds(zoneAny)
	case 'Z':
		return kinds(zoneName)
	case 's':
		return kinds(EpochSeconds)
	case 'u', 'w':
		return kinds(ofWeek1)
	case 'C', 'g', 'U', 'V', 'W':
		return kinds(ofWeek2)
	case 'G':
		return kinds(ofWeek4)
	case 'T', 'X':
		return kinds(hour24Spaced, ":", minute1, ":", secondAlone1)
	case 'R':
		return kinds(hour24Spaced, ":", minute1)
	case 'r':
		return kinds(hour12Spaced, ":", minute1, ":", secondAlone1, " ", halfAny)
	case 'c':
		return kinds(dayOfWeekShort, " ", monthShort, " ", daySpaced, " ", hour24Spaced, ":", minute1, ":", secondAlone1, " ", year4)
	case 'D', 'x':
		return kinds(month1, "/", daySpaced, "/", year2)
	case 'F':
		return kinds(year4, "-", month1, "-", daySpaced)
	case 'n', 't':
		return kinds(" ")
	case '%':
		return kinds("%")
	}
	return nil
}

// IsStrptime reports whether s has conversions of strptime.
func IsStrptime(s string) bool {
	i := strings.IndexByte(s, '%')
	return i >= 0 && i+1 < len(s)
}

// CompileStrptime reads a format of strptime; bad is the conversion it does not know.
func CompileStrptime(s string) (l Layout, bad string) {
	var parts []Part
	for s != "" {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			parts = append(parts, Part{Kind: literalPart, text: s[:i]})
		}
		if s = s[i:]; s == "" {
			break
		}
		n := 2
		if len(s) > 2 && s[2] == 'N' && number.IsDigit(s[1]) { // %3N, %6N and %9N of Ruby
			n = 3
		}
		var more []Part
		if len(s) >= n {
			more = strptimeParts(s[n-1])
		}
		if more == nil {
			return Layout{}, s[:min(n, len(s))]
		}
		parts, s = append(parts, more...), s[n:]
	}
	return NewLayout(parts), ""
}
