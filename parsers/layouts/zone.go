package layouts

import (
	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
)

// scanZone reads a zone, or the seconds since 1970.
func (m *Shown) scanZone(s []byte, i int, p *Part) (end int, ok bool) {
	kind := p.Kind
	switch kind {
	case zoneName:
		return m.scanZoneName(s, i)
	case EpochSeconds:
		return m.scanWhole(s, i, Nanosecond)
	case EpochMillis, EpochMicros:
		unit := int64(1e6)
		if kind == EpochMicros {
			unit = 1e3
		}
		i, ok = m.scanWhole(s, i, unit)
		if p.N == 1 {
			m.epoch -= m.epoch % Nanosecond
		}
		return i, ok
	case zoneColonZ, zonePlainZ, zoneHoursZ, zoneColonSecondsZ, zonePlainSecondsZ, zoneAny:
		if i < len(s) && s[i] == 'Z' {
			m.zone, m.zoned = 0, true
			return i + 1, true
		}
	}
	switch kind {
	case zoneColon, zoneColonZ:
		return m.scanOffset(s, i, 2, true)
	case zonePlain, zonePlainZ:
		return m.scanOffset(s, i, 2, false)
	case zoneHours, zoneHoursZ:
		return m.scanOffset(s, i, 1, false)
	case zoneColonSeconds, zoneColonSecondsZ:
		return m.scanOffset(s, i, 3, true)
	case zonePlainSeconds, zonePlainSecondsZ:
		return m.scanOffset(s, i, 3, false)
	}
	return m.scanAnyOffset(s, i)
}

// scanAnyOffset reads +01, +0100 or +01:00.
func (m *Shown) scanAnyOffset(s []byte, i int) (end int, ok bool) {
	switch {
	case len(s)-i > 3 && s[i+3] == ':':
		return m.scanOffset(s, i, 2, true)
	case len(s)-i > 3 && number.IsDigit(s[i+3]):
		return m.scanOffset(s, i, 2, false)
	}
	return m.scanOffset(s, i, 1, false)
}

// scanOffset reads a sign and so many times two digits: hours, minutes, seconds. Its
// limits are those of package time.
func (m *Shown) scanOffset(s []byte, i, pairs int, colons bool) (end int, ok bool) {
	if i >= len(s) || s[i] != '+' && s[i] != '-' {
		return i, false
	}
	sign := 1
	if s[i] == '-' {
		sign = -1
	}
	i++
	unit, most, total := 3600, 24, 0
	for k := range pairs {
		if k > 0 && colons {
			if i >= len(s) || s[i] != ':' {
				return i, false
			}
			i++
		}
		n, e, ok := digitsOf(s, i, 2, 2)
		if !ok || n > most {
			return i, false
		}
		total += n * unit
		i, unit, most = e, unit/60, 60
	}
	m.zone, m.zoned = sign*total, true
	return i, true
}

// scanZoneName reads an abbreviation. UTC, GMT and those of RFC 822 mean what they
// say there. Others are not unique ("IST" is three zones), and mostly are this host's
// own: they leave the zone to the setting.
func (m *Shown) scanZoneName(s []byte, i int) (end int, ok bool) {
	end = i
	for end < len(s) && end-i < 6 && (s[end] >= 'A' && s[end] <= 'Z' || s[end] >= 'a' && s[end] <= 'z') {
		end++
	}
	hours, known := 0, true
	switch string(s[i:end]) {
	case "":
		return i, false
	case "UTC", "GMT", "UT", "Z":
	case "EDT":
		hours = -4
	case "EST", "CDT":
		hours = -5
	case "CST", "MDT":
		hours = -6
	case "MST", "PDT":
		hours = -7
	case "PST":
		hours = -8
	default:
		known = false
	}
	if known {
		m.zone, m.zoned = hours*3600, true
	}
	return end, true
}

// scanWhole reads how many units of so many nanoseconds there were since 1970.
func (m *Shown) scanWhole(s []byte, i int, unit int64) (end int, ok bool) {
	var n int64
	for end = i; end < len(s) && end-i < 18 && number.IsDigit(s[end]); end++ {
		n = 10*n + int64(s[end]-'0')
	}
	if end == i || n >= clocks.MaxSecond*(Nanosecond/unit) {
		return i, false
	}
	m.epoch, m.since1970 = n*unit, true
	return end, true
}
