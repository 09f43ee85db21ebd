package parsers

import (
	"bytes"

	"logskiff/parsers/clocks"
	"logskiff/parsers/layouts"
	"logskiff/parsers/number"
)

// bsdClock reads times without a year or a zone, and remembers the minute of the last one.
// It belongs to one goroutine.
type bsdClock struct {
	clock  clocks.Zone
	now    int64 // when the lines were read
	minute [len(bsdMinute)]byte
	start  int64 // of the minute, nanoseconds since 1970 UTC
	zone   int16
	known  bool
}

const (
	bsdMinute = "Jan _2 15:04"
	bsdLayout = bsdMinute + ":05"
)

// setNow says when the next lines were read, from which a missing year is guessed.
func (c *bsdClock) setNow(now int64) {
	if now != c.now {
		c.now, c.known = now, false
	}
}

// read reads the time that s begins with and returns where it ends: "Jan _2 15:04:05" (RFC
// 3164, section 4.1.2), where the day may have one digit only or a leading zero, a year may
// stand behind it, and a fraction behind the seconds. Time is in nanoseconds since
// 1970 UTC, zone in minutes east of UTC.
func (c *bsdClock) read(s []byte) (time int64, zone int16, end int, ok bool) {
	if len(s) < len(bsdLayout)-1 {
		return 0, 0, 0, false
	}
	end = len(bsdMinute)
	start, zone := c.start, c.zone
	if !c.known || string(s[:end]) != string(c.minute[:]) {
		if start, zone, end, ok = c.readMinute(s); !ok {
			return 0, 0, 0, false
		}
	}
	if len(s) < end+3 || s[end] != ':' {
		return 0, 0, 0, false
	}
	second := clocks.Two(s[end+1:])
	if uint(second) > clocks.LeapSecond {
		return 0, 0, 0, false
	}
	nanos, end := clocks.Fraction(s, end+3)
	if end < 0 || end < len(s) && s[end] != ' ' && s[end] != ':' {
		return 0, 0, 0, false
	}
	return start + int64(second)*1_000_000_000 + int64(nanos), zone, end, true
}

// readMinute reads up to the minutes.
func (c *bsdClock) readMinute(s []byte) (start int64, zone int16, end int, ok bool) {
	m := layouts.Shown{Month: clocks.MonthNumber(s[:3])}
	if m.Month == 0 || s[3] != ' ' {
		return 0, 0, 0, false
	}
	i := 4
	if s[i] == ' ' {
		i++
	}
	digits := number.DigitsEnd(s[:6], i)
	if digits == i {
		return 0, 0, 0, false
	}
	for ; i < digits; i++ {
		m.Day = 10*m.Day + int(s[i]-'0')
	}
	if m.Day == 0 || m.Day > clocks.DaysIn(2000, m.Month) || s[i] != ' ' {
		return 0, 0, 0, false
	}
	i++
	left := layouts.TheYear
	if len(s) >= i+len("2006 15:04") && s[i+4] == ' ' {
		if m.Year = clocks.Four(s[i:]); m.Year < 1 {
			return 0, 0, 0, false
		}
		left = layouts.Nothing
		i += len("2006 ")
	}
	if len(s) < i+5 || s[i+2] != ':' {
		return 0, 0, 0, false
	}
	m.Hour, m.Minute = clocks.Two(s[i:]), clocks.Two(s[i+3:])
	if uint(m.Hour) > 23 || uint(m.Minute) > 59 {
		return 0, 0, 0, false
	}
	end = i + 5
	start, zone, ok = m.Instant(&c.clock, left, c.now)
	if ok && end == len(c.minute) && left == layouts.TheYear {
		copy(c.minute[:], s)
		c.start, c.zone, c.known = start, zone, true
	}
	return start, zone, end, ok
}

// headerTime reads the time of a header that is not RFC 5424's, and the space or colon behind it.
// false: there is none, and nothing was read.
func (p *syslogParser) headerTime(l *syslogLine) bool {
	rest := l.text[l.at:]
	if len(rest) > 4 && rest[4] == '-' {
		n := bytes.IndexByte(rest, ' ')
		if n < 0 {
			n = len(rest)
		}
		t, zone, ok := p.stamp.Read(rest[:n])
		if !ok {
			return false
		}
		l.time, l.zone, l.timed = t, zone, true
		l.at = min(l.at+n+1, len(l.text))
		return true
	}
	from := l.at
	if len(rest) > 0 && !isLetter(rest[0]) {
		from += ciscoPrefix(rest)
	}
	t, zone, n, ok := p.local.read(l.text[from:])
	if !ok {
		return false
	}
	end := from + n
	if skip, utc := ciscoZone(l.text[end:]); skip > 0 {
		if utc {
			if t, zone, _, ok = p.utc.read(l.text[from:]); !ok {
				return false
			}
		}
		end += skip
	}
	l.time, l.zone, l.timed = t, zone, true
	if l.at = end; end < len(l.text) && l.text[end] == ':' {
		l.noHost = true
		l.at++
	}
	if l.at < len(l.text) && l.text[l.at] == ' ' {
		l.at++
	}
	return true
}

// ciscoPrefix returns the length of what Cisco IOS writes before a time: a number and a
// colon, and a mark when its clock is not to be trusted.
// https://www.cisco.com/c/en/us/td/docs/routers/access/wireless/software/guide/SysMsgLogging.html
func ciscoPrefix(s []byte) int {
	i := number.DigitsEnd(s, 0)
	if i > 0 {
		if i+1 >= len(s) || s[i] != ':' || s[i+1] != ' ' {
			return 0
		}
		i += 2
	}
	if i < len(s) && (s[i] == '*' || s[i] == '.') {
		i++
	}
	return i
}

// ciscoZone returns the length of a zone's letters between a time and ": %", with the
// space before them, and whether they say UTC. What others say is not certain.
func ciscoZone(s []byte) (n int, utc bool) {
	if len(s) == 0 || s[0] != ' ' {
		return 0, false
	}
	n = 1
	for n < len(s) && n < 6 && s[n]-'A' < 26 {
		n++
	}
	if n < 3 || len(s) < n+3 || string(s[n:n+3]) != ": %" {
		return 0, false
	}
	name := string(s[1:n])
	return n, name == "UTC" || name == "GMT"
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
