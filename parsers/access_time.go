package parsers

import (
	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
)

// How web servers write times: http://nginx.org/en/docs/http/ngx_http_log_module.html#log_format
// and %t of http://httpd.apache.org/docs/2.4/mod/mod_log_config.html.
const (
	localLayout = "02/Jan/2006:15:04:05 -0700"
	isoLayout   = "2006-01-02T15:04:05-07:00"
)

// take stores the time that value says into l, or its zone only.
func (l *line) take(c *clocks.Cache, value []byte, parse func([]byte) (int64, int16, bool), timing bool) bool {
	t, zone, ok := c.Read(value, parse)
	if !ok {
		return false
	}
	l.zone = zone
	if timing {
		l.time = t
	}
	return true
}

// parseLocal reads localLayout. Time is in nanoseconds since 1970 UTC, zone in minutes
// east of UTC.
func parseLocal(s []byte) (time int64, zone int16, ok bool) {
	if len(s) != len(localLayout) || s[2] != '/' || s[6] != '/' || s[11] != ':' || s[20] != ' ' {
		return 0, 0, false
	}
	day, month, year := clocks.Two(s[0:]), clocks.MonthNumber(s[3:6]), clocks.Four(s[7:])
	zone, ok = clocks.ParseZone(s[21], clocks.Two(s[22:]), clocks.Two(s[24:]))
	if !ok {
		return 0, 0, false
	}
	time, ok = clocks.Instant(year, month, day, s[12:20], zone)
	return time, zone, ok
}

// parseISO reads isoLayout.
func parseISO(s []byte) (time int64, zone int16, ok bool) {
	if len(s) != len(isoLayout) || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[22] != ':' {
		return 0, 0, false
	}
	zone, ok = clocks.ParseZone(s[19], clocks.Two(s[20:]), clocks.Two(s[23:]))
	if !ok {
		return 0, 0, false
	}
	time, ok = clocks.Instant(clocks.Four(s[0:]), clocks.Two(s[5:]), clocks.Two(s[8:]), s[11:19], zone)
	return time, zone, ok
}

// parseMsec reads seconds since 1970 with three digits of a fraction.
func parseMsec(s []byte) (time int64, ok bool) {
	dot := len(s) - 4
	if dot < 1 || dot > 10 || s[dot] != '.' {
		return 0, false
	}
	for i, c := range s {
		if i == dot {
			continue
		}
		if !number.IsDigit(c) {
			return 0, false
		}
		time = 10*time + int64(c-'0')
	}
	return time * 1_000_000, time/1000 <= clocks.MaxSecond
}
