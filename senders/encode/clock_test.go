package encode

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestClockWritesTheSameTimeAsThePackageTime(t *testing.T) {
	var c clock
	check := func(ns int64, zone int16) {
		t.Helper()
		want := time.Unix(0, ns).In(time.FixedZone("", int(zone)*60)).Format(time.RFC3339Nano)
		if got := string(c.append(nil, ns, zone)); got != want {
			t.Fatalf("%d in zone %d: got %s, want %s", ns, zone, got, want)
		}
	}
	for _, ns := range []int64{1, -1, 0, 1e9, 123e6, 120e6, 999999999, math.MaxInt64, math.MinInt64, 1795400447_123000000} {
		for _, zone := range []int16{0, 1, -1, 60, -330, 345, 840, -720, 1439, -1439} {
			check(ns, zone)
			check(ns, zone)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		check(int64(rnd.Uint64()), int16(rnd.IntN(2879)-1439))
	}
}
