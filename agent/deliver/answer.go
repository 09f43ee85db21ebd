package deliver

import (
	"time"

	"logskiff/senders"
)

// Answer is what came of the last attempt that ended at an endpoint, for people.
type Answer struct {
	At     time.Time     // when it came, or was given up waiting for
	Took   time.Duration // from the beginning of the attempt
	Class  senders.Class
	Status int    // HTTP status, 0: none
	Reason string // "" when all was delivered
}

// answers notes what came of an attempt, and of a change of the endpoint's state when that was. The
// pool's mutex is held.
func (h *health) answers(a attempt, r senders.Result, before State, now time.Time) {
	h.last = Answer{At: now, Took: now.Sub(a.began), Class: r.Class, Status: r.Status, Reason: r.Reason}
	if h.state != before {
		h.since = now
	}
}
