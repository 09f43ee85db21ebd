package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	indexDir  = "index"
	indexName = "commits.log"
	lockName  = "lock"
	// minIndex is how far the index grows, at least, before it is written anew: at a
	// hundred commits a second that is every five to ten minutes.
	minIndex = 4 << 20
)

func (s *store) indexPath() string { return filepath.Join(s.dir, indexDir, indexName) }

func (s *store) indexIsLong() bool { return s.indexPos >= s.longAt }

// note appends e to the index and syncs it. On an error the entry does not
// count; newIndex then says whether it may be on the disk all the same.
func (s *store) note(e *entry) error {
	e.seq = s.seq + 1
	s.buf = appendEntry(s.buf[:0], e)
	if _, err := s.index.WriteAt(s.buf, s.indexPos); err != nil {
		if cut := s.index.Truncate(s.indexPos); cut != nil {
			s.newIndex = true
		}
		return fmt.Errorf("cannot write the index: %w", err)
	}
	if err := s.index.Sync(); err != nil {
		s.newIndex = true
		return fmt.Errorf("cannot sync the index: %w", err)
	}
	s.seq = e.seq
	s.indexPos += int64(len(s.buf))
	return nil
}

// writeIndex puts a new index that says all of h and where the data file ends in
// the place of the old one. Until it is there whole, the old one stays.
func (s *store) writeIndex(h history, now time.Time) error {
	seq := s.seq + 1 // an entry with the next number may be in the old index
	buf := h.appendSnapshot(nil, &seq)
	seq++
	number := s.name.number
	if s.data == nil {
		number = s.number
	}
	buf = appendEntry(buf, &entry{seq: seq, file: number, end: s.pos, time: now.Unix()})

	tmp := s.indexPath() + ".tmp"
	f, err := s.openFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o640)
	if err != nil {
		return fmt.Errorf("cannot write a new index: %w", err)
	}
	_, err = f.WriteAt(buf, 0)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cannot write a new index: %w", err), f.Close(), os.Remove(tmp))
	}
	if err := os.Rename(tmp, s.indexPath()); err != nil {
		return errors.Join(fmt.Errorf("cannot put the new index in its place: %w", err), f.Close(), os.Remove(tmp))
	}
	if s.index != nil {
		if err := s.index.Close(); err != nil {
			s.log.Warn("cannot close the old index", "error", err)
		}
	}
	// From here on the new file is the index, whether or not the folder's sync
	// below works; when it does not, this is done again before the next commit.
	s.index, s.indexPos, s.seq = f, int64(len(buf)), seq
	s.longAt = max(minIndex, 4*s.indexPos)
	s.newIndex = true
	if err := syncDir(filepath.Dir(tmp)); err != nil {
		return err
	}
	s.newIndex = false
	return nil
}

// syncDir makes names in a folder survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("cannot sync the folder: %w", err)
	}
	if err := d.Sync(); err != nil {
		return errors.Join(fmt.Errorf("cannot sync the folder: %w", err), d.Close())
	}
	return d.Close()
}
