package inbox

import (
	"testing"
	"time"
)

func TestAFullHouseClosesWhoWasIdleForLongestOfThoseWhoHaveMost(t *testing.T) {
	h := NewHouse(4)
	var left []string
	now := time.Now()
	admit := func(name, address string) *Guest {
		return h.Admit(address, func() { left = append(left, name) }, now)
	}
	one := admit("one", "a")
	for _, name := range []string{"two", "three"} {
		now = now.Add(time.Millisecond)
		admit(name, "a")
	}
	other := admit("other", "b")
	if admit("early", "c") != nil || h.Turned() != 1 {
		t.Fatal("nobody is idle for long enough, and a new one is taken in")
	}
	now = now.Add(LeastIdle)
	one.Busy()
	if admit("new", "c") == nil || len(left) != 1 || left[0] != "two" {
		t.Fatalf("%v had to leave, want two: one is busy, and other has fewer", left)
	}
	if h.Count() != 4 || h.Closed() != 1 || h.Idle() != 3 {
		t.Fatal(h.Count(), h.Closed(), h.Idle())
	}
	other.Gone()
	other.Gone()
	other.Idle(now) // it is not: nobody is there
	if h.Count() != 3 || h.Idle() != 2 {
		t.Fatal(h.Count(), h.Idle())
	}
	one.Idle(now)
	one.Idle(now)
	if h.Idle() != 3 {
		t.Fatal(h.Idle())
	}
}
