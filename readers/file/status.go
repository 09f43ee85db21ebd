package file

import (
	"time"

	"logskiff/readers"
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

// Status calls yield for each stream that is followed.
func (r *Reader) Status(yield func(readers.Status) bool) {
	r.mu.Lock()
	now, wall := r.clock.mono(), r.clock.wall()
	all := make([]readers.Status, 0, len(r.files))
	for _, f := range r.files {
		if f.retired {
			continue
		}
		s := readers.Status{
			Path: f.name(), Name: f.name(), Size: max(f.size, f.read), Read: f.read,
			Delivered: f.deliv, Problem: f.problem,
		}
		if f.stream != nil {
			s.ID, s.Path = f.stream.ID, f.stream.Path
		}
		if f.arch != nil {
			s.Name = f.arch.path
		}
		if f.oldest != 0 {
			s.Oldest = wall.Add(time.Duration(f.oldest - now))
		}
		all = append(all, s)
	}
	for path, why := range r.troubles {
		all = append(all, readers.Status{Path: path, Name: path, Problem: why})
	}
	r.mu.Unlock()
	for _, s := range all {
		if !yield(s) {
			return
		}
	}
}
