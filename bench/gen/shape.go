package gen

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Shape is a form a line can take: the two it is written to a file in, and
// those in which an agent hands it on. Each ends with a newline but the last two.
type Shape uint8

const (
	// Combined is nginx's predefined log format of that name, with its default
	// escaping (http://nginx.org/en/docs/http/ngx_http_log_module.html).
	Combined Shape = iota
	// JSONLog is a JSON access log as people write it with escape=json.
	JSONLog
	// Message is an ndjson record that holds a Combined line in "message",
	// without its first member: `"message":"…"}`.
	Message
	// Columns is an ndjson record with the fields of a Combined line, likewise.
	Columns
	// Spliced is a JSONLog line without its opening brace.
	Spliced
	// Embedded is a Combined line as it stands inside a JSON string.
	Embedded
	// Bare is a Combined line without its newline.
	Bare
)

// timeLayouts says how each shape writes its time; all have a fixed width.
var timeLayouts = [...]string{
	Combined: "02/Jan/2006:15:04:05 -0700",
	JSONLog:  "2006-01-02T15:04:05-07:00",
	Message:  "02/Jan/2006:15:04:05 -0700",
	Columns:  "2006-01-02T15:04:05Z",
	Spliced:  "2006-01-02T15:04:05-07:00",
	Embedded: "02/Jan/2006:15:04:05 -0700",
	Bare:     "02/Jan/2006:15:04:05 -0700",
}

// Stand-ins for what differs from line to line; they need no escaping.
const (
	seqMark  = "§"
	timeMark = "¶"
)

// render writes f in a shape, with stand-ins for its time and number.
func (f *fields) render(s Shape) string {
	uri := f.before + seqMark + f.after
	switch s {
	case Combined:
		return f.combined(uri) + "\n"
	case Embedded:
		return quote(f.combined(uri))
	case Bare:
		return f.combined(uri)
	case Message:
		return `"message":"` + quote(f.combined(uri)) + "\"}\n"
	case Columns:
		return f.columns(uri)
	case JSONLog:
		return "{" + f.jsonMembers(uri)
	case Spliced:
		return f.jsonMembers(uri)
	}
	panic(fmt.Sprintf("BUG: unknown shape %d", s))
}

func (f *fields) combined(uri string) string {
	return f.addr + " - " + dash(f.user) + " [" + timeMark + `] "` + f.method + " " + uri + " " + f.proto + `" ` +
		f.status + " " + f.bytes + ` "` + dash(f.referer) + `" "` + dash(f.agent) + `"`
}

func (f *fields) columns(uri string) string {
	var b strings.Builder
	b.WriteString(`"time":"` + timeMark + `","remote_addr":"` + f.addr + `"`)
	add := func(key, value string) {
		if value != "" {
			b.WriteString(`,"` + key + `":"` + quote(value) + `"`)
		}
	}
	add("remote_user", f.user)
	add("request_method", f.method)
	add("request_uri", uri)
	add("server_protocol", f.proto)
	b.WriteString(`,"status":` + f.status + `,"body_bytes_sent":` + f.bytes)
	add("http_referer", f.referer)
	add("http_user_agent", f.agent)
	b.WriteString("}\n")
	return b.String()
}

func (f *fields) jsonMembers(uri string) string {
	return `"ts":"` + timeMark + `","addr":"` + f.addr + `","user":"` + f.user + `","method":"` + f.method +
		`","uri":"` + quote(uri) + `","proto":"` + f.proto + `","status":` + f.status + `,"bytes":` + f.bytes +
		`,"time":` + f.took + `,"referer":"` + quote(f.referer) + `","agent":"` + quote(f.agent) + "\"}\n"
}

// dash writes a value as nginx does by default: "-" for none, and quotes,
// backslashes, control and non-ASCII bytes as \xHH.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' || c < 0x20 || c > 0x7e {
			fmt.Fprintf(&b, `\x%02X`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quote escapes s for the inside of a JSON string, and only what RFC 8259 says
// must be.
func quote(s string) string {
	if !strings.ContainsAny(s, "\"\\") {
		return s
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("BUG: " + err.Error()) // a string always encodes
	}
	return b.String()[1 : b.Len()-2] // without the quotes and the newline
}
