package clocks

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestRFC3339TimesAreThoseOfTheStandardLibrary(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var clock RFC3339
	zones := []string{"Z07:00", "-07:00", "Z0700", "-0700"}
	fractions := []string{"", ".0", ".000", ".000000", ".000000000", ",000"}
	at := time.Unix(1_700_000_000, 0)
	for range 20_000 {
		if rnd.IntN(3) == 0 {
			at = time.Unix(rnd.Int64N(2*MaxSecond-10)-MaxSecond+5, rnd.Int64N(1e9))
		}
		at = at.Add(time.Duration(rnd.IntN(1e9))).In(time.FixedZone("", 60*(rnd.IntN(2*1439)-1439)))
		s := at.Format("2006-01-02T15:04:05" + fractions[rnd.IntN(len(fractions))] + zones[rnd.IntN(len(zones))])
		checkRFC3339(t, &clock, s)
	}
}

// checkRFC3339 compares with time.Parse, which does not take years whose nanoseconds do not fit into account.
func checkRFC3339(t *testing.T, clock *RFC3339, s string) {
	t.Helper()
	got, zone, ok := clock.Read([]byte(s))
	want, err := time.Parse("2006-01-02T15:04:05Z07:00", s)
	if err != nil {
		want, err = time.Parse("2006-01-02T15:04:05Z0700", s)
	}
	if fits := err == nil && want.Unix() > -MaxSecond && want.Unix() < MaxSecond; ok != fits {
		t.Fatalf("%q: taken: %v, by the standard library: %v (%v)", s, ok, fits, err)
	}
	if !ok {
		return
	}
	if _, seconds := want.Zone(); got != want.UnixNano() || int(zone)*60 != seconds {
		t.Fatalf("%q: got %d %d, want %d %d", s, got, zone, want.UnixNano(), seconds/60)
	}
}

func TestRFC3339Cases(t *testing.T) {
	var clock RFC3339
	for _, s := range []string{
		"2026-11-21T02:20:47Z", "2026-11-21T02:20:47.1Z", "2026-11-21T02:20:59.123456789Z", "2026-11-21T02:20:47.999999999+23:59",
		"2026-11-21T02:20:47", "2026-11-21T02:20:47.Z", "2026-11-21T02:20:61Z", "2026-11-21T02:20:4Z", "2026-11-21T02:20-47Z",
		"2026-11-21T02:20:47z", "2026-11-21T02:20:47+01", "2026-11-21T02:20:47*01:00",
		"2026-02-29T02:20:47Z", "2026-11-31T02:20:47Z", "2026-11-21T24:20:47Z", "2026-11-21 02:20:47Z", "2026/11/21T02:20:47Z",
		"9999-11-21T02:20:47Z", "0001-01-01T00:00:00Z", "2026-11-21T02:20:47ZZ", "2026-11-21T02:20:47.1.2Z", "", "Z", "2026",
	} {
		checkRFC3339(t, &clock, s)
	}
	if got, _, ok := clock.Read([]byte("2026-11-21T02:20:47.12345678987654321Z")); !ok || got%1e9 != 123456789 {
		t.Errorf("digits behind the ninth: got %d %v", got, ok)
	}
}

func FuzzRFC3339(f *testing.F) {
	f.Add("2026-11-21T02:20:47.123+01:00", "2026-11-21T02:20:47Z")
	f.Fuzz(func(t *testing.T, first, second string) {
		var clock RFC3339
		clock.Read([]byte(first))
		got, zone, ok := clock.Read([]byte(second))
		var fresh RFC3339
		if again, sameZone, sameOK := fresh.Read([]byte(second)); got != again || zone != sameZone || ok != sameOK {
			t.Fatalf("%q after %q: %d %d %v, alone %d %d %v", second, first, got, zone, ok, again, sameZone, sameOK)
		}
	})
}
