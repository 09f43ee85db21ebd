package file

import (
	"fmt"

	"logskiff/record"
)

// claims is who is just sending streams that belong to nobody yet.
type claims map[record.StreamID]*lent

type lent struct {
	to    record.Owner
	times int
}

// claim is the folder's record.Claim.
func (e *endpoint) claim(client record.Owner, ids []record.StreamID) (release func(), err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var taken []record.StreamID
	for _, id := range ids {
		if err = e.claimOne(client, id); err != nil {
			e.giveBack(taken)
			return nil, err
		}
		taken = append(taken, id)
	}
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.giveBack(taken)
	}, nil
}

// claimOne lends a stream. The caller holds mu.
func (e *endpoint) claimOne(client record.Owner, id record.StreamID) error {
	switch owner := e.find(id).whose(); {
	case owner.Admits(client):
	case owner.Lacks(client):
		return fmt.Errorf("stream %s: %w", id, record.ErrNoWord)
	default:
		return fmt.Errorf("stream %s: %w", id, record.ErrNotOwner)
	}
	l := e.claims[id]
	switch {
	case l == nil:
		if e.claims == nil {
			e.claims = claims{}
		}
		e.claims[id] = &lent{client, 1}
	case !l.to.Admits(client):
		return fmt.Errorf("stream %s: %w", id, record.ErrLent)
	default:
		l.times++
	}
	return nil
}

// giveBack takes streams back. The caller holds mu.
func (e *endpoint) giveBack(ids []record.StreamID) {
	for _, id := range ids {
		if l := e.claims[id]; l.times > 1 {
			l.times--
		} else {
			delete(e.claims, id)
		}
	}
}
