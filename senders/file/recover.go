package filesend

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// openFolder makes or opens the folder, reads what is committed, and removes from
// the newest data file what is not. It fails only when the folder cannot be used at
// all: a full disk is for the first commit to complain about.
func (s *store) openFolder() (history, error) {
	if err := makeFolder(filepath.Join(s.dir, indexDir)); err != nil {
		return nil, fmt.Errorf("cannot make the folder: %w", err)
	}
	if err := s.lockFolder(); err != nil {
		return nil, err
	}
	h, err := s.recover()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open %s: %w", s.dir, err), s.close())
	}
	return h, nil
}

// makeFolder makes path and what is missing above it, so that a power cut after the
// first acknowledgement does not take the folder away.
func makeFolder(path string) error {
	err := os.Mkdir(path, 0o750)
	switch {
	case errors.Is(err, os.ErrExist):
		return nil
	case errors.Is(err, os.ErrNotExist):
		if err := makeFolder(filepath.Dir(path)); err != nil {
			return err
		}
		err = os.Mkdir(path, 0o750)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// lockFolder keeps two processes from writing the same files. The lock ends with
// the process, however it ends.
func (s *store) lockFolder() error {
	path := filepath.Join(s.dir, indexDir, lockName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return fmt.Errorf("cannot lock the folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("cannot lock %s: another process writes there: %w", s.dir, err), f.Close())
	}
	s.lock = f
	return nil
}

func (s *store) recover() (history, error) {
	files, err := listData(s.dir)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(s.indexPath())
	missing := errors.Is(err, os.ErrNotExist)
	if err != nil && !missing {
		return nil, err
	}
	h := history{}
	var last entry // the newest that names a data file
	found := scanEntries(data, func(e *entry) {
		h.add(e.spans, e.time)
		if e.file != 0 {
			last = *e
			last.spans = nil
		}
	})
	s.seq, s.number = found.lastSeq, last.file
	if n := len(files); n > 0 {
		s.number = max(s.number, files[n-1].number)
	}
	now := s.now()
	if found.skipped > 0 || found.doubtful {
		s.setIndexAside(found, now)
	}

	newest, lost := last.file, found.lastSeq == 0
	if lost && len(files) > 0 {
		newest = files[len(files)-1].number
	}
	for _, f := range files {
		switch {
		case f.number > newest:
			s.newerThanIndex(f)
		case f.number < newest:
		case lost:
			s.log.Error("the index of the folder is gone: records that are sent again are not recognised and will be in the files twice, with the same _stream and _offset",
				"index", s.indexPath())
			s.cutHalfLine(f)
		default:
			if err := s.resume(f, last.end, found.doubtful); err != nil {
				return nil, err
			}
		}
	}
	if s.data == nil && s.number > 0 {
		s.number++ // what the new index calls the newest file; none has this number
	}
	h.forget(now.Add(-s.cfg.DedupKeep.Std()))
	s.newIndex = true
	if err := s.writeIndex(h, now); err != nil {
		s.log.Error("nothing can be written yet; it is tried again with each batch", "folder", s.dir, "error", err)
	}
	return h, nil
}

// resume opens the newest data file and cuts it to its committed length.
func (s *store) resume(f dataName, end int64, doubtful bool) error {
	path := filepath.Join(s.dir, f.name)
	d, err := s.openFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := d.Stat()
	if err != nil {
		return errors.Join(err, d.Close())
	}
	if info.Size() < end {
		s.log.Error("a file is shorter than what was written to it: the records at its end are gone, and will not be sent again",
			"file", path, "size", info.Size(), "written", end)
		return d.Close()
	}
	if info.Size() > end {
		if doubtful && !s.keepTail(path, end) {
			return d.Close()
		}
		s.log.Info("records that were not acknowledged before the last stop are removed; they will be sent again",
			"file", path, "bytes", info.Size()-end)
		if err := d.Truncate(end); err != nil {
			return errors.Join(err, d.Close())
		}
	}
	s.data, s.name, s.pos = d, f, end
	return nil
}

// newerThanIndex treats a data file the index does not know. It is empty when a
// crash came between making it and noting it.
func (s *store) newerThanIndex(f dataName) {
	path := filepath.Join(s.dir, f.name)
	info, err := os.Stat(path)
	if err == nil && info.Size() == 0 {
		err = os.Remove(path)
	}
	if err != nil {
		s.log.Warn("cannot remove an empty file", "file", path, "error", err)
		return
	}
	if info.Size() > 0 {
		s.log.Error("a file is newer than the index, so the index is an old copy: records in that file that are sent again are not recognised",
			"file", path, "index", s.indexPath())
	}
}

// setIndexAside keeps a damaged index for a person to look at.
func (s *store) setIndexAside(found scan, now time.Time) {
	aside := s.indexPath() + ".damaged-" + now.UTC().Format(nameTime)
	err := os.Link(s.indexPath(), aside)
	s.log.Error("the index is damaged; what could be read of it is used, and records of the damaged entries are not recognised when they are sent again",
		"unreadable_bytes", found.skipped+found.tail, "set_aside", aside, "error", err)
}

// keepTail copies what follows end in a data file to the index folder. It is
// called when the last entry of the index is damaged rather than torn: these bytes may then
// have been acknowledged, so they must not vanish; and they may be sent again, so
// they must not stay. It reports whether they are safe.
func (s *store) keepTail(path string, end int64) bool {
	aside := filepath.Join(s.dir, indexDir, fmt.Sprintf("doubtful-%d-%s", end, filepath.Base(path)))
	err := copyFrom(path, end, aside)
	if err != nil {
		s.log.Error("records whose index entry is damaged stay in the file and may come a second time", "file", path, "from", end, "error", err)
		return false
	}
	s.log.Error("records whose index entry is damaged were moved: if their sender was told that they are safe they are nowhere else",
		"file", path, "from", end, "moved_to", aside)
	return true
}

func copyFrom(path string, from int64, to string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close() // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.NewSectionReader(in, from, 1<<62))
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return syncDir(filepath.Dir(to))
}

// cutHalfLine removes a last line without newline: a write that a crash ended.
func (s *store) cutHalfLine(f dataName) {
	path := filepath.Join(s.dir, f.name)
	if err := cutHalfLine(path); err != nil {
		s.log.Warn("cannot remove a half-written line", "file", path, "error", err)
	}
}

func cutHalfLine(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	end, buf := info.Size(), make([]byte, 64<<10)
	for end > 0 {
		n := min(end, int64(len(buf)))
		if _, err := f.ReadAt(buf[:n], end-n); err != nil {
			return errors.Join(err, f.Close())
		}
		for n > 0 && buf[n-1] != '\n' {
			n, end = n-1, end-1
		}
		if n > 0 {
			break
		}
	}
	if end < info.Size() {
		err = f.Truncate(end)
	}
	return errors.Join(err, f.Close())
}
