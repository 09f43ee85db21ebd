package file

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

var errClosed = errors.New("the folder is closed")

// file is what the store needs of an open file; tests put a failing disk behind it.
type file interface {
	io.WriterAt
	Sync() error
	Truncate(size int64) error
	Stat() (os.FileInfo, error)
	Close() error
}

// store is the files of one folder: the data file that grows, and the index. It is
// used by one goroutine at a time.
type store struct {
	dir      string
	cfg      Config
	log      *slog.Logger
	now      func() time.Time
	openFile func(path string, flag int, perm os.FileMode) (file, error)
	lock     *os.File
	spill    *spill
	clock    clock

	data   file
	name   dataName
	pos    int64 // committed length of data; nothing acknowledged lies beyond
	number uint64

	index    file
	indexPos int64 // length of its good entries
	longAt   int64 // length at which it is written anew
	seq      uint64
	buf      []byte

	// What an error left to be put right before anything else is written.
	longData bool // data has bytes beyond pos
	newIndex bool // a sync of the index failed: what is on the disk is not known
	newData  bool // a sync of data failed, or data is not ours any more
}

// commit writes the items, and returns nil once they and the index entry that
// covers them are synced. On an error nothing of them counts as written.
func (s *store) commit(items []*item, h history, now time.Time) error {
	if err := s.stay(now); err != nil {
		return err
	}
	if err := s.repair(h, now); err != nil {
		return err
	}
	if err := s.ready(h, now); err != nil {
		return err
	}
	end, err := s.append(items)
	if err != nil {
		return errors.Join(err, s.truncate())
	}
	e := entry{file: s.name.number, end: end, time: s.clock.at(now).Unix()}
	for _, it := range items {
		e.spans = append(e.spans, it.spans...)
		e.owners = append(e.owners, it.owners...)
	}
	if err := s.note(&e); err != nil {
		s.longData = true
		if s.newIndex {
			return err // the entry may be on the disk: data must stay until a new index is
		}
		return errors.Join(err, s.truncate())
	}
	s.pos = end
	return nil
}

// append writes the items behind pos and syncs them.
func (s *store) append(items []*item) (end int64, err error) {
	end = s.pos
	for _, it := range items {
		for _, part := range it.parts {
			if _, err := s.data.WriteAt(part, end); err != nil {
				s.longData = true
				return 0, fmt.Errorf("cannot write: %w", err)
			}
			end += int64(len(part))
		}
	}
	if err := s.data.Sync(); err != nil {
		// The kernel may have dropped the pages and may report success next time:
		// nothing is written behind them any more. What was synced before is safe.
		s.longData, s.newData = true, true
		return 0, fmt.Errorf("cannot sync %s: %w", s.name.name, err)
	}
	return end, nil
}

// truncate removes from the data file what is not committed.
func (s *store) truncate() error {
	if err := s.data.Truncate(s.pos); err != nil {
		return fmt.Errorf("cannot cut %s back to %d bytes: %w", s.name.name, s.pos, err)
	}
	s.longData = false
	return nil
}

// repair puts right what an earlier error left. The order matters: while an entry
// that may be on the disk covers bytes of the data file, these must stay.
func (s *store) repair(h history, now time.Time) error {
	if s.newIndex {
		if err := s.writeIndex(h, now); err != nil {
			return err
		}
	}
	if s.longData {
		return s.truncate()
	}
	return nil
}

// ready makes sure that there is a data file to append to, and rotates it when it
// is due. A rotation that fails is only a pity as long as the old file is good.
func (s *store) ready(h history, now time.Time) error {
	if s.data != nil && !s.newData {
		if why := s.foreign(); why != "" {
			s.log.Warn("replaced: a data file is not ours any more; a new one is begun", "path", s.pathOf(s.name), "reason", why)
			s.newData = true
		}
	}
	if s.data == nil || s.newData {
		return s.rotate(now)
	}
	aged := s.cfg.RotateAge > 0 && now.Sub(s.name.begun) >= s.cfg.RotateAge.Std()
	if s.pos > 0 && (s.pos >= int64(s.cfg.RotateSize) || aged) {
		if err := s.rotate(now); err != nil {
			s.log.Warn("cannot begin a new file, the old one goes on growing", "path", s.pathOf(s.name), "error", err)
			if s.newIndex {
				return err
			}
		}
	}
	if s.indexIsLong() {
		if err := s.writeIndex(h, now); err != nil {
			if s.newIndex {
				return err
			}
			s.longAt = s.indexPos + minIndex
			s.log.Warn("cannot shorten the index, it goes on growing", "error", err)
		}
	}
	return nil
}

// foreign says what somebody else did to the data file, or "". Writing on into a
// file that was moved away would hand records to nobody.
func (s *store) foreign() string {
	named, err := os.Stat(s.pathOf(s.name))
	if errors.Is(err, os.ErrNotExist) {
		return "it was moved or deleted"
	}
	if err != nil {
		return err.Error()
	}
	ours, err := s.data.Stat()
	switch {
	case err != nil:
		return err.Error()
	case !os.SameFile(named, ours):
		return "another file has its name"
	case named.Size() < s.pos:
		return fmt.Sprintf("it was cut from %d to %d bytes by somebody else; these records are gone", s.pos, named.Size())
	case named.Size() > s.pos:
		return "somebody else appended to it"
	}
	return ""
}

// rotate begins a new data file and notes it in the index.
func (s *store) rotate(now time.Time) error {
	name := newDataName(s.number+1, now)
	path := filepath.Join(s.dir, name.name)
	f, err := s.openFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o640)
	if err != nil {
		return fmt.Errorf("cannot begin a new file: %w", err)
	}
	s.number++ // never used twice, whatever comes of it
	err = syncDir(s.dir)
	if err == nil {
		err = s.note(&entry{file: name.number, time: now.Unix()})
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cannot begin a new file: %w", err), f.Close(), os.Remove(path))
	}
	s.finish()
	s.data, s.name, s.pos, s.newData = f, name, 0, false
	s.deleteOld()
	return nil
}

// finish closes the data file. One that never got a record does not stay.
func (s *store) finish() {
	if s.data == nil {
		return
	}
	empty := s.pos == 0 && s.foreign() == ""
	err := s.data.Close()
	if empty {
		err = errors.Join(err, os.Remove(s.pathOf(s.name)))
	}
	if err != nil {
		s.log.Warn("cannot close a finished file", "path", s.pathOf(s.name), "error", err)
	}
}

// pathOf returns where a data file is.
func (s *store) pathOf(n dataName) string { return filepath.Join(s.dir, n.name) }

// deleteOld deletes finished files beyond Config.KeepFiles.
func (s *store) deleteOld() {
	if s.cfg.KeepFiles == 0 {
		return
	}
	found, err := listData(s.dir)
	if err != nil {
		s.log.Warn("cannot look for old files", "error", err)
		return
	}
	for len(found) > s.cfg.KeepFiles+1 && found[0].number < s.name.number {
		if err := os.Remove(s.pathOf(found[0])); err != nil {
			s.log.Warn("cannot delete an old file", "path", s.pathOf(found[0]), "error", err)
		} else {
			s.log.Info("removed: an old file", "path", s.pathOf(found[0]), "keep_files", s.cfg.KeepFiles)
		}
		found = found[1:]
	}
}

func (s *store) close() error {
	var errs []error
	if s.data != nil {
		errs = append(errs, s.data.Close())
	}
	if s.index != nil {
		errs = append(errs, s.index.Close())
	}
	if s.spill != nil {
		errs = append(errs, s.spill.close())
	}
	errs = append(errs, s.lock.Close())
	return errors.Join(errs...)
}
