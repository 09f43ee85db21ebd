package parsers

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"logskiff/conf"
)

// W3CConfig are the settings of the w3c parser.
type W3CConfig struct {
	Fields string `toml:"fields" doc:"The fields of the lines: \"iis\" or \"cloudfront\" (what these write unless told otherwise), the names between spaces, or the #Fields: line itself. A #Fields: line in a file that names others is marked other_fields and counts only for the lines behind it that are read together with it: correct this setting then."`
	Zone   string `toml:"zone" doc:"The IANA time zone of date and time. The format has UTC; IIS can be told otherwise. Empty: this host's."`
}

// DefaultW3C returns the settings for what IIS writes unless told otherwise.
func DefaultW3C() W3CConfig { return W3CConfig{Fields: "iis", Zone: "UTC"} }

// Validate checks the settings; its error is a *conf.FieldError.
func (c W3CConfig) Validate() error {
	_, err := NewW3C(c)
	return err
}

// w3cFields are the fields that software writes unless told otherwise. Sources:
// https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging and
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
var w3cFields = map[string]string{
	"iis": "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) " +
		"sc-status sc-substatus sc-win32-status time-taken",
	"cloudfront": "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query " +
		"cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher " +
		"x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type " +
		"sc-content-type sc-content-len sc-range-start sc-range-end",
}

// names returns the fields of the settings.
func (c W3CConfig) names() ([]string, error) {
	bad := func(msg string, args ...any) error {
		return &conf.FieldError{Key: "fields", Msg: fmt.Sprintf(msg, args...), Hint: `use "iis" or "cloudfront", or copy the #Fields: line from a log file`}
	}
	text := strings.TrimSpace(c.Fields)
	if known, ok := w3cFields[text]; ok {
		text = known
	}
	rest, directive := strings.CutPrefix(text, "#Fields:")
	names := strings.Fields(rest)
	switch {
	case len(names) == 0:
		return nil, bad("has no names")
	case len(names) == 1 && !directive:
		return nil, bad("%q is not known, and no list of names", names[0])
	case !utf8.ValidString(text):
		return nil, bad("is not UTF-8")
	case strings.HasPrefix(names[0], "#"):
		return nil, bad("%q is another directive", names[0])
	}
	return names, nil
}

// w3cKind says what the values of a field are.
type w3cKind uint8

const (
	w3cText w3cKind = iota
	w3cNumber
	w3cDate
	w3cTime
)

// w3cKindOf knows the identifiers of the format and of those who extended it.
func w3cKindOf(name string) w3cKind {
	switch name {
	case "date":
		return w3cDate
	case "time":
		return w3cTime
	case "bytes", "cached", "count", "interval", "time-taken", "time-to-first-byte":
		return w3cNumber
	}
	for _, end := range [...]string{"-bytes", "-port", "-status", "-substatus", "-len", "-range-start", "-range-end"} {
		if strings.HasSuffix(name, end) {
			return w3cNumber
		}
	}
	return w3cText
}

// w3cName appends the column's name for a field: cs(User-Agent) is cs_user_agent.
func w3cName(dst []byte, name []byte) []byte {
	from := len(dst)
	for _, c := range name {
		switch {
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c|0x20)
		case isNameByte(c):
			dst = append(dst, c)
		case len(dst) > from && dst[len(dst)-1] != '_':
			dst = append(dst, '_')
		}
	}
	for len(dst) > from && dst[len(dst)-1] == '_' {
		dst = dst[:len(dst)-1]
	}
	if len(dst) == from {
		dst = append(dst, "field"...)
	}
	return dst
}
