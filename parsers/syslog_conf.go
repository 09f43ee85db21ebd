package parsers

import (
	"fmt"

	"logskiff/conf"
	"logskiff/parsers/clocks"
)

// SyslogConfig are the settings of the syslog parser.
type SyslogConfig struct {
	Format string `toml:"format" doc:"\"rfc5424\", \"rfc3164\" (what daemons write to files too, also with RFC 3339 times) or \"auto\": each line by its looks."`
	Zone   string `toml:"zone" doc:"IANA zone of times that show none, such as \"Europe/Berlin\". Empty: this host's."`
}

// DefaultSyslog returns the settings for any line of this host.
func DefaultSyslog() SyslogConfig { return SyslogConfig{Format: syslogAuto} }

const (
	syslogAuto    = "auto"
	syslogRFC3164 = "rfc3164"
	syslogRFC5424 = "rfc5424"
)

// Validate returns a *conf.FieldError.
func (c SyslogConfig) Validate() error {
	switch c.Format {
	case syslogAuto, syslogRFC3164, syslogRFC5424:
	default:
		return &conf.FieldError{Key: "format", Msg: fmt.Sprintf("%q is not a syslog format", c.Format), Hint: `use "auto", "rfc3164" or "rfc5424"`}
	}
	if _, err := clocks.NewZone(c.Zone); err != nil {
		return &conf.FieldError{Key: "zone", Msg: err.Error(), Hint: `use an IANA name like "Europe/Berlin" or "UTC"`}
	}
	return nil
}
