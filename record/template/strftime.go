package template

import (
	"strconv"
	"strings"
	"time"
)

// moment is a piece of a time's format: text, or a conversion.
type moment struct {
	text string
	verb byte // 0: text
}

// rfc3339 is the conversion of a time without a format.
const rfc3339 = 0xff

// timeVerbs are the conversions that are known: those of strftime that need no locale but C
// (https://pubs.opengroup.org/onlinepubs/9799919799/functions/strftime.html), and %L, %f and %N, milliseconds,
// microseconds and nanoseconds.
const timeVerbs = "%Y %y %m %d %e %j %H %I %p %M %S %L %f %N %s %F %T %R %D %G %g %V %u %w %a %A %b %h %B %z %Z %%"

// compileTime reads a format; bad is the conversion that is not known.
func compileTime(format string) (all []moment, bad string) {
	for format != "" {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			i = len(format)
		}
		if i > 0 {
			all = append(all, moment{text: format[:i]})
		}
		if format = format[i:]; format == "" {
			break
		}
		verb := format[:min(2, len(format))]
		if len(verb) < 2 || !strings.Contains(" "+timeVerbs+" ", " "+verb+" ") {
			return nil, verb
		}
		format = format[2:]
		switch verb[1] {
		case 'F':
			format = "%Y-%m-%d" + format
		case 'T':
			format = "%H:%M:%S" + format
		case 'R':
			format = "%H:%M" + format
		case 'D':
			format = "%m/%d/%y" + format
		case '%':
			all = append(all, moment{text: "%"})
		default:
			all = append(all, moment{verb: verb[1]})
		}
	}
	return all, ""
}

// literalsOf returns characters of all sorts that a time's format can write.
func literalsOf(all []moment) string {
	var b strings.Builder
	for _, m := range all {
		switch {
		case m.verb == 0:
			b.WriteString(m.text)
		case m.verb == 'z':
			b.WriteString("+0")
		case m.verb == 'Z':
			b.WriteString("+0A") // zones without a name have their offset for one
		case m.verb == 'e':
			b.WriteString(" 0")
		case strings.IndexByte("paAbhB", m.verb) >= 0:
			b.WriteString("A")
		default:
			b.WriteString("0")
		}
	}
	return b.String()
}

func appendTime(dst []byte, t time.Time, format []moment) []byte {
	for i := range format {
		if m := &format[i]; m.verb == 0 {
			dst = append(dst, m.text...)
		} else {
			dst = appendVerb(dst, t, m.verb)
		}
	}
	return dst
}

func appendVerb(dst []byte, t time.Time, verb byte) []byte {
	switch verb {
	case 'Y':
		return appendDigits(dst, t.Year(), 4)
	case 'y':
		return appendDigits(dst, t.Year()%100, 2)
	case 'm':
		return appendDigits(dst, int(t.Month()), 2)
	case 'd':
		return appendDigits(dst, t.Day(), 2)
	case 'e':
		if t.Day() < 10 {
			dst = append(dst, ' ')
		}
		return strconv.AppendInt(dst, int64(t.Day()), 10)
	case 'j':
		return appendDigits(dst, t.YearDay(), 3)
	case 'H':
		return appendDigits(dst, t.Hour(), 2)
	case 'I':
		return appendDigits(dst, (t.Hour()+11)%12+1, 2)
	case 'p':
		return append(dst, "AP"[t.Hour()/12], 'M')
	case 'M':
		return appendDigits(dst, t.Minute(), 2)
	case 'S':
		return appendDigits(dst, t.Second(), 2)
	case 'L':
		return appendDigits(dst, t.Nanosecond()/1e6, 3)
	case 'f':
		return appendDigits(dst, t.Nanosecond()/1e3, 6)
	case 'N':
		return appendDigits(dst, t.Nanosecond(), 9)
	case 's':
		return strconv.AppendInt(dst, t.Unix(), 10)
	}
	return appendCalendar(dst, t, verb)
}

// appendCalendar appends weeks, names and zones.
func appendCalendar(dst []byte, t time.Time, verb byte) []byte {
	year, week := 0, 0
	if verb == 'G' || verb == 'g' || verb == 'V' {
		year, week = t.ISOWeek()
	}
	switch verb {
	case 'G':
		return appendDigits(dst, year, 4)
	case 'g':
		return appendDigits(dst, year%100, 2)
	case 'V':
		return appendDigits(dst, week, 2)
	case 'u':
		return appendDigits(dst, (int(t.Weekday())+6)%7+1, 1)
	case 'w':
		return appendDigits(dst, int(t.Weekday()), 1)
	case 'a':
		return append(dst, t.Weekday().String()[:3]...)
	case 'A':
		return append(dst, t.Weekday().String()...)
	case 'b', 'h':
		return append(dst, t.Month().String()[:3]...)
	case 'B':
		return append(dst, t.Month().String()...)
	case 'z':
		return t.AppendFormat(dst, "-0700")
	case rfc3339:
		return t.AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00")
	case 'Z':
		return t.AppendFormat(dst, "MST")
	}
	panic("BUG: a conversion of strftime that compileTime lets through: " + string(verb))
}

// appendDigits appends a number that is not negative, with zeros before it.
func appendDigits(dst []byte, n, width int) []byte {
	at := len(dst)
	dst = append(dst, "000000000"[:width]...)
	for i := at + width - 1; i >= at; i-- {
		dst[i] += byte(n % 10)
		n /= 10
	}
	return dst
}
