package parsers

import (
	"errors"

	"logskiff/conf"
	"logskiff/parsers/clocks"
	"logskiff/parsers/layouts"
)

// TimeConfig says which field of a record is its time, and how to read it.
type TimeConfig struct {
	Field  string `toml:"field" example:"\"ts\"" doc:"Name of the field that says when the event happened. Required."`
	Format string `toml:"format" doc:"How the field is written: \"auto\" (RFC 3339 or seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size), \"rfc3339\", \"rfc1123\", \"rfc3164\" (the time of syslog lines), \"epoch\", \"epoch_ms\", \"epoch_us\", \"epoch_ns\" (all with or without a fraction), a layout of Go's package time (\"02/Jan/2006:15:04:05 -0700\"), or strptime's (\"%Y-%m-%d %H:%M:%S.%f %z\"). A year or date that the format leaves out is guessed from when the line was read. A leap second, 23:59:60, is the first second of the next minute."`
	Zone   string `toml:"zone" example:"\"Europe/Berlin\"" doc:"Zone of times that name none, as in the IANA database; empty, the default, is this host's. Daylight saving time is accounted for."`
	Keep   bool   `toml:"keep" doc:"Whether the field stays beside the record's time. A field that cannot be read stays in any case. One that is named time stays as time_2."`
}

// DefaultTime returns the defaults.
func DefaultTime() TimeConfig { return TimeConfig{Format: "auto"} }

// Validate returns joined *conf.FieldError.
func (c *TimeConfig) Validate() error {
	var errs []error
	if c.Field == "" {
		errs = append(errs, &conf.FieldError{Key: "field", Msg: "must name the field that holds the time", Hint: `add field = "..."`})
	}
	if _, _, err := compileTime(c.Format); err != nil {
		errs = append(errs, err)
	}
	if _, err := clocks.NewZone(c.Zone); err != nil {
		errs = append(errs, &conf.FieldError{Key: "zone", Msg: "there is no such time zone", Hint: `write a name such as "Europe/Berlin" or "UTC"`})
	}
	return errors.Join(errs...)
}

// compileTime returns what reads texts of a format, and what they leave out.
func compileTime(format string) (func([]byte, *layouts.Shown) bool, layouts.Missing, error) {
	switch format {
	case "auto", "":
		return layouts.ScanAuto(), layouts.Nothing, nil
	case "rfc3339":
		return layouts.ScanRFC3339, layouts.Nothing, nil
	case "epoch":
		return layouts.ScanEpoch(layouts.Nanosecond), layouts.Nothing, nil
	case "epoch_ms":
		return layouts.ScanEpoch(1e6), layouts.Nothing, nil
	case "epoch_us":
		return layouts.ScanEpoch(1e3), layouts.Nothing, nil
	case "epoch_ns":
		return layouts.ScanEpoch(1), layouts.Nothing, nil
	case "rfc3164":
		l := layouts.CompileGo("Jan _2 15:04:05")
		return l.Scan, l.Left, nil
	case "rfc1123":
		name, offset := layouts.CompileGo("Mon, _2 Jan 2006 15:04:05 MST"), layouts.CompileGo("Mon, _2 Jan 2006 15:04:05 -0700")
		return func(s []byte, m *layouts.Shown) bool { return offset.Scan(s, m) || name.Scan(s, m) }, layouts.Nothing, nil
	}
	var l layouts.Layout
	if layouts.IsStrptime(format) {
		var bad string
		if l, bad = layouts.CompileStrptime(format); bad != "" {
			return nil, layouts.Nothing, &conf.FieldError{Key: "format", Msg: "strptime has no " + bad + " that can be read here", Hint: "for the character itself write %%"}
		}
	} else {
		l = layouts.CompileGo(format)
	}
	twice := l.SaysTwice()
	switch {
	case twice != "":
		return nil, layouts.Nothing, &conf.FieldError{
			Key: "format", Msg: "has the " + twice + " twice",
			Hint: "a month is 01 in a Go layout and %m in strptime, a minute is 04 and %M",
		}
	case !layouts.IsStrptime(format) && l.HasDigits():
		return nil, layouts.Nothing, &conf.FieldError{
			Key: "format", Msg: "has digits that mean nothing in a Go layout",
			Hint: `write the time 2006-01-02 15:04:05 the way the field is written, such as "02/01/2006 15:04", or use strptime's "%d/%m/%Y %H:%M"`,
		}
	case !l.SaysTime():
		return nil, layouts.Nothing, &conf.FieldError{
			Key: "format", Msg: "is no format of a time",
			Hint: `write "auto", "rfc3339", "rfc1123", "rfc3164", "epoch", "epoch_ms", a Go layout such as "2006-01-02 15:04:05", or strptime's "%Y-%m-%d %H:%M:%S"`,
		}
	}
	return l.Scan, l.Left, nil
}
