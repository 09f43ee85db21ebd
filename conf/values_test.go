package conf

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestSizesAreReadWithAllUnits(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "7": 7, "64MiB": 64 << 20, "1GB": 1e9, "1.5KiB": 1536, " 2 kb ": 2000, "1TiB": 1 << 40, "3tb": 3e12, "9B": 9,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "-1MiB", "64 megs", "1e30", "1e3", "NaN", "Inf", "1..2KiB", "9000000TiB", "0x10", "1_000", "64MiB,"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q: read as %d", text, got)
		}
	}
}

func TestDurationsNeedAUnit(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "200ms": 200 * time.Millisecond, "5s": 5 * time.Second, "1h30m": 90 * time.Minute,
		"7d": 7 * 24 * time.Hour, " 1m ": time.Minute, "1.5s": 1500 * time.Millisecond,
	} {
		if got, err := ParseDuration(text); err != nil || got.Std() != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "5", "1.5", "00", "-5s", "d", "-1d", "1.5d", "1000000d", "5 s", "5 parsecs", "s", "9999999h"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q: read as %v", text, got)
		}
	}
}

func TestValuesPrintAsTheyAreWritten(t *testing.T) {
	for _, c := range [][2]string{
		{Size(0).String(), "0B"}, {Size(1000).String(), "1000B"}, {Size(64 << 20).String(), "64MiB"}, {Size(math.MaxInt64).String(), "9223372036854775807B"},
		{Duration(0).String(), "0s"}, {Duration(90 * time.Minute).String(), "1h30m"}, {Duration(2 * time.Hour).String(), "2h"},
		{Duration(10 * time.Minute).String(), "10m"}, {Duration(48 * time.Hour).String(), "2d"}, {Duration(10 * time.Second).String(), "10s"},
		{Duration(time.Hour + time.Second).String(), "1h0m1s"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %s, want %s", c[0], c[1])
		}
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	type settings struct{ Token Secret }
	s := settings{"canary"}
	asJSON, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s.Token, s.Token), fmt.Sprint(&s), string(asJSON),
		fmt.Sprintf("%x", s.Token), fmt.Sprintf("%d %t", s.Token, s.Token),
	} {
		if strings.Contains(shown, "canary") || strings.Contains(shown, fmt.Sprintf("%x", "canary")) || !strings.Contains(shown, "***") {
			t.Errorf("shown: %s", shown)
		}
	}
	if s.Token.Reveal() != "canary" || Secret("").String() != "" {
		t.Error("a secret cannot be used, or an unset one looks set")
	}
}

func FuzzValuesSurviveARoundTrip(f *testing.F) {
	for _, s := range []string{"64MiB", "1.5GB", "7d", "1h30m", "200ms", "0", "-1", "9223372036854775807", "1e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if size, err := ParseSize(text); err == nil {
			if again, err := ParseSize(size.String()); size < 0 || err != nil || size < 1<<53 && again != size {
				t.Errorf("size %q: %d became %d, %v", text, size, again, err)
			}
		}
		if d, err := ParseDuration(text); err == nil {
			if again, err := ParseDuration(d.String()); d < 0 || err != nil || again != d {
				t.Errorf("duration %q: %d became %d, %v", text, d, again, err)
			}
		}
	})
}
