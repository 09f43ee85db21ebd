package checkpoint

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"logskiff/record"
)

var errClosed = errors.New("the checkpoint store is closed")

// Options are what a Store needs from its surroundings. All may be left out.
type Options struct {
	Log      *slog.Logger
	Now      func() time.Time
	Interval time.Duration // least time between two commits; 0: one second

	disk disk // tests put a failing one here
	most int  // streams in one transaction; 0: mostPuts
}

// Store holds the checkpoints of all pipelines of one agent.
//
// There are three locks, taken in this order: committing for a whole commit and
// for table; syncing for one sync of the journal; mu for everything else. Nobody
// waits for a disk to sync while holding mu, except in journal.replace.
type Store struct {
	dir      string
	log      *slog.Logger
	now      func() time.Time
	interval time.Duration
	most     int // streams in one transaction
	disk     disk
	lock     *os.File // of the folder; nil: it has none. Guarded by committing

	committing sync.Mutex
	table      table  // nil: the database cannot be used now
	touched    int    // streams that it was given since it was opened
	inTable    uint64 // the journal up to here is in the database
	tried      uint64 // the same, for a commit of which nobody knows whether it is
	replace    bool   // the next commit makes a new file
	aside      bool   // what is there now must be kept when that happens
	retryAt    time.Time
	backoff    time.Duration

	syncing sync.Mutex

	mu        sync.Mutex
	agentID   [16]byte
	format    uint32 // that is written
	raised    bool   // to the newest, on the disk
	pipelines map[string]*Pipeline
	forms     *forms
	journal   journal
	limit     limit     // of journal writes
	pending   []waiting // what the journal does not have yet
	freshAll  bool
	dirty     bool  // the database does not have everything
	trouble   error // why it does not get it
	deaf      error // why the journal is not written, as it was reported
	odd       error // an acknowledgement that did not fit
	idTrouble error // why the agent id will not last
	committed time.Time
	closed    bool

	changed chan struct{} // dirty became true
	pended  chan struct{} // pending became non-empty
}

// AgentID returns 16 random bytes that stay the same for this folder.
func (s *Store) AgentID() [16]byte { return s.agentID }

// Pipeline returns the part of the pipeline called name, "source/sender".
func (s *Store) Pipeline(name string) *Pipeline {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pipelines[name]
	if p == nil {
		p = newPipeline(name, s.forms)
		p.s, p.fresh, p.record = s, s.freshAll, true
		s.pipelines[name] = p
		s.wake()
	}
	p.opened = true
	return p
}

func newPipeline(name string, t *forms) *Pipeline {
	return &Pipeline{name: name, forms: t, entries: make(map[record.StreamID]*entry), gone: make(map[record.StreamID]uint32)}
}

// lookEvery is how often a store in which nothing changes looks whether it is there.
const lookEvery = 10 * time.Second

// Run commits what changed, at most once in Options.Interval, until ctx is done.
// It returns nil: what goes wrong is logged, tried again, and told by Health.
func (s *Store) Run(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var commit, write <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			if s.isLost() {
				s.mu.Lock()
				s.wake()
				s.mu.Unlock()
			}
		case <-s.changed:
			if commit == nil {
				commit = time.After(s.interval)
			}
		case <-s.pended:
			if write == nil {
				write = time.After(pendingFor)
			}
		case <-write:
			write = nil
			s.mu.Lock()
			s.flushPending()
			s.mu.Unlock()
		case <-commit:
			commit = nil
			_ = s.commit() // reported by it
			if s.isDirty() {
				commit = time.After(s.interval)
			}
		}
	}
}

// wake is called with mu held when something is not as the database has it.
func (s *Store) wake() {
	if s.dirty {
		return
	}
	s.dirty = true
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *Store) isDirty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dirty
}

// Health returns nil, or why checkpoints are not stored as they should be.
func (s *Store) Health() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.trouble, s.journal.broken, s.odd, s.idTrouble)
}

// LastCommit returns when the database was last as it should be: the time of the
// last commit.
func (s *Store) LastCommit() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.committed
}

// Close commits once more and frees the files. The store may be read, but what
// changes after Close is not stored. It returns why the last commit failed.
func (s *Store) Close() error {
	s.committing.Lock()
	s.retryAt = time.Time{} // now or never
	s.committing.Unlock()
	s.lookedLast()
	err := s.commit()
	if err == errClosed {
		return nil
	}
	s.committing.Lock()
	defer s.committing.Unlock()
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushPending()
	s.closed = true
	s.journal.close()
	s.journal.fail(errClosed)
	if s.table != nil {
		err = errors.Join(err, s.table.close())
		s.table = nil
	}
	s.unlock()
	return err
}

// lookedLast has the times of the last looks stored.
func (s *Store) lookedLast() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pipelines {
		if p.opened && p.looked != 0 {
			p.record = true
			s.wake()
		}
	}
}

func (s *Store) unlock() {
	if s.lock != nil {
		_ = s.lock.Close() // nothing was written to it
	}
}
