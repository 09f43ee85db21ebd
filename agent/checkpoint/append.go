package checkpoint

import (
	"errors"
	"time"

	"logskiff/record"
)

// Each change is written to the journal at once while there are few: at most
// burst writes in each slot, which is well below one percent of a core. From
// there on the changes of pendingFor are written together.
const (
	slot       = 10 * time.Millisecond
	burst      = 16
	pendingFor = 4 * time.Millisecond
)

// limit counts the writes of the current slot.
type limit struct {
	began time.Time
	n     int
}

func (l *limit) take(now time.Time) bool {
	if d := now.Sub(l.began); d < 0 || d >= slot {
		l.began, l.n = now, 0
	}
	l.n++
	return l.n <= burst
}

// waiting is an entry whose last change the journal does not have.
type waiting struct {
	p *Pipeline
	e *entry
}

// The methods below are called with mu held.

// journalEntry writes what changed in e: all of it, or with what == 0 its
// cursor. now says that it must not wait.
func (s *Store) journalEntry(p *Pipeline, e *entry, what mark, now bool) {
	if s.journal.broken != nil {
		return // the next commit that succeeds takes it up again
	}
	e.mark |= what
	if !e.has(pending) {
		e.mark |= pending
		s.pending = append(s.pending, waiting{p, e})
	}
	if now || s.limit.take(s.now()) {
		s.flushPending()
		return
	}
	select {
	case s.pended <- struct{}{}:
	default:
	}
}

func (s *Store) journalForget(p *Pipeline, ids []record.StreamID) {
	s.bufferPending()
	s.journal.forget(p.name, ids)
	s.journalWrite()
}

// flushPending writes all that waits, in one write.
func (s *Store) flushPending() {
	s.bufferPending()
	s.journalWrite()
}

func (s *Store) bufferPending() {
	for _, w := range s.pending {
		what := w.e.mark & identity
		w.e.mark &^= pending | identity
		if !w.p.alive(w.e) {
			continue
		}
		if what != 0 {
			s.journal.put(w.p, w.e)
		} else {
			s.journal.cursor(w.p, w.e)
		}
	}
	clear(s.pending)
	if s.pending = s.pending[:0]; cap(s.pending) > 1024 {
		s.pending = nil
	}
}

// journalWrite writes the buffer and reports, once, when that begins to fail.
func (s *Store) journalWrite() {
	err := s.journal.flush()
	if err != nil && s.deaf == nil && !s.closed {
		s.deaf = err
		s.log.Error("cannot write checkpoints at once any more: a kill now repeats what was delivered since the last commit; trying on", "error", err)
		s.wake()
	}
}

// makeDurable returns once the journal up to seq survives a power cut. Many that
// wait share one sync. Where the journal does not have it, or cannot sync, the
// database will do as well.
func (s *Store) makeDurable(seq uint64, journalled bool) error {
	if journalled && s.syncUpTo(seq) == nil {
		return nil
	}
	return s.commit()
}

func (s *Store) syncUpTo(seq uint64) error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	return s.syncTo(seq)
}

func (s *Store) syncTo(seq uint64) error {
	s.mu.Lock()
	j := &s.journal
	if j.broken != nil || s.closed {
		s.mu.Unlock()
		return errors.Join(j.broken, errors.New("the journal cannot be written"))
	}
	if j.synced >= seq {
		s.mu.Unlock()
		return nil // somebody else's sync was late enough
	}
	target := j.flushed
	var files []file
	for i := range j.files {
		if f := &j.files[i]; f.dirty {
			f.dirty = false
			files = append(files, f.file)
		}
	}
	s.mu.Unlock()
	var err error
	for _, f := range files {
		err = errors.Join(err, f.Sync())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		// What a failed sync left behind is unknown, so nothing is built on it.
		err = j.fail(err)
		s.journalWrite()
		return err
	}
	j.synced = max(j.synced, target)
	return nil
}
