package file

import (
	"log/slog"
	"time"
)

// A reader has two clocks, which no step of one can make it confuse:
//
//   - what waits, and the age of what this process saw, goes by the monotonic
//     one (CLOCK_MONOTONIC, clock_gettime(2)). It is never set. It stands still
//     while the machine is suspended, and rightly so: those who write stood still
//     as well, so nothing has been quiet for longer.
//   - what is compared with the times of files, or stored for the next process,
//     goes by the wall clock, since files' times do. That one may be set while we
//     look, or while nobody does: age and since say what is true for certain then.

// clockStep is how far the wall clock must have gone from the monotonic one between
// two looks to count as set. Slewing (adjtime(3)) moves it by half a millisecond a second.
const clockStep = int64(time.Second)

// clock guards nothing: Reader.mu does.
type clock struct {
	wall func() time.Time
	mono func() int64 // nanoseconds since some moment of this process's, more than a day

	now    int64 // the monotonic clock at the last look
	began  bool
	offset int64 // the wall clock is that much before the monotonic one
	former int64 // and was before it was set last
	set    bool
	floor  int64 // the wall clock was set back to this time; 0: it never was
	ceil   int64 // from that time
}

// newClock returns the clocks of this process, or those of a test.
func newClock(wall func() time.Time, mono func() int64) clock {
	if wall == nil {
		wall = time.Now
	}
	if mono == nil {
		start := time.Now()
		mono = func() int64 { return int64(48*time.Hour + time.Since(start)) }
	}
	return clock{wall: wall, mono: mono}
}

// look reads both clocks, and notes when the wall clock was set since the last look.
func (c *clock) look(log *slog.Logger) (now, wall int64) {
	now, wall = c.mono(), c.wall().UnixNano()
	c.now = now
	was, began := c.offset, c.began
	c.began = true
	c.offset = wall - now
	if !began {
		c.former = c.offset
		return now, wall
	}
	by := c.offset - was
	if by > -clockStep && by < clockStep {
		return now, wall
	}
	c.former, c.set = was, true
	if by < 0 {
		if c.floor == 0 || wall < c.floor {
			c.floor = wall
		}
		c.ceil = max(c.ceil, wall-by)
	}
	log.Info("clock: the system's clock was set; waiting does not go by it", "by", time.Duration(by).Round(time.Millisecond).String())
	return now, wall
}

// age returns how long ago a file's time was, at the least: where the clock was set
// between, the two say different things. What is in the future is new.
func (c *clock) age(stamp int64) int64 {
	age := max(0, c.now+c.offset-stamp)
	if old := c.now + c.former - stamp; c.set && old >= 0 {
		age = min(age, old)
	}
	return age
}

// since returns from when on files' times can be those of changes made after stamp,
// itself the time of a file: after the clock was set back, from the time it was set to.
func (c *clock) since(stamp int64) int64 {
	if c.floor != 0 && stamp > c.floor && stamp <= c.ceil {
		return c.floor
	}
	return stamp
}

// ahead tells whether a time that an earlier process saw lies in the future: the
// clock was set back while nobody looked, and nobody knows how far.
func (c *clock) ahead(stamp int64) bool { return stamp > c.now+c.offset+int64(time.Minute) }

// remembered returns from when on contents may be new to this process if the clock
// was set back while nobody looked: what is older than that was known, or nobody's loss.
func (c *clock) remembered() int64 { return c.now + c.offset - int64(keepGone) }
