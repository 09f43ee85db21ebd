package senders

import (
	"context"
	"errors"
	"time"
)

// The life of a sender. The agent, or the command line, does one step after another:
//
//  1. Built, of settings that conf has checked. Files that they name (certificates) are read. Nothing
//     is connected to, made, locked or written: `check` builds senders beside a running
//     agent that uses the same, and a reload builds the new ones before it stops the old.
//  2. Checked, by `test-sender`, instead of 3 and 4: each endpoint that is a Checker.
//  3. Opened, once, by one goroutine, before anything else is called. When that fails the sender
//     is closed, and another one is built and opened some seconds later, for ever: its
//     pipelines are shown as not running, all others go on. So it is with one that takes long, or
//     hangs: the agent waits ten seconds, goes on without it, and asks again.
//  4. Used: Send, Probe, Takes, Claim and Remembered, from any goroutine, through reloads that do not
//     change its settings.
//  5. Closed, exactly once, whatever came of 2 to 4, when no Send is under way any more, unless
//     one hangs and the process ends.

// CloseTime is how long Close may take.
const CloseTime = 5 * time.Second

// Close ends the life of a sender that nobody uses any more, or ever did.
func (s *Sender) Close() error {
	var errs []error
	for _, e := range s.Endpoints {
		errs = append(errs, e.Close())
	}
	return errors.Join(errs...)
}

// Checker is an Endpoint that can be tried without a record.
type Checker interface {
	// Check goes the way of a body as far as it can, and tells say of each step. It sends nothing that
	// could be taken for a record; what it does send, and what it could not find out, it says.
	// The error is why a body would not be taken. ctx is its own, and the endpoint was not opened:
	// a running agent may be using the same.
	Check(ctx context.Context, say func(step string)) error
}

// Preparer is an Endpoint that can write to its destination what records are kept better with, such as a template of indexes. It
// does so when a person asks for it (`logskiff sender setup`), and is never asked otherwise.
type Preparer interface {
	// Prepare writes it, under a name made of the sender's, and tells say what. What was there under that name is replaced. Like Check
	// it may run beside an agent.
	Prepare(ctx context.Context, sender string, say func(step string)) error
}
