package faults

import (
	"testing"
	"testing/quick"
	"time"
)

var (
	noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	down = Key{Kind: "down", What: "sender", Name: "ingest"}
)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// one returns the only fault of the book.
func one(t *testing.T, b *Book, now time.Time) Fault {
	t.Helper()
	all := b.All(now)
	if len(all) != 1 {
		t.Fatalf("there are %d faults: %+v", len(all), all)
	}
	return all[0]
}

func TestAFaultHasABeginningACountAndAnEnd(t *testing.T) {
	var b Book
	look := func(second int, bad bool, events int64) {
		b.Look(at(second), []Seen{{Key: down, Bad: bad, Events: events, Text: "refused"}})
	}
	look(0, false, 0)
	if all := b.All(at(0)); len(all) != 0 {
		t.Fatalf("nothing was wrong: %+v", all)
	}
	look(1, true, 2)
	look(2, true, 5)
	f := one(t, &b, at(2))
	if f.Since != at(1) || f.Last != at(2) || !f.Over.IsZero() || f.Count != 5 || f.Text != "refused" {
		t.Errorf("it is %+v", f)
	}
	look(5, false, 5)
	if f := one(t, &b, at(5)); !f.Over.IsZero() {
		t.Errorf("it is over after three seconds: %+v", f)
	}
	look(12, false, 5)
	if f := one(t, &b, at(12)); f.Over != at(2) {
		t.Errorf("it is not over: %+v", f)
	}
	look(60, true, 6) // within ten minutes it is the same one
	if f := one(t, &b, at(60)); f.Since != at(1) || !f.Over.IsZero() || f.Count != 6 {
		t.Errorf("it is not the same one: %+v", f)
	}
	look(75, false, 6)
	look(75+15*60, false, 6)
	if all := b.All(at(75 + 15*60)); len(all) != 0 {
		t.Errorf("what is over for long is still shown: %+v", all)
	}
	look(2000, true, 9)
	if f := one(t, &b, at(2000)); f.Since != at(2000) || f.Count != 3 {
		t.Errorf("after that it is another one: %+v", f)
	}
}

func TestWhatIsCounted(t *testing.T) {
	var b Book
	b.Look(at(0), []Seen{{Key: down, Bad: true, Present: 7}})
	b.Look(at(1), []Seen{{Key: down, Bad: true, Present: 4}})
	if f := one(t, &b, at(1)); f.Count != 4 {
		t.Errorf("of what is wrong now it counts %d, want 4", f.Count)
	}
	b = Book{}
	for i, bad := range []bool{true, false, true, true} {
		b.Look(at(20*i), []Seen{{Key: down, Bad: bad}})
	}
	if f := one(t, &b, at(60)); f.Count != 2 {
		t.Errorf("of what has no counter it counts %d, want how often it began: 2", f.Count)
	}
	b = Book{}
	b.Look(at(0), []Seen{{Key: down, Events: 100}})
	b.Look(at(1), []Seen{{Key: down, Events: 3}}) // its pipeline was started anew
	if f := one(t, &b, at(1)); f.Count != 103 {
		t.Errorf("over a restart it counts %d, want 103", f.Count)
	}
}

func TestWhatIsThereNoMoreIsOver(t *testing.T) {
	var b Book
	b.Look(at(0), []Seen{{Key: down, Bad: true}})
	b.Look(at(1), nil)
	if f := one(t, &b, at(1)); f.Over != at(0) {
		t.Errorf("it lasts: %+v", f)
	}
	b.Look(at(20*60), nil)
	if len(b.entries) != 0 {
		t.Errorf("it is kept: %+v", b.entries)
	}
}

// reminded says at which seconds a fault that lasts for so long is said.
func reminded(b *Book, seconds int, atOnce bool, until int) (when []int, last Reminder) {
	for s := range seconds {
		b.Look(at(s), []Seen{{Key: down, Bad: s < until, Events: int64(min(s, until))}})
		for _, r := range b.Due(at(s), "down", atOnce) {
			when, last = append(when, s), r
		}
	}
	return when, last
}

func TestAFaultThatLastsIsSaidAtGrowingIntervalsAndOnceWhenItIsOver(t *testing.T) {
	f := func(atOnce bool, want ...int) {
		t.Helper()
		var b Book
		got, last := reminded(&b, 7200, atOnce, 3700)
		if len(got) != len(want) {
			t.Fatalf("said at %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("said at %v, want %v", got, want)
				break
			}
		}
		if last.Over.IsZero() || last.Count != 3700 || last.Lasted.Round(time.Minute) != 62*time.Minute {
			t.Errorf("the last one is %+v", last)
		}
	}
	f(false, 60, 120, 240, 480, 960, 1860, 2760, 3660, 3710)
	f(true, 0, 60, 180, 420, 900, 1800, 2700, 3600, 3710)
}

func TestAShortFaultIsNotSaid(t *testing.T) {
	var b Book
	if got, _ := reminded(&b, 300, false, 40); len(got) != 0 {
		t.Errorf("said at %v", got)
	}
}

func TestEachReminderCountsSinceTheOneBefore(t *testing.T) {
	var b Book
	sum := int64(0)
	for s := range 3600 {
		b.Look(at(s), []Seen{{Key: down, Bad: s < 3000, Events: int64(min(s, 3000) * 3)}})
		for _, r := range b.Due(at(s), "down", false) {
			sum += r.New
			if r.Count != sum {
				t.Errorf("after %d s %d were said, and there are %d", s, sum, r.Count)
			}
		}
	}
	if sum != 9000 {
		t.Errorf("%d were said of 9000", sum)
	}
}

// Whatever comes, what comes and goes is said at most once a minute but for its end, and what lasts is said at least every 15 minutes.
func TestModelNeitherSilentNorLoud(t *testing.T) {
	err := quick.Check(func(changes []uint16) bool {
		var b Book
		s, bad, said, lastSaid := 0, false, 0, 0
		var since int
		for _, c := range changes {
			bad = !bad
			since = s
			for range c % 1200 {
				s++
				b.Look(at(s), []Seen{{Key: down, Bad: bad}})
				for _, r := range b.Due(at(s), "down", true) {
					if r.Over.IsZero() {
						said++
						if said > 1 && s-lastSaid < 60 {
							return false
						}
						lastSaid = s
					}
				}
				if bad && s-max(lastSaid, since) > 900+60 {
					return false
				}
			}
		}
		return true
	}, &quick.Config{MaxCount: 30})
	if err != nil {
		t.Error(err)
	}
}
