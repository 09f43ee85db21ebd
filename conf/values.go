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
	if !ok || err != nil || !plain || n*unit > 1<<62 {
		return 0, fmt.Errorf("cannot read size %q: write it as \"64MiB\" or \"1GB\"", s)
	}
	return Size(n * unit), nil
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

// ParseDuration reads what time.ParseDuration reads, and whole days as "7d".
func ParseDuration(s string) (Duration, error) {
	t := strings.TrimSpace(s)
	if days, ok := strings.CutSuffix(t, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 100_000 {
			return Duration(time.Duration(n) * 24 * time.Hour), nil
		}
	}
	d, err := time.ParseDuration(t)
	if err != nil || d < 0 || (t != "0" && strings.TrimLeft(t, "0123456789.") == "") {
		return 0, fmt.Errorf("cannot read duration %q: write it with a unit, as \"200ms\", \"5s\" or \"7d\"", s)
	}
	return Duration(d), nil
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
