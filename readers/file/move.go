package file

import (
	"errors"
	"fmt"
	"io"

	"logskiff/readers"
	"logskiff/readers/file/disk"
	"logskiff/readers/lines"
)

// Move returns the checkpoint of a stream whose cursor is put at a place, with a ledger that adds up: what is passed by is skipped, and what
// comes again counts as delivered no more. The stream stays the same, so that what was sent before comes with the same identity. It
// reads the file, which must be as it was left, and changes nothing. Nobody may be reading the stream.
func (c *Config) Move(was readers.Checkpoint, to readers.Place) (readers.Checkpoint, error) {
	s, own, err := storedOf(&was)
	switch {
	case err != nil:
		return was, err
	case !own:
		return was, fmt.Errorf("it was stored by reader.%s", was.State.Reader)
	case !s.Gone.IsZero() || s.Spool != "" || was.Name == "":
		return was, errors.New("the file is gone")
	}
	cut, err := lines.NewCutter(c.Lines())
	if err != nil {
		return was, err
	}
	m := mover{d: &disk.Disk{Mounts: disk.NewMounts()}, set: cut.Charset(), most: int64(cut.MaxLine())}
	fd, i, err := m.d.OpenRead(was.Name)
	if err != nil {
		return was, err
	}
	m.fd, m.size = fd, i.Size
	defer m.d.CloseFD(fd)
	if err := m.asLeft(&s, i); err != nil {
		return was, err
	}
	at, err := m.find(to)
	if err != nil {
		return was, err
	}
	at = max(at, s.JoinLen) // what stands before belongs to a record of the file before this one
	return m.moved(&s, at)
}

// mover finds places in one open file.
type mover struct {
	d    *disk.Disk
	fd   int
	size int64
	set  *lines.Charset
	most int64 // bytes of a line
}

// asLeft tells why the file is not the one that the checkpoint is of, up to its cursor.
func (m *mover) asLeft(s *stored, i disk.Info) error {
	changed := errors.New("the file has another content than the one that was followed; what is new in it is read from its beginning")
	if i.Dev != s.Device || i.Ino != s.Inode || i.Size < s.Offset || s.FingerLen > 0 && !headOn(m.d, m.fd, s.Finger, s.FingerLen) {
		return changed
	}
	before, err := m.before(s.Offset, int64(s.Anchor.Len))
	if err == nil && !anchorMatches(s.Anchor, before) {
		err = changed
	}
	return err
}

// before returns the last n bytes before an offset.
func (m *mover) before(at, n int64) ([]byte, error) {
	n = min(at, n)
	b := make([]byte, n)
	if k, err := m.d.PreadFull(m.fd, b, at-n); err != nil || int64(k) < n {
		return nil, errors.Join(err, errors.New("the file cannot be read up to there"))
	}
	return b, nil
}

func (m *mover) find(to readers.Place) (int64, error) {
	switch {
	case to.End:
		return m.lineAt(m.size)
	case !to.At.IsZero():
		return m.timeAt(to)
	case to.Offset < 0 || to.Offset > m.size:
		return 0, fmt.Errorf("the file has %d bytes, so there is no byte %d", m.size, to.Offset)
	}
	return m.lineAt(to.Offset)
}

// lineAt returns where the line begins that has the byte at an offset.
func (m *mover) lineAt(at int64) (int64, error) {
	unit := int64(m.set.Unit())
	end := m.set.Whole(at)
	for to := end; to > 0; {
		from := m.set.Whole(max(0, to-64<<10))
		b, err := m.before(to, to-from)
		if err != nil {
			return 0, err
		}
		if i := m.set.LastNewline(b); i >= 0 {
			return from + int64(i) + unit, nil
		}
		if to = from; end-to > m.most {
			return 0, errors.New("that is within a line longer than max_line, of which a part cannot be the first one")
		}
	}
	return 0, nil
}

// timeAt returns where the first line begins whose time is not before that of the place. Times rise in a log, more or less; lines without one
// belong to the one before.
func (m *mover) timeAt(to readers.Place) (int64, error) {
	found := false
	low, high := int64(0), m.size // the place is in between, both are where lines begin, or the end
	for high-low > 0 {
		mid, err := m.lineAt(low + (high-low)/2)
		if err != nil {
			return 0, err
		}
		mid = max(mid, low)
		when, ok := to.Time(io.NewSectionReader(m, mid, min(high-mid, timeBytes)))
		found = found || ok
		if !ok || !when.Before(to.At) {
			high = mid
			continue
		}
		if low, err = m.next(mid, high); err != nil {
			return 0, err
		}
	}
	if !found && m.size > 0 {
		return 0, errors.New("no time was found in its lines by the source's parser; name a byte, beginning or end instead")
	}
	return m.pastUntimed(low, to)
}

// pastUntimed passes the lines without a time that stand at an offset: they belong to a line before it.
func (m *mover) pastUntimed(at int64, to readers.Place) (int64, error) {
	for range untimedLines {
		next, err := m.next(at, m.size)
		if err != nil || next <= at {
			return at, err
		}
		if _, ok := to.Time(io.NewSectionReader(m, at, next-at)); ok {
			break
		}
		if begins, err := m.lineAt(next); err != nil || begins != next {
			return at, err // a half line
		}
		at = next
	}
	return at, nil
}

// untimedLines is how many lines without a time are passed at most.
const untimedLines = 10_000

// timeBytes is how much is parsed to find a line with a time.
const timeBytes = 1 << 20

// next returns where the line behind the one at an offset begins.
func (m *mover) next(at, end int64) (int64, error) {
	unit := int64(m.set.Unit())
	for from := at; from < end; {
		b := make([]byte, min(64<<10, end-from))
		n, err := m.d.PreadFull(m.fd, b, from)
		if err != nil {
			return 0, err
		}
		if i := m.set.Newline(b[:n]); i >= 0 {
			return from + int64(i) + unit, nil
		}
		from += int64(n)
		if n == 0 {
			break
		}
	}
	return end, nil
}

// ReadAt implements io.ReaderAt.
func (m *mover) ReadAt(p []byte, at int64) (int, error) {
	n, err := m.d.PreadFull(m.fd, p, at)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// moved makes the checkpoint whose cursor is at an offset.
func (m *mover) moved(s *stored, at int64) (readers.Checkpoint, error) {
	before, err := m.before(at, anchorLen)
	if err != nil {
		return s.Checkpoint, err
	}
	if n := min(at, headLen); n > int64(s.FingerLen) { // it covers what is passed by, too
		head := make([]byte, n)
		if k, err := m.d.PreadFull(m.fd, head, 0); err != nil || int64(k) < n {
			return s.Checkpoint, errors.Join(err, errors.New("the file cannot be read from its beginning"))
		}
		s.Finger, s.FingerLen = sum(head), uint16(n)
	}
	c := s.Checkpoint
	by := at - c.Offset
	c.Offset, c.Anchor, c.Size = at, anchorOf(before, at), max(c.Size, m.size)
	if by >= 0 {
		c.Skipped += by
	} else {
		take := -by
		for _, part := range []*int64{&c.Delivered, &c.Quarantined, &c.Lost, &c.Skipped} {
			n := min(take, *part)
			*part -= n
			take -= n
		}
	}
	c.State = s.Identity.State()
	return c, nil
}
