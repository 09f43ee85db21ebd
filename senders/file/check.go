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

// Check reads a whole folder back and writes to w what it found: every data file, and whether
// the index says what they hold. It holds the folder's lock meanwhile, so it fails
// while a forwarder writes there. sound is false where data and index do not agree.
func Check(dir string, w io.Writer) (sound bool, err error) {
	s, err := openQuiet(dir)
	if err != nil {
		return false, err
	}
	defer s.lock.Close() // nothing was written through it
	files, err := s.listSized()
	if err != nil {
		return false, err
	}
	x, err := s.readIndex(files)
	if err != nil {
		return false, err
	}
	c := checker{w: w, sound: true}
	if c.spill, err = openSpill(filepath.Join(dir, indexDir)); err != nil {
		c.wrong("%v", err)
	}
	defer c.spill.close() // only read
	c.index(s.indexPath(), x, files)
	for _, f := range files {
		if err := c.file(s.dir, f, x); err != nil {
			return false, err
		}
	}
	fmt.Fprintf(w, "%d file(s), %d record(s), %d stream(s) remembered\n", len(files), c.lines, len(x.h)+c.spill.streams())
	return c.sound, c.err
}

// Remake puts an index in the place of the old one that is made from the data alone and what can
// be read of the old one, which is set aside. log gets what is done.
func Remake(dir string, log *slog.Logger) error {
	s, err := openQuiet(dir)
	if err != nil {
		return err
	}
	s.log = log
	_, err = s.recover(true)
	if err == nil && s.newIndex {
		err = errors.New("the new index could not be written")
	}
	return errors.Join(err, s.close())
}

// openQuiet locks a folder that is there, for a look at it.
func openQuiet(dir string) (*store, error) {
	if _, err := os.Stat(filepath.Join(dir, indexDir)); err != nil {
		return nil, fmt.Errorf("%s is not the folder of a sender.file: %w", dir, err)
	}
	cfg := Default()
	cfg.Path = dir
	s := &store{dir: dir, cfg: cfg, log: slog.New(slog.DiscardHandler), now: time.Now,
		openFile: func(path string, flag int, perm os.FileMode) (file, error) { return os.OpenFile(path, flag, perm) }}
	return s, s.lockFolder()
}

// checker writes what it finds.
type checker struct {
	w     io.Writer
	spill *spill
	lines int64
	sound bool
	err   error
}

// wrong says what does not agree.
func (c *checker) wrong(format string, args ...any) {
	c.sound = false
	fmt.Fprintf(c.w, "  "+format+"\n", args...)
}

func (c *checker) index(path string, x *index, files []sizedData) {
	fmt.Fprintf(c.w, "%s\n", path)
	if x.lastSeq == 0 && len(files) > 0 {
		c.wrong("it is missing, or nothing of it can be read")
	}
	if x.skipped > 0 || x.doubtful {
		c.wrong("%d bytes cannot be read: they were changed", x.skipped+x.tail)
	} else if x.tail > 0 {
		c.wrong("its last %d bytes are the beginning of an entry, or zeros", x.tail)
	}
	if x.missing > 0 {
		c.wrong("entries are missing at %d place(s)", x.missing)
	}
}

// file reads one data file and compares it with the index.
func (c *checker) file(dir string, f sizedData, x *index) error {
	known := x.knownTo(f)
	var behind, unknown int64 // records beyond what the index says, and before that but not in it
	v, err := surveyFile(filepath.Join(dir, f.name), 0, func(s *stored) {
		r := x.h.of(s.id)
		if r == nil {
			k, err := c.spill.get(s.id)
			c.err = errors.Join(c.err, err)
			if k != nil {
				r = k.ranges
			}
		}
		switch {
		case !s.sized || r.contains(s.start, s.end):
		case f.number > x.last.file || f.number == x.last.file && f.size > known:
			behind++
		default:
			unknown++
		}
	})
	if err != nil {
		return err
	}
	c.lines += v.lines
	fmt.Fprintf(c.w, "%s: %d bytes, %d record(s)\n", f.name, f.size, v.lines)
	if f.number == x.last.file && f.size < x.last.end {
		c.wrong("it is shorter than what was written to it, by %d bytes: these are gone", x.last.end-f.size)
	}
	if behind > 0 {
		c.wrong("%d record(s) are not in the index: they are kept, and known from the next start on", behind)
	}
	if unknown > 0 {
		fmt.Fprintf(c.w, "  %d record(s) are not remembered: sent again they would be written again (see dedup_keep)\n", unknown)
	}
	if v.unsized > 0 {
		fmt.Fprintf(c.w, "  %d record(s) of older versions, or of clients without identity, do not say which bytes they cover\n", v.unsized)
	}
	for _, b := range v.bad {
		c.wrong("bytes %d to %d are no record of ours", b.start, b.end)
	}
	if v.rest() > 0 {
		c.wrong("its last %d bytes are no whole record: %s", v.rest(), rest(&v))
	}
	return nil
}

func rest(v *survey) string {
	if v.torn {
		return "the beginning of one, which was never acknowledged"
	}
	return "the next start moves them into the index folder"
}
