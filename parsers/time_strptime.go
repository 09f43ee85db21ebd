package parsers

import "strings"

// strptimeParts are the conversions of strptime: those of POSIX
// (https://pubs.opengroup.org/onlinepubs/9799919799/functions/strptime.html), as the C locale has them, %f of
// Python, %L and %N of Ruby, and %s and %z of the C libraries.
func strptimeParts(c byte) []part {
	kinds := func(all ...any) (parts []part) {
		for _, a := range all {
			switch a := a.(type) {
			case partKind:
				parts = append(parts, part{kind: a})
			case string:
				parts = append(parts, part{kind: literalPart, text: a})
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
		return kinds(fractionDigits)
	case 'p', 'P':
		return kinds(halfAny)
	case 'z':
		return kinds(zoneAny)
	case 'Z':
		return kinds(zoneName)
	case 's':
		return kinds(epochSeconds)
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

// isStrptime reports whether s has conversions of strptime.
func isStrptime(s string) bool {
	i := strings.IndexByte(s, '%')
	return i >= 0 && i+1 < len(s)
}

// compileStrptime reads a format of strptime; bad is the conversion it does not know.
func compileStrptime(s string) (l layout, bad string) {
	var parts []part
	for s != "" {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			parts = append(parts, part{kind: literalPart, text: s[:i]})
		}
		if s = s[i:]; s == "" {
			break
		}
		n := 2
		if len(s) > 2 && s[2] == 'N' && isDigit(s[1]) { // %3N, %6N and %9N of Ruby
			n = 3
		}
		var more []part
		if len(s) >= n {
			more = strptimeParts(s[n-1])
		}
		if more == nil {
			return layout{}, s[:min(n, len(s))]
		}
		parts, s = append(parts, more...), s[n:]
	}
	return newLayout(parts), ""
}
