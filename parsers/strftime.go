package parsers

import (
	"fmt"
	"strings"
)

// strftime reads times that strftime wrote in the C locale
// (https://pubs.opengroup.org/onlinepubs/9799919799/functions/strftime.html).
type strftime []timeOp

// timeOp reads one directive or, when it has none, a literal.
type timeOp struct {
	directive byte
	literal   string
}

// Directives of our own, for times that are only a number.
const (
	epochMilliseconds byte = 1 + iota
	epochMicroseconds
	fractionMilliseconds
	fractionMicroseconds
)

// compileStrftime returns a reader for what a format writes. The error says which
// directive cannot be read.
func compileStrftime(format string) (strftime, error) {
	var all strftime
	literal := func(text string) {
		if n := len(all); n > 0 && all[n-1].directive == 0 {
			all[n-1].literal += text
			return
		}
		all = append(all, timeOp{literal: text})
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			literal(format[i : i+1])
			continue
		}
		i++
		if i < len(format) && (format[i] == 'E' || format[i] == 'O' || format[i] == '-') {
			i++ // other digits and no padding: we read both
		}
		if i >= len(format) {
			return nil, fmt.Errorf("cannot read times: the format %q ends in the middle of a directive", format)
		}
		switch c := format[i]; {
		case c == '%':
			literal("%")
		case c == 'n':
			literal("\n")
		case c == 't':
			literal("\t")
		case composed(c) != "":
			part, err := compileStrftime(composed(c))
			if err != nil {
				return nil, err
			}
			for _, op := range part {
				if op.directive == 0 {
					literal(op.literal)
				} else {
					all = append(all, op)
				}
			}
		case strings.IndexByte("aAbBCdegGHhIjklmMpsSuUVwWyYzZ", c) >= 0:
			all = append(all, timeOp{directive: c})
		default:
			return nil, fmt.Errorf("cannot read times: %%%c in the format %q is no directive of strftime", c, format)
		}
	}
	return all, nil
}

// composed returns what a directive is short for in the C locale.
func composed(c byte) string {
	switch c {
	case 'c':
		return "%a %b %e %H:%M:%S %Y"
	case 'D', 'x':
		return "%m/%d/%y"
	case 'F':
		return "%Y-%m-%d"
	case 'r':
		return "%I:%M:%S %p"
	case 'R':
		return "%H:%M"
	case 'T', 'X':
		return "%H:%M:%S"
	}
	return ""
}

// known returns which parts of a moment it reads.
func (f strftime) known() known {
	var all known
	for _, op := range f {
		switch op.directive {
		case 'Y', 'y':
			all |= hasYear
		case 'm', 'b', 'B', 'h':
			all |= hasMonth
		case 'd', 'e':
			all |= hasDay
		case 'j':
			all |= hasYearDay
		case 'H', 'k', 'I', 'l':
			all |= hasHour
		case 'M':
			all |= hasMinute
		case 's', epochMilliseconds, epochMicroseconds:
			all |= hasEpoch
		}
	}
	return all
}
