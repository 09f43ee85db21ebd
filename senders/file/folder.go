package file

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// stay makes the folder again when somebody removed it, or put another one or a
// mount in its place: the lock is taken anew, and the index, all of which is in
// memory, is written anew. An index that is not ours is kept under another name.
func (s *store) stay(now time.Time) error {
	path := s.indexPath()
	if isAt(s.lock, filepath.Join(filepath.Dir(path), lockName)) && (s.index == nil || isAt(s.index, path)) {
		return nil
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("cannot make the folder again: %w", err)
	}
	s.log.Error("replaced: the folder or its index was removed or replaced while it was in use; what is missing is made anew", "path", s.dir)
	if err := s.lockAgain(); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil && (s.index == nil || !isAt(s.index, path)) {
		aside := path + ".replaced-" + now.UTC().Format(nameTime)
		if err := os.Rename(path, aside); err != nil {
			return fmt.Errorf("cannot keep the index that somebody put into the folder: %w", err)
		}
		s.log.Warn("kept: the index that was there; records that only it knows are not recognised when they are sent again", "path", aside)
	}
	if err := s.spill.rewrite(true); err != nil {
		return err
	}
	files, err := listData(s.dir)
	if err != nil {
		return err
	}
	if n := len(files); n > 0 {
		s.number = max(s.number, files[n-1].number)
	}
	s.newIndex = true
	return nil
}

// lockAgain takes the lock of a folder that took the place of ours.
func (s *store) lockAgain() error {
	if isAt(s.lock, filepath.Join(s.dir, indexDir, lockName)) {
		return nil
	}
	old := s.lock
	if err := s.lockFolder(); err != nil {
		return err
	}
	if err := old.Close(); err != nil {
		s.log.Warn("cannot close the old lock", "error", err)
	}
	return nil
}

// isAt says whether f still has the name path.
func isAt(f interface{ Stat() (os.FileInfo, error) }, path string) bool {
	ours, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(ours, there)
}
