package senders

import (
	"strconv"
	"time"
)

// Class is what came of one attempt.
type Class uint8

const (
	// Delivered: the destination has it and answers for it.
	Delivered Class = iota
	// Retry: no answer, or one that may be different next time. The endpoint is
	// taken out of use for a while.
	Retry
	// Throttled: the destination asks for less (429, 503).
	Throttled
	// Held: whoever answered works, but never judged the records, and will not
	// until a person changes something: 401, 404, a proxy's 407. Nothing is
	// dropped; it is tried again and shown.
	Held
	// TooLarge: the same records in smaller bodies may be taken.
	TooLarge
	// TooManySegments: what describes the batch is too large for the destination;
	// the same records in batches of fewer segments may be taken. A batch of one
	// segment is Held instead.
	TooManySegments
	// Refused: the records were looked at and will not be taken; Reason says why.
	Refused
	// Misread: the body was in a form that who answers does not take, or does not say it takes.
	// The same records go in the sender's own form, at once. No body in that form is Misread.
	Misread
)

// String returns the word for it, for people and failing tests.
func (c Class) String() string {
	words := [...]string{"delivered", "retry", "throttled", "held", "too large", "too many segments", "refused", "misread"}
	if int(c) < len(words) {
		return words[c]
	}
	return "class " + strconv.Itoa(int(c))
}

// Result is the outcome of one attempt. A body can be taken in part: then Class is Delivered, Items
// names the records of which that is not true, and Rejected counts those that nobody names.
type Result struct {
	Class  Class
	Wait   time.Duration // how long the destination asked us to wait; 0: it did not
	Status int           // HTTP status, 0: none
	Reason string        // what a person should read, at most 512 bytes; "" when all is delivered

	Items    []Item // in rising order, each record once; the receiver of the Result owns them
	Rejected int    // of the records not in Items: so many were refused, and which is not said
}

// Partly is the result of a body of which the destination took all but these records; it owns them.
func Partly(items []Item) Result {
	r := Result{Items: items}
	if len(items) > 0 {
		r.Reason = items[0].Reason
	}
	return r
}

// Taken returns how many of n records the destination has and answers for.
func (r *Result) Taken(n int) int {
	if r.Class != Delivered {
		return 0
	}
	return max(n-len(r.Items)-r.Rejected, 0)
}

// Item is what came of one record of a body of which others were delivered, or came to something else.
type Item struct {
	Record int           // its index in Payload.Batch.Records
	Class  Class         // Retry, Throttled, Held, TooLarge or Refused
	Wait   time.Duration // how long the destination asked us to wait; 0: it did not
	Status int           // the protocol's code; 0: none
	Reason string        // what a person should read, at most 512 bytes

	// Key is what the destination is held by where that is not this record alone: a topic, an index. All
	// records of that key wait together, and those of others go on. Refused and TooLarge have none.
	Key string
}
