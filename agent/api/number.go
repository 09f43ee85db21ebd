package api

import (
	"strconv"
	"time"
)

// Count is a 64-bit number as JSON readers can hold it: above 2^53 the nearest one that a double holds is
// said, so that every reader has the number that was written.
type Count int64

// MarshalJSON implements json.Marshaler.
func (c Count) MarshalJSON() ([]byte, error) {
	if -1<<53 <= c && c <= 1<<53 {
		return strconv.AppendInt(nil, int64(c), 10), nil
	}
	return strconv.AppendFloat(nil, float64(c), 'f', 0, 64), nil
}

// Seconds is a length of time, in seconds with a millisecond's precision.
type Seconds float64

// SecondsOf rounds d.
func SecondsOf(d time.Duration) Seconds { return Seconds(d.Round(time.Millisecond).Seconds()) }

// Std returns it as the standard library's type.
func (s Seconds) Std() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// Rate is a number a second, with a thousandth's precision.
type Rate float64

// MarshalJSON implements json.Marshaler.
func (r Rate) MarshalJSON() ([]byte, error) { return short(float64(r), 3), nil }

// MarshalJSON implements json.Marshaler.
func (s Seconds) MarshalJSON() ([]byte, error) { return short(float64(s), 3), nil }

// short writes v with so many digits behind the point at most.
func short(v float64, digits int) []byte {
	b := strconv.AppendFloat(nil, v, 'f', digits, 64)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

// stamp is a time in UTC, or nil for none: JSON has no zero time.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

// Stamp is the time t as the API says it: in UTC to the millisecond; nil for the zero time.
func Stamp(t time.Time) *time.Time { return stamp(t) }
