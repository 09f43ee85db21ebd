package clocks

import (
	"testing"
	"time"
)

func TestZoneClockKnowsDaylightSavingTime(t *testing.T) {
	f := func(place, shown, want string) {
		t.Helper()
		z, err := NewZone(place)
		if err != nil {
			t.Fatal(err)
		}
		clock, err := time.Parse("2006-01-02 15:04:05", shown)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second from the cache
			got, zone, ok := z.Instant(clock.Unix())
			text := time.Unix(0, got).In(time.FixedZone("", 60*int(zone))).Format(time.RFC3339)
			if !ok || text != want {
				t.Errorf("%s in %s: got %s, want %s", shown, place, text, want)
			}
		}
	}
	f("UTC", "2026-11-21 02:20:47", "2026-11-21T02:20:47Z")
	f("Europe/Berlin", "2026-11-21 02:20:47", "2026-11-21T02:20:47+01:00")
	f("Europe/Berlin", "2026-07-01 12:00:00", "2026-07-01T12:00:00+02:00")
	f("Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T01:59:59+01:00")
	f("Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T02:30:00+01:00") // never shown
	f("Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29T03:00:00+02:00")
	f("Europe/Berlin", "2026-10-25 02:59:59", "2026-10-25T02:59:59+02:00") // shown twice
	f("Europe/Berlin", "2026-10-25 03:00:00", "2026-10-25T03:00:00+01:00")
	f("Australia/Lord_Howe", "2026-04-05 01:29:00", "2026-04-05T01:29:00+11:00")
	f("Australia/Lord_Howe", "2026-04-05 02:00:00", "2026-04-05T02:00:00+10:30")
	f("Asia/Kolkata", "1969-12-31 23:59:59", "1969-12-31T23:59:59+05:30")
}

func TestZoneClockOfANameThatIsNone(t *testing.T) {
	if _, err := NewZone("Mars/Olympus"); err == nil {
		t.Fatal("taken")
	}
}

func TestZoneClockAsksOncePerQuarter(t *testing.T) {
	z, err := NewZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	z.Instant(1_800_000_000)
	if n := testing.AllocsPerRun(100, func() { z.Instant(1_800_000_001) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
