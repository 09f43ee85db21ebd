package layouts

import (
	"strings"
	"testing"
	"time"

	"logskiff/parsers/clocks"
)

// FuzzGoLayout compares our reading of Go's layouts with package time's.
func FuzzGoLayout(f *testing.F) {
	at := time.Date(2026, 11, 21, 2, 20, 47, 123456789, time.UTC)
	for _, layout := range []string{
		time.ANSIC, time.UnixDate, time.RubyDate, time.RFC822, time.RFC822Z, time.RFC850, time.RFC1123, time.RFC1123Z,
		time.RFC3339, time.RFC3339Nano, time.Kitchen, time.Stamp, time.DateTime, "2006-002 __2 3pm 5.000", "06-1-2 15 04:05,999 Z07:00:00", "_2006 Z07 -070000",
		"02/Jan/2006:15:04:05 -0700", "2006  05 .00 Z0700",
	} {
		f.Add(layout, at.Format(layout)+" ", at.Unix())
	}
	f.Fuzz(func(t *testing.T, layout, text string, seconds int64) {
		l := CompileGo(layout)
		l.Scan([]byte(text), &Shown{}) // whatever it is, it is read or not
		if l.Left != Nothing || strings.Contains(layout, "MST") || saysTwice(l) || saysDigits(l) {
			return // those are guessed here, and read in another zone
		}
		text = time.Unix(seconds%(1<<32), seconds&(1<<29-1)).UTC().Format(layout)
		want, err := time.Parse(layout, text)
		if err != nil || want.Year() < 1678 || want.Year() > 2261 {
			return
		}
		var m Shown
		ok := l.Scan([]byte(text), &m)
		clock, _ := clocks.NewZone("UTC")
		var got int64
		if ok {
			got, _, ok = m.Instant(&clock, l.Left, 0)
		}
		if !ok || got != want.UnixNano() {
			t.Fatalf("%q as %q: got %v, %v, want %v", text, layout, time.Unix(0, got).UTC(), ok, want)
		}
	})
}

// saysDigits tells whether what stands between the parts of a layout could be read as
// one of them: then package time, which reads without looking ahead, has answers of its own.
func saysDigits(l Layout) bool {
	for _, p := range l.Parts {
		if p.Kind == literalPart && strings.ContainsAny(p.text, "0123456789+-.,Z_ ") && p.text != " " && p.text != "-" {
			return true
		}
	}
	return false
}

// saysTwice tells whether a layout says something twice: what counts then is for
// package time an accident of its code.
func saysTwice(l Layout) bool {
	first := []partKind{year4, monthShort, dayOfWeekShort, day1, yearDay3, ofWeek1, hour24, minute1, second1, fractionFixed, halfUpper, zoneName, EpochSeconds}
	said := map[int]bool{}
	for _, p := range l.Parts {
		if p.Kind == literalPart {
			continue
		}
		group := 0
		for group+1 < len(first) && p.Kind >= first[group+1] {
			group++
		}
		if said[group] {
			return true
		}
		said[group] = true
	}
	return false
}
