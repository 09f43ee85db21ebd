package parsers

import (
	"fmt"
	"slices"
	"strings"

	"logskiff/parsers/layouts"
)

// apacheTimes says what becomes of each %t and %{…}t of a format.
type apacheTimes struct {
	uses []timeUse       // of each token of the format
	only bool            // the record's time is one token
	left layouts.Missing // what the tokens together leave out of a date
}

type timeUse uint8

const (
	useNone   timeUse = iota // another token says it better
	usePart                  // of the record's time
	useFinest                // usePart, of an epoch whose fraction is in another token
	useText                  // a column: together they say no time
	useEnd                   // a column: when the request ended
)

// planTimes chooses the parts of the record's time: those of the request's beginning, or
// where a format has none, of its end; of several epochs and fractions the finest.
func planTimes(all []apacheToken) apacheTimes {
	plan := apacheTimes{uses: make([]timeUse, len(all))}
	ends := !slices.ContainsFunc(all, func(t apacheToken) bool { return t.letter == "t" && !isEnd(t) })
	const none = 1 << 62
	epoch, fraction := -1, -1
	epochUnit, fractionUnit := int64(none), int64(none)
	parts, pieces := []layouts.Part(nil), 0
	for i, t := range all {
		switch {
		case t.letter != "t":
			continue
		case isEnd(t) != ends:
			plan.uses[i] = useEnd
			continue
		}
		pieces++
		l, _ := apacheTime(t) // slots says what is wrong
		parts = append(parts, l.Parts...)
		switch unit := unitOf(l); {
		case strings.HasSuffix(t.arg, "_frac"):
			if unit < fractionUnit {
				fraction, fractionUnit = i, unit
			}
		case unit == 0:
			plan.uses[i] = usePart
		case unit < epochUnit:
			epoch, epochUnit = i, unit
		}
	}
	if epoch >= 0 {
		plan.uses[epoch] = usePart
	}
	if fraction >= 0 && fractionUnit < epochUnit {
		plan.uses[fraction] = usePart
		if epoch >= 0 {
			plan.uses[epoch] = useFinest
		}
	}
	together := layouts.NewLayout(parts)
	plan.left, plan.only = together.Left, pieces == 1
	if !together.SaysTime() {
		for i, t := range all {
			if t.letter == "t" && plan.uses[i] != useEnd {
				plan.uses[i] = useText
			}
		}
	}
	return plan
}

// timeLayout is what stands in the braces without the side.
func timeLayout(t apacheToken) string {
	return strings.TrimPrefix(strings.TrimPrefix(t.arg, "begin:"), "end:")
}

func isEnd(t apacheToken) bool { return strings.HasPrefix(t.arg, "end:") }

// slots returns what token i of the format, a %t or %{…}t, is.
func (p apacheTimes) slots(t apacheToken, i int) ([]slot, error) {
	l, err := apacheTime(t)
	if err != nil {
		return nil, badApache("", "%s: %v", t.text, err)
	}
	s := slot{name: "time", moment: &l, reason: "no match for apache format at " + t.text}
	brackets := timeLayout(t) == ""
	switch use := p.uses[i]; {
	case use == usePart && brackets && p.only: // by far the most common, and the fastest
		s.take, s.width, s.fixed, s.timing, s.moment = takeLocal, len(localLayout), true, true, nil
	case use == usePart:
		s.take = takeMoment
	case use == useFinest:
		s.take = takeMoment
		for k := range l.Parts {
			l.Parts[k].N = 1
		}
	case use == useNone:
		s.take = takeNothing
	case use == useEnd:
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
func apacheTime(t apacheToken) (layouts.Layout, error) {
	format := timeLayout(t)
	switch format {
	case "":
		format = "%d/%b/%Y:%H:%M:%S %z"
	case "sec":
		format = "%s"
	case "msec":
		return layouts.NewLayout([]layouts.Part{{Kind: layouts.EpochMillis}}), nil
	case "usec":
		return layouts.NewLayout([]layouts.Part{{Kind: layouts.EpochMicros}}), nil
	case "msec_frac":
		return layouts.NewLayout([]layouts.Part{{Kind: layouts.FractionDigits, N: 3}}), nil
	case "usec_frac":
		return layouts.NewLayout([]layouts.Part{{Kind: layouts.FractionDigits, N: 6}}), nil
	}
	l, bad := layouts.CompileStrptime(format)
	if bad != "" {
		return layouts.Layout{}, fmt.Errorf("%q is no directive of strftime", bad)
	}
	return l, nil
}

// unitOf returns to how many nanoseconds an epoch or a fraction is exact; 0: it is neither.
func unitOf(l layouts.Layout) int64 {
	for _, p := range l.Parts {
		switch p.Kind {
		case layouts.EpochSeconds:
			return layouts.Nanosecond
		case layouts.EpochMillis:
			return 1e6
		case layouts.EpochMicros:
			return 1e3
		case layouts.FractionDigits:
			if p.N == 6 {
				return 1e3
			}
			return 1e6
		}
	}
	return 0
}
