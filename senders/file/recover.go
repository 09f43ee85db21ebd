package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/record"
)

// openFolder makes or opens the folder, reads what is in it, and removes from the
// newest data file what is not whole. It fails only when the folder cannot be used at
// all: a full disk is for the first commit to complain about. anew: see recover.
func (s *store) openFolder(anew bool) (history, error) {
	if err := makeFolder(filepath.Join(s.dir, indexDir)); err != nil {
		return nil, fmt.Errorf("cannot make the folder: %w", err)
	}
	if err := s.lockFolder(); err != nil {
		return nil, err
	}
	h, err := s.recover(anew)
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

// recover reads the index, and from the data what the index does not say. Nothing that
// may have been acknowledged is cut: the lines of a file are known by what they say of
// themselves, so that those which an index that was cut, damaged or put back from a copy does not
// name are kept, and recognised when they are sent again. anew: the index is not believed at all.
func (s *store) recover(anew bool) (history, error) {
	files, err := s.listSized()
	if err != nil {
		return nil, err
	}
	x, err := s.readIndex(files)
	if err != nil {
		return nil, err
	}
	s.seq, s.number = x.lastSeq, x.last.file
	if n := len(files); n > 0 {
		s.number = max(s.number, files[n-1].number)
	}
	now := s.now()
	if x.damaged() || anew && x.lastSeq > 0 {
		s.setIndexAside(x, now)
	}
	if s.spill, err = openSpill(filepath.Join(s.dir, indexDir)); err != nil {
		s.log.Error("damaged: what is remembered of streams on the disk is damaged; the data is read back instead", "error", err)
		if err := s.spill.rewrite(false); err != nil {
			return nil, err
		}
		anew = true
	}
	whole := x.whole(files) && !anew
	if !whole && x.lastSeq == 0 && len(files) > 0 {
		s.log.Warn("damaged: the index of the folder is gone; it is made again from the data", "path", s.indexPath())
	}
	newestTime, current := newest(files), 0
	for i, f := range files {
		if f.number <= x.last.file || f.size > 0 {
			current = i
		}
	}
	for i, f := range files {
		from := x.knownTo(f)
		if !whole {
			if from = 0; newestTime.Sub(f.modified) > s.cfg.DedupKeep.Std() {
				from = f.size // nobody sends that again
			}
		}
		if err := s.recoverFile(f, from, i == current, x); err != nil {
			return nil, err
		}
	}
	if s.data == nil && s.number > 0 {
		s.number++ // what the new index calls the newest file; none has this number
	}
	s.complete(x.h)
	s.startClock(x.h, now)
	s.newIndex = true
	if err := s.writeIndex(x.h, now); err != nil {
		s.log.Error("cannot write anything yet; it is tried again with each batch", "path", s.dir, "error", err)
	}
	return x.h, nil
}

// complete adds to streams of the index what the disk has of them: the entries since they were
// read from there say only what is new.
func (s *store) complete(h history) {
	for id, k := range h {
		old, err := s.spill.get(id)
		if err != nil {
			s.log.Error("forgotten: a part of a stream is not known any more", "stream", id.String(), "error", err)
		}
		if old == nil {
			continue
		}
		for _, r := range old.ranges {
			k.add(r.start, r.end)
		}
		if k.owner == (record.Owner{}) {
			k.owner = old.owner
		}
	}
}

// startClock begins to count the age of what is remembered.
func (s *store) startClock(h history, now time.Time) {
	newest := time.Unix(max(h.newest().Unix(), s.spill.newest()), 0)
	var ignored time.Duration
	s.clock, ignored = newClock(newest, now)
	if ignored != 0 {
		s.log.Warn("clock: the clock was set, or nothing came for long: of the time since the last record one day counts at most, so that not all is forgotten at once",
			"last_record", newest.UTC().Format(time.RFC3339), "now", now.UTC().Format(time.RFC3339), "not_counted", ignored.Round(time.Second).String())
	}
}

// recoverFile adds to the history what f holds from the byte from on, and goes on with the
// newest file where it is sound.
func (s *store) recoverFile(f sizedData, from int64, isNewest bool, x *index) error {
	path := filepath.Join(s.dir, f.name)
	switch {
	case f.number > x.last.file && f.size == 0: // a crash came between making it and noting it
		if err := os.Remove(path); err != nil {
			s.log.Warn("cannot remove an empty file", "path", path, "error", err)
		}
		return nil
	case x.last.file > 0 && f.number > x.last.file:
		s.log.Warn("damaged: a file is newer than the index, so the index is an old copy", "path", path, "index", s.indexPath())
	}
	v := survey{from: from, end: from, size: f.size}
	if from < f.size {
		var err error
		if v, err = s.adopt(f, from, x.h); err != nil {
			s.log.Error("damaged: what a file holds beyond its index is not known: it stays, and may come a second time", "path", path, "error", err)
			return nil
		}
	}
	if f.number == x.last.file && f.size < x.last.end {
		s.log.Error("damaged: a file is shorter than what was written to it: the records at its end are gone, and are written again only if they are sent again",
			"path", path, "size", f.size, "written", x.last.end)
		return nil
	}
	if !isNewest || f.number < x.last.file {
		return nil
	}
	return s.resume(f, &v)
}

// adopt reads f from the byte from on and adds its records to h. They are synced before
// they count as known.
func (s *store) adopt(f sizedData, from int64, h history) (survey, error) {
	path := filepath.Join(s.dir, f.name)
	d, err := s.openFile(path, os.O_RDWR, 0)
	if err != nil {
		return survey{}, err
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return survey{}, err
	}
	if ok, err := beginsLine(path, from); err != nil || !ok {
		s.log.Error("damaged: the index names a place in a file where no line begins, so it is another's; the whole file is read", "path", path, "offset", from, "error", err)
		from = 0
	}
	c := collector{h: h, time: f.modified.Unix()}
	v, err := surveyFile(path, from, c.add)
	c.flush()
	if err != nil {
		return v, err
	}
	if v.lines > 0 {
		s.log.Info("recovered: records that the index does not name are in a file: they are kept, and are recognised when they are sent again",
			"path", path, "offset", from, "records", v.lines, "without_size", v.unsized)
	}
	for _, b := range v.bad {
		s.log.Error("damaged: a file holds bytes that are no record of ours; they stay where they are", "path", path, "offset", b.start, "bytes", b.end-b.start)
	}
	return v, nil
}

// resume goes on with the newest data file behind its last record. What follows that is the
// beginning of a line, which was never acknowledged, or is moved out of the way.
func (s *store) resume(f sizedData, v *survey) error {
	path := filepath.Join(s.dir, f.name)
	d, err := s.openFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if v.rest() > 0 {
		if !v.torn && !s.setTailAside(path, v) {
			return d.Close()
		}
		s.log.Info("removed: what follows the last whole line of a file", "path", path, "offset", v.end, "bytes", v.rest())
		if err := d.Truncate(v.end); err != nil {
			return errors.Join(err, d.Close())
		}
	}
	s.data, s.name, s.pos = d, f.dataName, v.end
	return nil
}

// setIndexAside keeps an index that is not believed for a person to look at.
func (s *store) setIndexAside(x *index, now time.Time) {
	aside := s.indexPath() + ".damaged-" + now.UTC().Format(nameTime)
	err := os.Link(s.indexPath(), aside)
	s.log.Error("damaged: the index is damaged, or not to be believed; it is made again from what can be read of it and from the data",
		"unreadable_bytes", x.skipped+x.tail, "missing_entries", x.missing, "kept_in", aside, "error", err)
}

// setTailAside copies what follows the last record of a file, and is not a line of ours, to the
// index folder. It reports whether it is safe there.
func (s *store) setTailAside(path string, v *survey) bool {
	aside := filepath.Join(s.dir, indexDir, fmt.Sprintf("unreadable-%d-%s", v.end, filepath.Base(path)))
	if err := copyFrom(path, v.end, aside); err != nil {
		s.log.Error("cannot move away bytes at the end of a file that are no records of ours; a new file is begun", "path", path, "offset", v.end, "error", err)
		return false
	}
	s.log.Warn("moved: bytes at the end of a file are no records of ours: NULs after a power cut, or somebody wrote there; they are moved away",
		"path", path, "offset", v.end, "bytes", v.rest(), "kept_in", aside)
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
