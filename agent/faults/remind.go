package faults

import (
	"cmp"
	"slices"
	"time"
)

const (
	remindFirst = time.Minute
	remindMost  = 15 * time.Minute
)

// Reminder is a fault that is to be said.
type Reminder struct {
	Fault
	New    int64         // of Count, since it was said last
	Lasted time.Duration // so far, or until it was over
}

// Due returns which of the faults of a kind are to be said now: those that last at growing intervals, after a minute, two, four, eight, and
// then every fifteen; and each that was said once more when it is over. What comes back within ten minutes goes on with its intervals.
// atOnce says that it is said when it begins, too, which is for faults that nobody else says then. What is returned counts as said.
func (b *Book) Due(now time.Time, kind string, atOnce bool) []Reminder {
	var due []Reminder
	for _, e := range b.entries {
		if e.Kind != kind || e.Since.IsZero() {
			continue
		}
		if e.step == 0 {
			e.step, e.next = remindFirst, e.Since.Add(remindFirst)
			if atOnce {
				e.next = e.Since
			}
		}
		switch {
		case e.lasts() && !now.Before(e.next):
			due = append(due, e.remind(e.Last))
			if e.said {
				e.step = min(2*e.step, remindMost)
			}
			e.said, e.next = true, now.Add(e.step)
		case !e.lasts() && e.said && !e.overWasSpoken:
			e.overWasSpoken = true
			due = append(due, e.remind(e.Over))
		}
	}
	slices.SortFunc(due, func(x, y Reminder) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Sub, y.Sub)) })
	return due
}

func (e *entry) remind(until time.Time) Reminder {
	r := Reminder{Fault: e.Fault, New: e.Count - e.saidCount, Lasted: until.Sub(e.Since)}
	e.saidCount = e.Count
	return r
}
