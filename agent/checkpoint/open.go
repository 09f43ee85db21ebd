package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// Open opens the store in dir, which is made when it is not there.
//
// A damaged store is set aside and begun anew; one that cannot be written, for
// whatever reason, is used as far as it can be read and Health tells why. Open
// fails only with ErrLocked, with ErrVersion, or when what is there may not be
// read: to begin at the start of every file because of a wrong owner or a
// second agent would help nobody.
func Open(dir string, o Options) (*Store, error) {
	s := newStore(dir, o)
	mkdir := os.MkdirAll(dir, 0o750)
	lock, err := lockDir(dir, false, lockWait)
	if err != nil {
		return nil, fmt.Errorf("cannot open the checkpoint store: %w", err)
	}
	s.lock = lock
	img, err := load(dir)
	if err != nil {
		s.unlock()
		return nil, fmt.Errorf("cannot open the checkpoint store: %w", err)
	}
	s.adopt(img)
	if mkdir == nil {
		_ = os.Remove(filepath.Join(dir, databaseName+".new")) // left by a crash, never complete
		err = s.openTable(img)
	}
	if errors.Is(err, ErrLocked) {
		s.unlock()
		return nil, fmt.Errorf("cannot open the checkpoint store: %w", err)
	}
	s.loadAgentID(img)
	s.mu.Lock()
	_ = s.journal.open(img.sizes)
	s.journalWrite()
	s.mu.Unlock()
	if err := errors.Join(mkdir, err); err != nil {
		s.report(err)
		s.dirty = true // so that Run tries on
	} else {
		_ = s.commit() // reported by it
	}
	if s.dirty {
		select {
		case s.changed <- struct{}{}: // Run finds it
		default:
		}
	}
	return s, nil
}

func newStore(dir string, o Options) *Store {
	s := &Store{dir: dir, log: o.Log, now: o.Now, interval: o.Interval, disk: o.disk, most: cmp.Or(o.most, mostPuts)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.interval <= 0 {
		s.interval = time.Second
	}
	if s.disk == nil {
		s.disk = realDisk{}
	}
	s.changed, s.pended = make(chan struct{}, 1), make(chan struct{}, 1)
	return s
}

// adopt takes over what the files say, and says what is wrong with them.
func (s *Store) adopt(img *image) {
	path := filepath.Join(s.dir, databaseName)
	s.freshAll = img.freshAll
	s.pipelines, s.forms = img.pipelines, img.forms
	s.format = max(img.format, oldestFormat, img.needs())
	s.raised = img.format == formatVersion
	s.inTable, s.tried = img.applied, img.applied
	s.journal = journal{disk: s.disk, dir: s.dir, active: img.active, seq: img.seq, flushed: img.seq}
	s.dirty = img.newer || img.missing || img.format < s.format
	s.replace = img.missing || img.damage != nil || img.hole != nil
	s.aside = s.replace // if there is one by then: a disk that was not mounted yet may hold one
	switch {
	case img.damage != nil:
		s.log.Error("damaged: the checkpoint database is damaged. It is set aside and a new one is begun with what is sound in it. "+
			"Files without a checkpoint are read from their beginning: nothing is lost, and what is sent twice is recognisable",
			"path", path, "error", img.damage)
	case img.hole != nil:
		s.log.Error("damaged: the checkpoint database is older than its journal, or missing. If it is there it is set aside, and a new one is begun with what is in it. "+
			"Files without a checkpoint are read from their beginning: nothing is lost, and what is sent twice is recognisable",
			"path", path, "error", img.hole)
	}
	for _, p := range s.pipelines {
		p.s = s
		if img.damage != nil || img.hole != nil {
			p.fresh, p.record = true, true
		}
	}
	if img.damage != nil || img.hole != nil {
		s.freshAll, s.dirty = true, true
	}
}

// openTable opens the database that adopt found sound. One that is mostly empty
// is written anew, since bbolt never shrinks a file.
func (s *Store) openTable(img *image) error {
	if s.replace {
		return nil // the first commit makes it
	}
	path := filepath.Join(s.dir, databaseName)
	t, err := s.disk.openTable(path)
	if errors.Is(err, errDamaged) { // in what is not needed for reading; all values are sound
		s.log.Error("damaged: the checkpoint database is damaged, but everything in it could be read; it is written anew", "path", path, "error", err)
		s.replace, s.aside, s.dirty = true, true, true
		return nil
	}
	if err != nil {
		return err
	}
	applied, err := t.applied()
	if err == nil && applied != img.applied {
		err = fmt.Errorf("%s was changed while it was being read: %w", path, ErrLocked)
	}
	if err != nil {
		_ = t.close()
		return err
	}
	if free, all := t.waste(); free > all/2 && free > compactOver {
		s.replace, s.dirty = true, true
	}
	s.table = t
	return nil
}

// compactOver is how much of a database may be unused before it is written anew.
const compactOver = 1 << 20

func (s *Store) loadAgentID(img *image) {
	id, err := loadAgentID(s.disk, s.dir, img.agentID)
	if err != nil && id != img.agentID {
		s.log.Error("cannot store the id of this agent: after a restart, what is sent again is not recognised as the same; trying again", "error", err)
		s.idTrouble = err
	}
	s.agentID = id
	s.dirty = s.dirty || id != img.agentID
}
