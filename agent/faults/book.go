package faults

import (
	"cmp"
	"slices"
	"time"
)

const (
	// linger is how long something must be well to be over: what fails each few seconds is one fault.
	linger = 10 * time.Second
	// rejoin is within which time what fails again is still the same fault.
	rejoin = 10 * time.Minute
	// Keep is how long what is over is remembered.
	Keep = 15 * time.Minute
)

// Key names one thing that can go wrong.
type Key struct {
	Kind string // of fault
	What string // agent, source, sender or endpoint
	Name string // of the source or sender; "" for the agent
	Sub  string // the endpoint, or the sender that a source's pipeline goes to
}

// Seen is how one thing is at one look.
type Seen struct {
	Key
	Bad bool
	// Events is a counter that rises with each single failure, or 0. When it has risen the thing is bad at this look. One that is lower than
	// before was begun anew.
	Events int64
	// Present is how much is wrong now, where that is known: files that cannot be read.
	Present int64
	Text    string // why, where it is bad
}

// Fault is something that went wrong.
type Fault struct {
	Key
	Text  string // why, as it was last
	Since time.Time
	Last  time.Time // when it was last seen to be bad
	Over  time.Time // zero: it lasts
	// Count is how many events there were, or how much is wrong, or how often it began: the first of these that is known.
	Count int64
}

// entry is what is kept of one thing.
type entry struct {
	Fault
	events, sum   int64 // the counter at the last look, and what it rose by since the fault began
	began         int64
	round         int
	next          time.Time // when it is to be said again
	step          time.Duration
	said          bool  // since it began, so that its end is to be said
	saidCount     int64 // Count then
	overWasSpoken bool
}

// Book has all that goes wrong and did lately. The zero value is empty. It is not for several goroutines at once.
type Book struct {
	entries map[Key]*entry
	round   int
}

// Look is one look at all things at one time.
func (b *Book) Look(now time.Time, all []Seen) {
	if b.entries == nil {
		b.entries = map[Key]*entry{}
	}
	b.round++
	for i := range all {
		b.see(now, &all[i])
	}
	for key, e := range b.entries {
		if e.round != b.round && e.lasts() { // it is there no more
			e.Over = e.Last
		}
		if e.round != b.round && now.Sub(e.Over) >= Keep {
			delete(b.entries, key)
		}
	}
}

func (b *Book) see(now time.Time, s *Seen) {
	e := b.entries[s.Key]
	if e == nil {
		if !s.Bad && s.Events == 0 {
			return
		}
		e = &entry{Fault: Fault{Key: s.Key}}
		b.entries[s.Key] = e
	}
	e.round = b.round
	rose := s.Events - e.events
	if rose < 0 {
		rose = s.Events
	}
	e.events = s.Events
	if !s.Bad && rose == 0 {
		if e.lasts() && now.Sub(e.Last) >= linger {
			e.Over = e.Last
		}
		return
	}
	switch {
	case e.Since.IsZero(), !e.Over.IsZero() && now.Sub(e.Over) >= rejoin:
		*e = entry{Fault: Fault{Key: s.Key, Since: now}, events: s.Events, round: b.round, began: 1}
	case !e.Over.IsZero():
		e.began++
	}
	e.Over, e.Last, e.overWasSpoken = time.Time{}, now, false
	e.sum += rose
	if s.Text != "" {
		e.Text = s.Text
	}
	e.Count = cmp.Or(s.Present, e.sum, e.began)
}

func (e *entry) lasts() bool { return !e.Since.IsZero() && e.Over.IsZero() }

// All returns what goes wrong, and what did in the last 15 minutes, in a steady order: what lasts first, and of that what began last.
func (b *Book) All(now time.Time) []Fault {
	var all []Fault
	for _, e := range b.entries {
		if e.lasts() || !e.Since.IsZero() && now.Sub(e.Over) < Keep {
			all = append(all, e.Fault)
		}
	}
	slices.SortFunc(all, func(x, y Fault) int {
		over := func(f Fault) int {
			if f.Over.IsZero() {
				return 0
			}
			return 1
		}
		return cmp.Or(over(x)-over(y), y.Over.Compare(x.Over), y.Since.Compare(x.Since),
			cmp.Compare(x.What, y.What), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Sub, y.Sub), cmp.Compare(x.Kind, y.Kind))
	})
	return all
}
