package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	mostBackoff = 10 * time.Second // between attempts to use a database that fails
	// What was touched of the database's mapping counts as the process's memory until it is opened anew, which is
	// done when that may be more than mostMapped bytes. A page that is asked for brings its
	// neighbours with it (faultAround: Linux, fault_around_bytes), and streams lie all over the file:
	// 500 of 100,000 have all of its 30 MB mapped.
	mostMapped  = 4 << 20
	faultAround = 64 << 10
	// mostPuts is how many streams a transaction has at most: bbolt keeps the pages that one changes, and
	// all that is in them, in memory until its end, some 60 MB for 100,000 streams.
	mostPuts = 4096
)

// commit stores all that changed in one transaction. When that is not possible
// it says so once, keeps everything, and the next commit tries again.
func (s *Store) commit() error {
	s.committing.Lock()
	defer s.committing.Unlock()
	s.mu.Lock()
	dirty, closed := s.dirty, s.closed
	s.mu.Unlock()
	if closed {
		return errClosed
	}
	if !dirty {
		return nil
	}
	now := s.now()
	if now.Before(s.retryAt) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.trouble
	}
	err := s.takeFolder()
	if err == nil {
		err = s.store()
	}
	switch {
	case err != nil:
		s.backOff(now)
		s.relieve()
	case !s.isWhole():
		s.backOff(now)
		s.mu.Lock()
		s.wake() // so that it is tried again though nothing changes
		s.mu.Unlock()
	default:
		s.backoff, s.retryAt = 0, time.Time{}
	}
	s.report(err)
	return err
}

// isLost says whether the database was removed or replaced while it was in use.
func (s *Store) isLost() bool {
	s.committing.Lock()
	defer s.committing.Unlock()
	return s.table != nil && s.table.check(filepath.Join(s.dir, databaseName)) != nil
}

func (s *Store) backOff(now time.Time) {
	s.backoff = min(max(2*s.backoff, s.interval), mostBackoff)
	s.retryAt = now.Add(s.backoff)
}

// isWhole says whether, after a commit, the files beside the database are well
// too; the commit has opened the journal anew.
func (s *Store) isWhole() bool {
	if s.storeAgentID() != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.broken == nil
}

// takeFolder makes the folder and locks it when that could not be done before, or
// when it was removed, or another one was mounted in its place.
func (s *Store) takeFolder() error {
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return err
	}
	if s.lock != nil && isAt(s.lock, s.dir) == nil {
		return nil
	}
	lock, err := lockDir(s.dir, false, 0)
	if err != nil {
		return err
	}
	s.unlock()
	s.lock = lock
	return nil
}

// store makes one attempt.
func (s *Store) store() error {
	path := filepath.Join(s.dir, databaseName)
	if s.table != nil {
		if err := s.table.check(path); err != nil {
			s.log.Warn("replaced: the checkpoint database was removed or replaced while it was in use; storing all of it anew", "path", path, "error", err)
			s.drop()
			s.replace, s.aside = true, true
			s.mu.Lock()
			s.journal.fail(err) // its files may be gone just as well: they are opened anew
			s.mu.Unlock()
		}
	}
	if s.table == nil && !s.replace {
		if err := s.reopen(path); err != nil {
			return err
		}
	}
	if s.replace {
		return s.storeAnew(path)
	}
	return s.storeChange(path, s.snapshot(false))
}

// storeChange commits c: at once, or, when it is large, in parts. A kill or a power cut between them finds the journal,
// synced before the first, which is applied to what is in the database already and ends where c does.
func (s *Store) storeChange(path string, c *change) error {
	parts := []*change{c}
	if c.puts() > s.most && s.syncUpTo(c.applied) == nil {
		parts = c.parts(s.most, s.inTable)
	}
	for i, part := range parts {
		last := i == len(parts)-1
		err := s.table.commit(part)
		if err != nil {
			s.tried = c.applied
			// Whether a part that failed is in the database is told by nothing in it.
			s.giveUp(parts[i:], err, !last)
			return fmt.Errorf("cannot commit to %s: %w", path, err)
		}
		if last {
			s.taken(part)
		} else {
			s.mu.Lock()
			s.takenPart(part)
			s.mu.Unlock()
		}
		s.touched += part.puts()
		if _, all := s.table.waste(); min(int64(s.touched)*faultAround, all) <= mostMapped {
			continue
		}
		s.drop()
		if err = s.reopen(path); !last && s.table == nil { // after the last the next commit does it
			s.giveUp(parts[i+1:], err, false)
			return fmt.Errorf("cannot open %s again: %w", path, cmp.Or(err, errDamaged))
		}
	}
	return nil
}

// giveUp notes that parts of a change are not in the database, and drops that. anew: nor can it be used again.
func (s *Store) giveUp(parts []*change, err error, anew bool) {
	for _, part := range parts {
		s.putBack(part)
	}
	s.drop()
	s.replace = s.replace || anew
	if errors.Is(err, errDamaged) { // all of it is in memory: nothing is lost
		s.replace, s.aside = true, true
	}
}

// reopen opens a database that failed before. Unless it is exactly as after the
// last commit that succeeded, it is written anew.
func (s *Store) reopen(path string) error {
	t, err := s.disk.openTable(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.replace = true
		return nil
	case errors.Is(err, errDamaged):
		s.replace, s.aside = true, true
		return nil
	case err != nil:
		return err
	}
	applied, err := t.applied()
	if err != nil || applied != s.inTable {
		s.replace, s.aside = true, applied != s.tried
		_ = t.close()
		return nil
	}
	s.table = t
	return nil
}

// storeAnew writes everything to a new file, which takes the place of the old
// one only when it is complete and synced.
func (s *Store) storeAnew(path string) error {
	fresh := path + ".new"
	t, err := s.disk.createTable(fresh)
	if err != nil {
		return err
	}
	c := s.snapshot(true)
	fail := func(err error) error {
		s.putBack(c)
		_ = t.close()
		_ = os.Remove(fresh)
		return fmt.Errorf("cannot make a new %s: %w", path, err)
	}
	for _, part := range c.parts(s.most, 0) { // it gets its name when all of them are in it
		if err := t.commit(part); err != nil {
			return fail(err)
		}
	}
	if _, there := os.Lstat(path); s.aside && there == nil {
		aside, err := setAside(path, stamp(s.now()))
		if err != nil {
			return fail(err)
		}
		s.log.Warn("kept: the old checkpoint database is there under another name", "path", aside)
		s.aside = false
	}
	if err := os.Rename(fresh, path); err != nil {
		return fail(err)
	}
	s.drop()
	s.table, s.replace, s.aside = t, false, false
	if err := s.disk.syncDir(s.dir); err != nil {
		s.putBack(c) // the new name may not survive a power cut
		s.replace = true
		return fmt.Errorf("cannot sync %s: %w", s.dir, err)
	}
	s.taken(c)
	return nil
}

// drop gives the table up.
func (s *Store) drop() {
	if s.table != nil {
		_ = s.table.close() // what it has is on the disk, or is written again
		s.table = nil
	}
	s.touched = 0
}
