// Package readertest holds what tests of readers share: a registry in memory,
// which checks the promises of readers.Registry and of the ledger, and (in
// suite.go) the contract every readers.Reader has to keep. Its own tests hold a small reader to it that
// has no cursors and stands on readers/lines and readers/inbox.
//
// It must not be imported by anything but tests.
package readertest

import (
	"fmt"
	"sync"
	"time"

	"logskiff/readers"
	"logskiff/record"
)

// Registry keeps checkpoints in memory and writes down every broken promise.
type Registry struct {
	mu     sync.Mutex
	all    map[record.StreamID]*readers.Checkpoint
	broken []string
	losses []string
	// At is what Looked said last, and DurableLooks how often that had to survive a power cut.
	At           time.Time
	DurableLooks int
	// Durable counts the registrations that had to survive a power cut.
	Durable int
	// DurableUpdates counts the updates that had to.
	DurableUpdates int
}

// NewRegistry returns a registry that holds cps.
func NewRegistry(cps ...readers.Checkpoint) *Registry {
	r := &Registry{all: map[record.StreamID]*readers.Checkpoint{}}
	for _, c := range cps {
		r.all[c.ID] = &c
	}
	return r
}

func (r *Registry) bad(format string, args ...any) {
	r.broken = append(r.broken, fmt.Sprintf(format, args...))
}

// Register implements readers.Registry.
func (r *Registry) Register(c readers.Checkpoint, durable bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.all[c.ID]; old != nil {
		r.bad("stream %s of %s is registered twice (before: %s)", c.ID, c.Path, old.Path)
	}
	if c.Unit == record.Entries && c.Anchor != (record.Anchor{}) {
		r.bad("stream %s of %s has an anchor of bytes, and entries", c.ID, c.Path)
	}
	if c.Offset != c.Skipped+c.Delivered+c.Quarantined+c.Lost {
		r.bad("stream %s is registered with a ledger that does not add up: %+v", c.ID, c)
	}
	if durable {
		r.Durable++
	}
	r.all[c.ID] = &c
	return nil
}

// Update implements readers.Registry.
func (r *Registry) Update(id record.StreamID, k readers.Known, durable bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.all[id]
	if c == nil {
		r.bad("Update of the unknown stream %s (%s)", id, k.Path)
		return nil
	}
	if durable {
		r.DurableUpdates++
	}
	if k.Unit != c.Unit {
		r.bad("stream %s of %s counted %s and now counts %s", id, c.Path, c.Unit, k.Unit)
	}
	c.Known = k
	return nil
}

// Looked implements readers.Registry.
func (r *Registry) Looked(at time.Time, durable bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.At = at
	if durable {
		r.DurableLooks++
	}
	return nil
}

// Lose implements readers.Registry.
func (r *Registry) Lose(id record.StreamID, n int64, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.all[id]
	if c == nil || n <= 0 {
		r.bad("Lose(%s, %d, %q)", id, n, why)
		return
	}
	c.Lost += n
	c.Offset += n
	c.Anchor = record.Anchor{}
	r.losses = append(r.losses, fmt.Sprintf("%s: %d %s: %s", c.Path, n, c.Unit, why))
}

// Forget implements readers.Registry.
func (r *Registry) Forget(ids ...record.StreamID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if r.all[id] == nil {
			r.bad("Forget of the unknown stream %s", id)
		}
		delete(r.all, id)
	}
}

// Advance stores a cursor as the agent does before it tells the reader, when all before it was delivered.
func (r *Registry) Advance(id record.StreamID, pos record.Position) { r.advance(id, pos, 0) }

// Settle stores that a segment was delivered, but for what was left out of it or no record has.
func (r *Registry) Settle(s *record.Segment) {
	r.mu.Lock()
	if c := r.all[s.Stream.ID]; c != nil && (c.Unit != s.Stream.Unit || c.Offset != s.Start) {
		r.bad("a segment of %s at %d %s, whose cursor is at %d %s", c.Path, s.Start, s.Stream.Unit, c.Offset, c.Unit)
	}
	r.mu.Unlock()
	r.advance(s.Stream.ID, record.Position{Offset: s.End, Anchor: s.Anchor}, s.Dropped+s.Missing)
}

func (r *Registry) advance(id record.StreamID, pos record.Position, skipped int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.all[id]
	if c == nil {
		r.bad("a record of the unregistered stream %s", id)
		return
	}
	if pos.Offset < c.Offset {
		r.bad("the cursor of %s goes back from %d to %d", c.Path, c.Offset, pos.Offset)
		return
	}
	c.Delivered += pos.Offset - c.Offset - skipped
	c.Skipped += skipped
	c.Position = pos
}

// Known tells whether a stream is registered.
func (r *Registry) Known(id record.StreamID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[id] != nil
}

// Checkpoints returns a copy of all that is stored.
func (r *Registry) Checkpoints() []readers.Checkpoint {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []readers.Checkpoint
	for _, c := range r.all {
		all = append(all, *c)
	}
	return all
}

// Broken returns the promises that were broken, ledgers included.
func (r *Registry) Broken() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := append([]string(nil), r.broken...)
	for _, c := range r.all {
		if c.Offset != c.Skipped+c.Delivered+c.Quarantined+c.Lost {
			out = append(out, fmt.Sprintf("the ledger of %s does not add up: %+v", c.Path, *c))
		}
	}
	return out
}

// Losses returns what was counted as lost.
func (r *Registry) Losses() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.losses...)
}
