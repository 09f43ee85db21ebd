package file

import (
	"fmt"
	"time"

	"logskiff/readers"
	"logskiff/readers/file/disk"
)

// lag remembers since when bytes have been waiting. A mark is an offset and
// when the bytes beyond it were first seen, so the age that is reported is never
// less than the true one, and by little more.
type lag struct {
	oldest int64 // when the oldest undelivered byte was seen, monotonic nanoseconds; 0: none
	markAt int64
	mark   int64
}

// saw notes that the file has size bytes at the time now.
func (l *lag) saw(size, delivered, now int64) {
	switch {
	case size <= delivered:
		*l = lag{}
	case l.oldest == 0:
		l.oldest, l.mark, l.markAt = now, size, now
	}
}

// reached notes that delivered bytes are acknowledged.
func (l *lag) reached(size, delivered, now int64) {
	switch {
	case delivered >= size:
		*l = lag{}
	case delivered >= l.mark:
		l.oldest, l.mark, l.markAt = l.markAt, size, now
	}
}

// statusWait is how long Status waits for a look that decides something. None takes
// longer than a file system may take to answer.
const statusWait = 3 * time.Second

// statusPart is how many files are looked up for Status at a time: all at once would take as much memory as the
// files themselves, and hold the reader up for as long.
const statusPart = 256

// Status calls yield for each stream that is followed, and for each name that cannot be
// looked at. What it says of a folder that does not answer is what was seen at last.
func (r *Reader) Status(yield func(readers.Status) bool) {
	var files []*file
	var part []readers.Status
	if !r.withoutLook(func() {
		files = make([]*file, 0, len(r.files))
		for _, f := range r.files {
			files = append(files, f)
		}
		part = r.statusOfNames()
	}) {
		yield(r.looking())
		return
	}
	for {
		for _, s := range part {
			if !yield(s) {
				return
			}
		}
		if len(files) == 0 {
			return
		}
		n := min(len(files), statusPart)
		if part = part[:0]; !r.withoutLook(func() { part = r.statusOf(part, files[:n]) }) {
			yield(r.looking())
			return
		}
		files = files[n:]
	}
}

// looking says that the reader has not answered, since it looks at something.
func (r *Reader) looking() readers.Status {
	dir := r.roots[0]
	return readers.Status{Path: dir, Name: dir, Away: true, Problem: "it has been looked at for longer than " + statusWait.String()}
}

// withoutLook calls fn with mu, if a look that decides something ends within statusWait.
func (r *Reader) withoutLook(fn func()) bool {
	for began := time.Now(); !r.mu.TryLock(); time.Sleep(time.Millisecond) {
		if time.Since(began) > statusWait {
			return false
		}
	}
	defer r.unlock()
	r.takeInNow()
	fn()
	return true
}

// statusOf appends what is known of files. The caller holds mu.
func (r *Reader) statusOf(all []readers.Status, files []*file) []readers.Status {
	now, wall := r.clock.mono(), r.clock.wall()
	away := r.disk.AllAway()
	for _, f := range files {
		if f.retired {
			continue
		}
		s := readers.Status{Size: max(f.size, f.read), Read: f.read, Delivered: f.deliv, Problem: f.problem}
		switch {
		case f.stream == nil:
			s.Name = f.name()
			s.Path = s.Name
		case f.called(f.stream.Path):
			s.ID, s.Path, s.Name = f.stream.ID, f.stream.Path, f.stream.Path
		default:
			s.ID, s.Path, s.Name = f.stream.ID, f.stream.Path, f.name()
		}
		if f.arch != nil {
			s.Name = f.arch.path
		}
		if f.oldest != 0 {
			s.Oldest = wall.Add(time.Duration(f.oldest - now))
		}
		if _, ok := away[disk.Where{Dev: f.Dev}]; ok {
			s.Problem = disk.ErrHung.Error()
			if d := f.folder; d != nil && d.away {
				s.Problem = r.ofFolder(d, now, wall).Problem
			}
		}
		all = append(all, s)
	}
	return all
}

// statusOfNames returns what cannot be looked at. The caller holds mu.
func (r *Reader) statusOfNames() (all []readers.Status) {
	for path, why := range r.troubles {
		all = append(all, readers.Status{Path: path, Name: path, Problem: why})
	}
	now, wall := r.clock.mono(), r.clock.wall()
	for _, d := range r.folders {
		if d.away {
			all = append(all, r.ofFolder(d, now, wall))
		}
	}
	return all
}

// ofFolder says of a folder that does not answer when it did last.
func (r *Reader) ofFolder(d *folder, now int64, wall time.Time) readers.Status {
	s := readers.Status{Path: d.path, Name: d.path, Away: true, Problem: "never looked at: the folder does not answer"}
	if d.seen != 0 {
		ago := time.Duration(now - d.seen)
		s.Looked = wall.Add(-ago)
		s.Problem = fmt.Sprintf("looked at %v ago: the folder does not answer", ago.Round(time.Second))
	}
	return s
}
