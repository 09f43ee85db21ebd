package conf

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// FieldError is what a settings struct's Validate returns for one bad key; the
// loader adds file, line and column.
type FieldError struct {
	Key  string // the key below the struct, as written in TOML: "tls.ca"; "": all of it
	Msg  string // what is wrong: "must be at least 1"
	Hint string // what to do, or ""
}

func (e *FieldError) Error() string {
	text := e.Msg
	if e.Key != "" {
		text = e.Key + ": " + text
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// TableError is a FieldError of a whole configuration; Table is "agent", "source NAME" or
// "sender NAME", and Key the key in it.
type TableError struct {
	Table string
	FieldError
}

func (e *TableError) Error() string { return e.Table + ": " + e.FieldError.Error() }

// Below returns err, a *FieldError or nil, with the key of what it lies below.
func Below(key string, err error) error {
	bad, ok := errors.AsType[*FieldError](err)
	if !ok {
		return err
	}
	return &FieldError{strings.Trim(key+"."+bad.Key, "."), bad.Msg, bad.Hint}
}

// Size is a number of bytes, written as "64MiB", "1GB" or a bare number of bytes.
type Size int64

// ParseSize reads a size. Units: B, KiB, MiB, GiB, TiB, and KB, MB, GB, TB for powers of 1000.
func ParseSize(s string) (Size, error) {
	t := strings.TrimSpace(s)
	i := strings.LastIndexAny(t, "0123456789.") + 1
	unit, ok := map[string]float64{
		"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
		"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	}[strings.ToLower(strings.TrimSpace(t[i:]))]
	n, err := strconv.ParseFloat(t[:i], 64)
	plain := strings.Trim(t[:i], "0123456789.") == "" // no exponent, sign or underscore
	switch {
	case ok && plain && n*unit > maxSize: // ParseFloat's range is beyond that
		return 0, fmt.Errorf("cannot read size %q: it is too large; at most 4194304TiB", s)
	case !ok || err != nil || !plain:
		return 0, fmt.Errorf("cannot read size %q: %s", s, sizeHint(t))
	}
	return Size(n * unit), nil
}

const maxSize = 1 << 62

// sizeHint says how to write what is no size.
func sizeHint(t string) string {
	if strings.HasPrefix(t, "-") {
		return "a size is not negative; write \"64MiB\""
	}
	i := strings.LastIndexAny(t, "0123456789") + 1
	number := strings.Replace(t[:i], ",", ".", 1)
	unit, known := map[string]string{
		"k": "KiB", "m": "MiB", "g": "GiB", "t": "TiB", "ki": "KiB", "mi": "MiB", "gi": "GiB", "ti": "TiB",
		"b": "B", "bytes": "B", "kib": "KiB", "mib": "MiB", "gib": "GiB", "tib": "TiB", "kb": "KB", "mb": "MB", "gb": "GB", "tb": "TB",
	}[strings.ToLower(strings.TrimSpace(t[i:]))]
	if _, err := strconv.ParseFloat(number, 64); err == nil && known && strings.Trim(number, "0123456789.") == "" {
		return "write \"" + number + unit + "\""
	}
	return "write it as \"64MiB\"; units: B, KiB, MiB, GiB, TiB, KB, MB, GB, TB"
}

func (s Size) String() string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for s != 0 && s%1024 == 0 && i < len(units)-1 {
		s, i = s/1024, i+1
	}
	return strconv.FormatInt(int64(s), 10) + units[i]
}

// Duration is a time span, always written with a unit: "200ms", "5s", "7d". A
// bare number is refused, since nobody can know what it counts.
type Duration time.Duration

// ParseDuration reads what time.ParseDuration reads, and whole days before it: "7d", "1d12h".
func ParseDuration(s string) (Duration, error) {
	t := strings.TrimSpace(s)
	days, rest, hasDays := strings.Cut(t, "d")
	var sum time.Duration
	if hasDays {
		n, err := strconv.ParseUint(days, 10, 32)
		if err != nil {
			return 0, fmt.Errorf("cannot read duration %q: %s", s, durationHint(t))
		}
		if n > maxDays {
			return 0, fmt.Errorf("cannot read duration %q: it is too long; at most %dd", s, maxDays)
		}
		if sum = time.Duration(n) * 24 * time.Hour; rest == "" {
			return Duration(sum), nil
		}
		t = rest
	}
	d, err := time.ParseDuration(t)
	switch {
	case err == nil && d >= 0 && d <= maxDays*24*time.Hour-sum && strings.TrimLeft(t, "0123456789.") != "", t == "0" && !hasDays:
		return Duration(sum + d), nil
	case err == nil && d > maxDays*24*time.Hour-sum, err != nil && strings.Trim(t, "0123456789.hmsuµn") == "" && strings.HasSuffix(t, "h"):
		return 0, fmt.Errorf("cannot read duration %q: it is too long; at most %dd", s, maxDays)
	}
	return 0, fmt.Errorf("cannot read duration %q: %s", s, durationHint(strings.TrimSpace(s)))
}

const maxDays = 100_000 // some 270 years; 106,751 are all there are

// durationHint says how to write what is no duration.
func durationHint(t string) string {
	if strings.HasPrefix(t, "-") {
		return "a duration is not negative; write \"5s\""
	}
	i := strings.LastIndexAny(t, "0123456789") + 1
	word := strings.ToLower(strings.TrimSpace(t[i:]))
	unit, known := map[string]string{
		"": "s", "second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d",
		"millisecond": "ms", "msec": "ms",
	}[strings.TrimSuffix(word, "s")]
	n, err := strconv.ParseUint(t[:i], 10, 32)
	switch {
	case err == nil && (word == "w" || strings.TrimSuffix(word, "s") == "week"):
		return fmt.Sprintf("write \"%dd\"", 7*n)
	case err == nil && known && word == "":
		return fmt.Sprintf("write the unit: \"%ds\"", n)
	case err == nil && known:
		return fmt.Sprintf("write \"%d%s\"", n, unit)
	}
	return "write it with a unit, as \"200ms\", \"5s\" or \"7d\"; units: ms, s, m, h, d"
}

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

func (d Duration) String() string {
	const day = Duration(24 * time.Hour)
	if d != 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// Secret is text that must not be shown: printing it in any way gives "***".
type Secret string

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// Format keeps every verb, %#v and a mistaken %d too, from showing the secret.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText keeps encoders from showing the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }
