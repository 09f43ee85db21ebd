package parsers

import (
	"strings"
	"testing"
	"time"
)

// FuzzGoLayout compares our reading of Go's layouts with package time's.
func FuzzGoLayout(f *testing.F) {
	at := time.Date(2026, 11, 21, 2, 20, 47, 123456789, time.UTC)
	for _, layout := range []string{
		time.ANSIC, time.UnixDate, time.RubyDate, time.RFC822, time.RFC822Z, time.RFC850, time.RFC1123, time.RFC1123Z,
		time.RFC3339, time.RFC3339Nano, time.Kitchen, time.Stamp, time.DateTime, "2006-002 __2 3pm 5.000", "06-1-2 15 04:05,999 Z07:00:00", "_2006 Z07 -070000",
		"02/Jan/2006:15:04:05 -0700", "2006  05 .00 Z0700",
	} {
		f.Add(layout, at.Format(layout))
		f.Add(layout, at.Format(layout)+" ")
	}
	f.Fuzz(func(t *testing.T, layout, text string) {
		l := compileGoLayout(layout)
		var m shownTime
		ok := l.scan([]byte(text), &m)
		if l.left != nothing || strings.Contains(layout, "MST") || saysTwice(l) {
			return // those are guessed here, and read in another zone
		}
		clock, _ := newZoneClock("UTC")
		var got int64
		if ok {
			got, _, ok = m.instant(&clock, l.left, 0)
		}
		want, err := time.Parse(layout, text)
		if err == nil && (want.Year() < 1678 || want.Year() > 2261) {
			return
		}
		if ok != (err == nil) && !(ok && saysYearDay(l)) { // a day of the year beside another date is checked there
			t.Fatalf("%q as %q: ours says %v, package time %v, %v", text, layout, ok, want, err)
		}
		if ok && err == nil && got != want.UnixNano() {
			t.Fatalf("%q as %q: got %v, want %v", text, layout, time.Unix(0, got).UTC(), want)
		}
	})
}

// saysTwice tells whether a layout says something twice: what counts then is for
// package time an accident of its code.
func saysTwice(l layout) bool {
	first := []partKind{year4, monthShort, dayOfWeekShort, day1, yearDay3, ofWeek1, hour24, minute1, second1, fractionFixed, halfUpper, zoneName, epochSeconds}
	said := map[int]bool{}
	for _, p := range l.parts {
		if p.kind == literalPart {
			continue
		}
		group := 0
		for group+1 < len(first) && p.kind >= first[group+1] {
			group++
		}
		if said[group] {
			return true
		}
		said[group] = true
	}
	return false
}

func saysYearDay(l layout) bool {
	for _, p := range l.parts {
		if p.kind == yearDay3 || p.kind == yearDaySpaced {
			return true
		}
	}
	return false
}

// FuzzTimeStage has every format read anything.
func FuzzTimeStage(f *testing.F) {
	f.Add("%Y-%m-%d %H:%M:%S.%f %z", "2026-11-21 02:20:47.5 +0100")
	f.Add("auto", "1795224047.5e3")
	f.Add("rfc3164", "Nov  1 02:20:47")
	f.Add("%j %p %s%Z", "325 am 1UTC")
	f.Fuzz(func(t *testing.T, format, text string) {
		p, err := NewTime(TimeConfig{Field: "t", Format: format, Zone: "Europe/Berlin"})
		if err != nil {
			return
		}
		b := newBatch(`{"t":`+text+`}`, `{"t":"`+text+`"}`)
		b.ReadAt = 1795224047e9
		before := string(b.Buf)
		Chain(jsonParser{}, p).Parse(b)
		checkSpans(t, b, before)
	})
}
