package parsers

import (
	"fmt"
	"strings"

	"logskiff/conf"
)

// NginxConfig are the settings of the nginx parser.
type NginxConfig struct {
	Format       string `toml:"format" expand:"no" doc:"How the lines are made: \"combined\" (what nginx writes unless told otherwise), the text of a log_format, or the whole log_format directive pasted from nginx.conf."`
	Escape       string `toml:"escape" doc:"The escape parameter of the log_format: \"default\", \"json\" or \"none\". A pasted directive brings its own."`
	Escapes      string `toml:"escapes" doc:"What becomes of escapes such as \\xEE in values: \"undo\", the bytes that they stand for, of which those that are not UTF-8 are sent as U+FFFD; or \"keep\", exactly what stands in the log."`
	Lists        string `toml:"lists" doc:"What a number of $upstream_... is where several servers were asked, as in \"0.012, 0.030\". \"last\": the last server's, so the field is always a number, and the whole list is in a field with _text behind the name. \"text\": always text, as it stands, with one server too."`
	SplitRequest bool   `toml:"split_request" doc:"Whether $request becomes request_method, request_uri and server_protocol; a request without that shape stays whole."`
}

// DefaultNginx returns the settings for nginx's predefined format.
func DefaultNginx() NginxConfig {
	return NginxConfig{Format: "combined", Escape: escapeDefault, Escapes: escapesUndo, Lists: listsLast, SplitRequest: true}
}

// The values of the escape parameter, see
// http://nginx.org/en/docs/http/ngx_http_log_module.html#log_format
const (
	escapeDefault = "default"
	escapeJSON    = "json"
	escapeNone    = "none"
)

const (
	listsLast = "last"
	listsText = "text"
)

// combined is the one format that nginx predefines (same page).
const combined = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`

// Validate compiles the format; its error is a *conf.FieldError with the place
// in the format and what to do.
func (c NginxConfig) Validate() error {
	_, err := compileNginx(c)
	return err
}

func isEscape(s string) bool { return s == escapeDefault || s == escapeJSON || s == escapeNone }

// badFormat returns the error for what stands at byte at of the format as it
// was given.
func badFormat(at int, hint, msg string, args ...any) error {
	return &conf.FieldError{Key: "format", Msg: fmt.Sprintf(msg, args...) + fmt.Sprintf(" (byte %d)", at+1), Hint: hint}
}

// pieces returns the quoted strings a format consists of, and its escape parameter.
func (c NginxConfig) pieces() ([]piece, string, error) {
	if !isEscape(c.Escape) {
		return nil, "", &conf.FieldError{Key: "escape", Msg: fmt.Sprintf("%q is not an escape parameter of log_format", c.Escape), Hint: `use "default", "json" or "none"`}
	}
	text := strings.TrimSpace(c.Format)
	lead := strings.Index(c.Format, text)
	switch {
	case text == "":
		return nil, "", &conf.FieldError{Key: "format", Msg: "is empty", Hint: `use "combined" or copy the log_format line from nginx.conf`}
	case text == "combined":
		return []piece{plainPiece(combined, 0)}, c.Escape, nil
	case isDirective(text):
		return readDirective(text, lead, c.Escape)
	case text[0] == '\'':
		words, err := readWords(text, lead)
		return words, c.Escape, err
	case !strings.ContainsAny(text, "$ "):
		return nil, "", &conf.FieldError{Key: "format", Msg: fmt.Sprintf("%q is not a format", text),
			Hint: `nginx predefines only "combined": copy the log_format line of that name from nginx.conf`}
	}
	return []piece{plainPiece(text, lead)}, c.Escape, nil
}
