package parsers

import (
	"fmt"
	"strings"

	"logskiff/conf"
	"logskiff/parsers/clocks"
)

// ApacheConfig are the settings of the apache parser.
type ApacheConfig struct {
	Format       string `toml:"format" expand:"no" doc:"How the lines are made: \"common\", \"combined\", \"vhost_combined\" (as Debian has it), the text of a LogFormat, or the whole LogFormat or CustomLog line pasted from httpd.conf."`
	SplitRequest bool   `toml:"split_request" doc:"Whether %r becomes request_method, request_uri and server_protocol; a request without that shape stays whole."`
	Escapes      string `toml:"escapes" doc:"What becomes of escapes such as \\xEE in values: \"undo\", the bytes that they stand for, of which those that are not UTF-8 are sent as U+FFFD; or \"keep\", exactly what stands in the log."`
	Zone         string `toml:"zone" doc:"The IANA time zone, such as \"Europe/Berlin\", of times that say none (%{…}t without %z); empty: this host's."`
}

// DefaultApache returns the settings for httpd's combined format.
func DefaultApache() ApacheConfig {
	return ApacheConfig{Format: "combined", SplitRequest: true, Escapes: escapesUndo}
}

// Validate compiles the format; its error is a *conf.FieldError with the place in the
// format and what to do.
func (c ApacheConfig) Validate() error {
	_, err := NewApache(c)
	return err
}

// NewApache returns a parser for one LogFormat
// (http://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats). Its columns have the
// names that NewNginx gives the same things, see apacheColumn. A lone "-" is Absent, but
// %b counts 0 bytes then and %X means that the connection is closed; numbers are Number;
// escapes are undone, or kept.
//
// %t and %{…}t give the record's time and are not columns, however many of them it is
// made of; of several that say the same, the most exact counts. A year or a date that is left out is
// guessed from when the line was read. Where a format has both times, the request's
// beginning is the record's and its end is the column time_end.
//
// The error is a *conf.FieldError.
func NewApache(c ApacheConfig) (Parser, error) {
	clock, err := clocks.NewZone(c.Zone)
	if err != nil {
		return nil, &conf.FieldError{Key: "zone", Msg: err.Error(), Hint: `use a name such as "Europe/Berlin" or "UTC"`}
	}
	text, err := c.logFormat()
	if err != nil {
		return nil, err
	}
	all, err := apacheTokens(text)
	if err != nil {
		return nil, err
	}
	times := planTimes(all)
	slots, err := apacheSlots(all, times)
	if err != nil {
		return nil, err
	}
	if err := checkEscapes(c.Escapes); err != nil {
		return nil, err
	}
	const noStart = "no match for apache format at its beginning"
	p := assemble(slots, escapeDefault, noStart, c.SplitRequest && !hasRequestParts(slots))
	p.left, p.keep = times.left, c.Escapes == escapesKeep
	return &accessParser{program: p, clock: clock}, nil
}

// apacheFormats are the formats that httpd's documentation and Debian's apache2.conf name.
var apacheFormats = map[string]string{
	"common":         `%h %l %u %t "%r" %>s %b`,
	"combined":       `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`,
	"vhost_combined": `%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"`,
}

const apacheNames = `use "common", "combined" or "vhost_combined", or paste the LogFormat line`

func badApache(hint, msg string, args ...any) error {
	return &conf.FieldError{Key: "format", Msg: fmt.Sprintf(msg, args...), Hint: hint}
}

// logFormat returns the format string as httpd has it in memory.
func (c ApacheConfig) logFormat() (string, error) {
	text := strings.TrimSpace(c.Format)
	switch {
	case text == "":
		return "", badApache(apacheNames, "is empty")
	case isApacheDirective(text):
		return readApacheDirective(text)
	case text[0] == '"' && len(text) > 1 && text[len(text)-1] == '"' && strings.Contains(text, `\"`):
		words := apacheWords(text)
		if len(words) != 1 {
			return "", badApache("paste the whole LogFormat line", "the format is not one quoted string")
		}
		return words[0], nil
	case !strings.Contains(text, "%"):
		if format, ok := apacheFormats[text]; ok {
			return format, nil
		}
		return "", badApache(apacheNames, "%q is not a format", text)
	}
	// Copied out of httpd.conf without its outer quotes, the inner ones still have backslashes.
	return strings.ReplaceAll(text, `\"`, `"`), nil
}
