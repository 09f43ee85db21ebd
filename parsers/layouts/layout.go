// Package layouts reads times by a description of how they are written: Go's reference time, or strptime's directives. What
// a text leaves out, its year or its day, is guessed from the time of reading, which the caller brings.
package layouts

import (
	"strings"

	"logskiff/parsers/number"
)

// Part is one piece of a time's format.
type Part struct {
	Kind partKind
	text string // literal
	N    int    // digits of a fraction; of an epoch: 1 if its fraction is said elsewhere
}

type partKind uint8

const (
	literalPart partKind = iota
	year4
	year2
	monthShort
	monthLong
	month1 // one or two digits
	month2 // two digits
	dayOfWeekShort
	dayOfWeekLong
	day1
	daySpaced // a space may stand for the first digit
	day2
	yearDay3
	yearDaySpaced
	ofWeek1 // the day of the week, its number, its year: they say nothing more
	ofWeek2
	ofWeek4
	hour24 // one or two digits
	hour24Spaced
	hour12
	hour12Spaced
	hour12Two
	minute1
	minute2
	second1 // and a fraction of any length, although the layout has none
	second2
	secondAlone1 // the fraction follows as a part of its own
	secondAlone2
	fractionFixed    // a dot or comma and n digits
	fractionOptional // nothing, or a dot or comma and digits
	FractionDigits   // digits without a dot
	halfUpper        // PM
	halfLower        // pm
	halfAny
	zoneName
	zoneColon // -07:00
	zonePlain // -0700
	zoneHours // -07
	zoneColonSeconds
	zonePlainSeconds
	zoneColonZ // Z07:00
	zonePlainZ
	zoneHoursZ
	zoneColonSecondsZ
	zonePlainSecondsZ
	zoneAny // Z, or hours and perhaps minutes with or without a colon
	EpochSeconds
	EpochMillis
	EpochMicros
)

// Layout is a compiled format.
type Layout struct {
	Parts []Part
	Left  Missing
}

// goParts are what stands in a layout of package time for what, longest first where one
// begins another. Source: https://pkg.go.dev/time#pkg-constants
var goParts = [...]struct {
	text string
	kind partKind
}{
	{"January", monthLong}, {"Jan", monthShort},
	{"Monday", dayOfWeekLong}, {"Mon", dayOfWeekShort}, {"MST", zoneName},
	{"002", yearDay3}, {"01", month2}, {"02", day2}, {"03", hour12Two}, {"04", minute2}, {"05", second2}, {"06", year2},
	{"15", hour24}, {"1", month1}, {"2006", year4}, {"2", day1},
	{"__2", yearDaySpaced}, {"_2", daySpaced},
	{"3", hour12}, {"4", minute1}, {"5", second1}, {"PM", halfUpper}, {"pm", halfLower},
	{"-070000", zonePlainSeconds}, {"-07:00:00", zoneColonSeconds}, {"-0700", zonePlain}, {"-07:00", zoneColon}, {"-07", zoneHours},
	{"Z070000", zonePlainSecondsZ}, {"Z07:00:00", zoneColonSecondsZ}, {"Z0700", zonePlainZ}, {"Z07:00", zoneColonZ}, {"Z07", zoneHoursZ},
}

// CompileGo reads a layout of package time, and finds in it what time.Parse finds.
func CompileGo(s string) Layout {
	var parts []Part
	literal := 0
	for i := 0; i < len(s); {
		p, n := goPartAt(s, i)
		if n == 0 {
			i++
			continue
		}
		if literal < i {
			parts = append(parts, Part{Kind: literalPart, text: s[literal:i]})
		}
		parts = append(parts, p)
		i += n
		literal = i
	}
	if literal < len(s) {
		parts = append(parts, Part{Kind: literalPart, text: s[literal:]})
	}
	return NewLayout(parts)
}

func goPartAt(s string, i int) (p Part, n int) {
	if s[i] == '.' || s[i] == ',' {
		return goFractionAt(s, i)
	}
	if len(s)-i >= 5 && s[i:i+5] == "_2006" {
		return Part{}, 0 // the underscore is a literal
	}
	for _, g := range goParts {
		if len(s)-i < len(g.text) || s[i:i+len(g.text)] != g.text {
			continue
		}
		rest := s[i+len(g.text):]
		if (g.kind == monthShort || g.kind == dayOfWeekShort) && rest != "" && rest[0] >= 'a' && rest[0] <= 'z' {
			continue // a word that begins so
		}
		return Part{Kind: g.kind}, len(g.text)
	}
	return Part{}, 0
}

// goFractionAt reads .000 and .999, of any length and with a comma too. More digits
// behind them make them a literal.
func goFractionAt(s string, i int) (p Part, n int) {
	if i+1 == len(s) || s[i+1] != '0' && s[i+1] != '9' {
		return Part{}, 0
	}
	j := i + 1
	for j < len(s) && s[j] == s[i+1] {
		j++
	}
	if j < len(s) && number.IsDigit(s[j]) {
		return Part{}, 0
	}
	if s[i+1] == '9' {
		return Part{Kind: fractionOptional}, j - i
	}
	return Part{Kind: fractionFixed, N: j - i - 1}, j - i
}

// NewLayout looks which parts of a date there are, and which second has its fraction behind it.
func NewLayout(parts []Part) Layout {
	l := Layout{Parts: parts, Left: theDate}
	year, date := false, false
	for i := range parts {
		switch parts[i].Kind {
		case year4, year2:
			year = true
		case monthShort, monthLong, month1, month2, day1, daySpaced, day2, yearDay3, yearDaySpaced:
			date = true
		case EpochSeconds, EpochMillis, EpochMicros:
			year = true
		case second1, second2:
			if hasFraction(parts[i+1:]) {
				parts[i].Kind += secondAlone1 - second1
			}
		}
	}
	switch {
	case year:
		l.Left = Nothing
	case date:
		l.Left = TheYear
	}
	return l
}

// hasFraction says whether the next part that is no literal is a fraction.
func hasFraction(parts []Part) bool {
	for _, p := range parts {
		if p.Kind != literalPart {
			return p.Kind == fractionFixed || p.Kind == fractionOptional
		}
	}
	return false
}

// SaysTime reports whether a text in this layout says anything of a time.
func (l *Layout) SaysTime() bool {
	for _, p := range l.Parts {
		switch p.Kind {
		case literalPart, dayOfWeekShort, dayOfWeekLong, halfUpper, halfLower, halfAny, zoneName,
			fractionFixed, fractionOptional, FractionDigits, ofWeek1, ofWeek2, ofWeek4:
		default:
			if p.Kind < zoneName || p.Kind >= EpochSeconds {
				return true
			}
		}
	}
	return false
}

// SaysTwice names what two parts give, of which the first would not count; "": nothing.
func (l *Layout) SaysTwice() string {
	seen := map[string]bool{}
	for _, p := range l.Parts {
		name := ""
		switch p.Kind {
		case year4, year2:
			name = "year"
		case monthShort, monthLong, month1, month2:
			name = "month"
		case day1, daySpaced, day2:
			name = "day"
		case hour24, hour24Spaced, hour12, hour12Spaced, hour12Two:
			name = "hour"
		case minute1, minute2:
			name = "minute"
		case second1, second2, secondAlone1, secondAlone2:
			name = "second"
		}
		if seen[name] {
			return name
		}
		seen[name] = name != ""
	}
	return ""
}

// HasDigits reports whether there are digits that must stand in every text as they are. No log has
// such: a Go layout with them was made of some other time than package time's.
func (l *Layout) HasDigits() bool {
	for _, p := range l.Parts {
		if p.Kind == literalPart && strings.ContainsAny(p.text, "0123456789") {
			return true
		}
	}
	return false
}
