package parsers

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"logskiff/parsers/clocks"
)

func checkTime(t *testing.T, layout, s string, parse func([]byte) (int64, int16, bool)) {
	t.Helper()
	got, zone, ok := parse([]byte(s))
	want, err := time.Parse(layout, s)
	// Beyond these years nanoseconds do not fit into 64 bits.
	wantOK := err == nil && want.Unix() >= -clocks.MaxSecond && want.Unix() <= clocks.MaxSecond
	if ok != wantOK {
		t.Fatalf("%q: taken: %v, by the standard library: %v (%v)", s, ok, wantOK, err)
	}
	if !ok {
		return
	}
	if _, seconds := want.Zone(); got != want.UnixNano() || int(zone)*60 != seconds {
		t.Fatalf("%q: got %d %d, want %d %d", s, got, zone, want.UnixNano(), seconds/60)
	}
}

func TestTimesAreThoseOfTheStandardLibrary(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		at := time.Unix(rnd.Int64N(2*clocks.MaxSecond)-clocks.MaxSecond, 0).In(time.FixedZone("", 60*(rnd.IntN(2*1439)-1439)))
		checkTime(t, localLayout, at.Format(localLayout), parseLocal)
		checkTime(t, isoLayout, at.Format(isoLayout), parseISO)
	}
	for year := range 2500 {
		for _, day := range []string{"28/Feb", "29/Feb", "30/Feb", "31/Apr", "01/Mar", "31/Dec", "00/Jan", "32/Jan"} {
			s := day + "/" + string([]byte{byte('0' + year/1000), byte('0' + year/100%10), byte('0' + year/10%10), byte('0' + year%10)})
			if year > 0 { // the standard library takes the year 0, nginx never writes it
				checkTime(t, localLayout, s+":12:00:00 +0000", parseLocal)
			}
		}
	}
}

func TestTimesOutOfRangeAreRefused(t *testing.T) {
	for _, s := range []string{
		"", "-", "21/Nov/2026:02:20:47", "21/nov/2026:02:20:47 +0100", "21/Nov/0000:02:20:47 +0100",
		"21/Nov/2026:24:20:47 +0100", "21/Nov/2026:02:60:47 +0100", "21/Nov/2026:02:20:61 +0100",
		"21/Nov/2026:02:20:47 *0100", "21/Nov/2026:02:20:47 +2400", "21/Nov/2026:02:20:47 +0160",
		"2x/Nov/2026:02:20:47 +0100", "21/Nov/20x6:02:20:47 +0100", "21/Nov/2026 02:20:47 +0100",
		"21/Nov/2026:02:20:47 +01:0", "21/Nov/9999:02:20:47 +0000",
	} {
		if _, _, ok := parseLocal([]byte(s)); ok {
			t.Errorf("%q was taken", s)
		}
	}
	for _, s := range []string{"2026-11-21T02:20:47Z", "2026-13-21T02:20:47+01:00", "2026-11-21 02:20:47+01:00", "2026-11-21T02:20:47+01.00"} {
		if _, _, ok := parseISO([]byte(s)); ok {
			t.Errorf("%q was taken", s)
		}
	}
}

func TestMsec(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64 // -1: refused
	}{
		{"1795400447.123", 1795400447_123000000},
		{"0.001", 1000000},
		{"9223372035.999", 9223372035_999000000},
		{"9223372037.000", -1},
		{"9999999999.999", -1},
		{"99999999999.999", -1},
		{"1795400447", -1}, {".123", -1}, {"1.12", -1}, {"-1.123", -1}, {"1a.123", -1}, {"1.12a", -1}, {"", -1},
	} {
		got, ok := parseMsec([]byte(c.in))
		if ok != (c.want >= 0) || ok && got != c.want {
			t.Errorf("%q: got %d, %v", c.in, got, ok)
		}
	}
}

func FuzzTimes(f *testing.F) {
	f.Add("21/Nov/2026:02:20:47 +0100", "2026-11-21T02:20:47+01:00")
	f.Fuzz(func(t *testing.T, local, iso string) {
		if strings.Contains(local+iso, ":60") {
			return // a leap second, which comes back as the next minute's first
		}
		if ns, zone, ok := parseLocal([]byte(local)); ok {
			if back := time.Unix(0, ns).In(time.FixedZone("", int(zone)*60)).Format(localLayout); back != local && zone != 0 {
				t.Fatalf("%q was read as %q", local, back)
			}
		}
		if ns, zone, ok := parseISO([]byte(iso)); ok {
			if back := time.Unix(0, ns).In(time.FixedZone("", int(zone)*60)).Format(isoLayout); back != iso && zone != 0 {
				t.Fatalf("%q was read as %q", iso, back)
			}
		}
	})
}
