package file

import "time"

// rotationsNamed is how many rotations a source says in a minute, each by its name. Where more happen, a
// line for each would bury all else, and journald would drop lines (RateLimitBurst=).
const rotationsNamed = 100

// rotations is what a reader says of rotations. Reader.mu guards it.
type rotations struct {
	count int64 // since the start
	named int   // of this minute
	from  int64 // when it began, monotonic
}

// sayRotated says that a log has another name, or that not each is said for a minute.
func (r *Reader) sayRotated(f *file, now string) {
	s := &r.said
	s.count++
	if s.named == 0 || r.clock.now-s.from >= int64(time.Minute) {
		s.named, s.from = 0, r.clock.now
	}
	s.named++
	switch {
	case s.named <= rotationsNamed:
		r.log.Info("rotated: a log has another name now, and is read to its end", "path", f.stream.Path, "name", now, "stream", f.stream.ID, "offset", f.read)
	case s.named == rotationsNamed+1:
		r.log.Info("rotated: a log has another name now, as have so many that others are not said for a minute", "path", f.stream.Path, "name", now, "stream", f.stream.ID, "offset", f.read, "count", s.count)
	}
}
