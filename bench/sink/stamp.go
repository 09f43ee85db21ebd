package sink

import (
	"bytes"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"logskiff/bench/gen"
)

// Mono returns the nanoseconds of a clock that all processes of the machine
// share and nobody sets (CLOCK_MONOTONIC).
func Mono() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic("BUG: " + err.Error()) // Linux always has it
	}
	return ts.Nano()
}

const (
	stampKey    = " t="
	stampDigits = 20
)

// stamp is a line of a latency run that arrived.
type stamp struct {
	seq    uint64
	waited int64 // nanoseconds between its making and its arrival
}

// AppendStamp appends line seq of a latency run, which says when it was made.
func AppendStamp(dst []byte, seq uint64, mono int64) []byte {
	return fmt.Appendf(dst, "latency %s%0*d%s%0*d end\n", gen.Marker, gen.SeqDigits, seq, stampKey, stampDigits, mono)
}

// AppendStamped appends the line that c, of shape Bare, is at, and when it was made.
func AppendStamped(dst []byte, c *gen.Cursor, mono int64) []byte {
	return fmt.Appendf(c.Append(dst), "%s%0*d\n", stampKey, stampDigits, mono)
}

// takeStamped looks for the lines of AppendStamped inside anything.
func (f *feed) takeStamped(b []byte, last bool) int {
	now := Mono()
	return f.takeInside(b, last, func(seq uint64, at, done int) int {
		for _, c := range []*gen.Cursor{f.cursor, f.bare} {
			if c.Seq() != seq {
				c.Seek(seq)
			}
			if from := at - c.SeqOff(); from >= done && c.Match(b[from:]) {
				made, end := stampAt(b, from+c.Len())
				if end >= 0 {
					f.stamps = append(f.stamps, stamp{seq, now - made})
				}
				return end
			}
		}
		return -1
	})
}

// stampAt reads the stamp at a place of b and returns where it ends; -1: there is none.
func stampAt(b []byte, at int) (made int64, end int) {
	digits := at + len(stampKey)
	end = digits + stampDigits
	if end > len(b) || string(b[at:digits]) != stampKey {
		return 0, -1
	}
	made, err := strconv.ParseInt(string(b[digits:end]), 10, 64)
	if err != nil {
		return 0, -1
	}
	return made, end
}

// takeStamps looks for the lines of AppendStamp inside anything.
func (f *feed) takeStamps(b []byte, last bool) int {
	now, done := Mono(), 0
	for {
		seq, at := gen.FindSeq(b[done:])
		if at < 0 {
			break
		}
		digits := at + done + gen.SeqDigits + len(stampKey)
		if digits+stampDigits > len(b) {
			break
		}
		done = digits + stampDigits
		made, err := strconv.ParseInt(string(b[digits:done]), 10, 64)
		if !bytes.HasSuffix(b[:digits], []byte(stampKey)) || err != nil || seq >= f.led.Expected {
			f.altered(b[digits-len(stampKey)-gen.SeqDigits : done])
			continue
		}
		f.stamps = append(f.stamps, stamp{seq, now - made})
		f.saw(seq)
	}
	if last {
		return len(b)
	}
	return done
}
