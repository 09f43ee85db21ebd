package encode

import "time"

// clock writes event times and remembers the last second, since lines of one log
// mostly share it.
type clock struct {
	second int64
	zone   int16
	valid  bool
	date   [19]byte // "2026-11-21T02:20:47", in the zone
	suffix []byte   // "Z" or "+01:00"
}

// append appends ns (since 1970 UTC) as RFC 3339 in a zone given in minutes east
// of UTC, with as many digits of the fraction as are not zero.
func (c *clock) append(dst []byte, ns int64, zone int16) []byte {
	second, fraction := ns/1e9, ns%1e9
	if fraction < 0 {
		second, fraction = second-1, fraction+1e9
	}
	if !c.valid || second != c.second || zone != c.zone {
		c.set(second, zone)
	}
	dst = append(dst, c.date[:]...)
	if fraction != 0 {
		dst = appendFraction(dst, uint32(fraction))
	}
	return append(dst, c.suffix...)
}

func (c *clock) set(second int64, zone int16) {
	c.second, c.zone, c.valid = second, zone, true
	var room [len(time.RFC3339)]byte
	local := time.Unix(second+60*int64(zone), 0).UTC()
	copy(c.date[:], local.AppendFormat(room[:0], time.RFC3339))
	if zone == 0 {
		c.suffix = append(c.suffix[:0], 'Z')
		return
	}
	sign, m := byte('+'), int(zone)
	if m < 0 {
		sign, m = '-', -m
	}
	c.suffix = append(c.suffix[:0], sign,
		byte('0'+m/600%10), byte('0'+m/60%10), ':', byte('0'+m%60/10), byte('0'+m%10))
}

// appendFraction appends "." and the digits of ns nanoseconds, 0 < ns < 1e9,
// without the zeros at the end.
func appendFraction(dst []byte, ns uint32) []byte {
	digits := 9
	for ns%10 == 0 {
		ns /= 10
		digits--
	}
	dst = append(dst, ".000000000"[:digits+1]...)
	for i := len(dst) - 1; ns > 0; i-- {
		dst[i] = byte('0' + ns%10)
		ns /= 10
	}
	return dst
}
