package parsers

import "strings"

// apacheTimes says which %t and %{…}t of a format are the record's time.
type apacheTimes struct {
	end     bool // those of the request's end, for there are no others
	pieces  int  // how many there are of that side
	instant bool // together they name one
}

func planTimes(all []apacheToken) apacheTimes {
	plan := apacheTimes{end: true}
	for _, t := range all {
		if t.letter == "t" && !isEnd(t) {
			plan.end = false
		}
	}
	var have known
	for _, t := range all {
		if t.letter == "t" && isEnd(t) == plan.end {
			plan.pieces++
			if f, err := apacheTime(t); err == nil {
				have |= f.known()
			}
		}
	}
	plan.instant = have.isInstant()
	return plan
}

// timeLayout is what stands in the braces without the side.
func timeLayout(t apacheToken) string {
	return strings.TrimPrefix(strings.TrimPrefix(t.arg, "begin:"), "end:")
}

func isEnd(t apacheToken) bool { return strings.HasPrefix(t.arg, "end:") }

// slots returns what %t or %{…}t is.
func (p apacheTimes) slots(t apacheToken) ([]slot, error) {
	used := isEnd(t) == p.end && p.instant
	brackets := timeLayout(t) == ""
	s := slot{name: "time", reason: "no match for apache format at " + t.text}
	var err error
	if s.moment, err = apacheTime(t); err != nil {
		return nil, badApache("", "%s: %v", t.text, err)
	}
	switch {
	case brackets && used && p.pieces == 1: // by far the most common, and the fastest
		s.take, s.width, s.fixed, s.timing, s.moment = takeLocal, len(localLayout), true, true, nil
	case used:
		s.take = takeMoment
	case isEnd(t) != p.end:
		s.name = "time_end"
	default:
		s.name = "time_text"
	}
	if brackets {
		return []slot{{literal: "["}, s, {literal: "]"}}, nil
	}
	return []slot{s}, nil
}

// apacheTime compiles the argument of %{…}t; none is the format of %t.
func apacheTime(t apacheToken) (strftime, error) {
	switch layout := timeLayout(t); layout {
	case "":
		return compileStrftime("%d/%b/%Y:%H:%M:%S %z")
	case "sec":
		return compileStrftime("%s")
	case "msec":
		return strftime{{directive: epochMilliseconds}}, nil
	case "usec":
		return strftime{{directive: epochMicroseconds}}, nil
	case "msec_frac":
		return strftime{{directive: fractionMilliseconds}}, nil
	case "usec_frac":
		return strftime{{directive: fractionMicroseconds}}, nil
	default:
		return compileStrftime(layout)
	}
}
