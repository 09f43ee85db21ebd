// Package wire holds what agent and forwarder must agree on besides HTTP itself: the
// header that travels with every batch, and the object that a line of text stands
// for. docs/protocol.md specifies it; this package is that page in Go.
//
// It does no I/O and knows no plugin.
package wire

// HeaderName carries the Header as one line of ASCII JSON.
const HeaderName = "Logskiff-Batch"

// MissingName is a header of a forwarder's 503 that says what the request lacks: MissingAgent, if that is
// Header.Agent. Whoever sends on for others does not wait for that.
const (
	MissingName  = "Logskiff-Missing"
	MissingAgent = "agent"
)

// LinesType is the Content-Type of a body of bare lines, each of which stands for the record
// {"message":"..."}; docs/protocol.md. A receiver that takes it says so in its answers:
// AcceptHeader: AcceptLines.
const (
	LinesType    = "application/x-logskiff-lines"
	AcceptHeader = "Logskiff-Accept"
	AcceptLines  = "lines"
)

// MaxHeader is the largest header value, in bytes, that an agent sends. It fits
// the 8 KiB that common proxies allow for a header line.
const MaxHeader = 7 << 10

// Header says whose records a body holds.
type Header struct {
	Version  int               `json:"v"` // 1
	Host     string            `json:"host"`
	Source   string            `json:"source"`
	Tags     map[string]string `json:"tags,omitempty"`
	Agent    string            `json:"agent,omitempty"` // known to agent and forwarders alone
	Segments []Segment         `json:"segments"`
}

// Entries is the Unit of a segment whose stream is counted in entries.
const Entries = "entries"

// Segment is an unbroken run of one stream: the next Records records of the
// body cover its bytes, or entries, [Start, End).
type Segment struct {
	Stream  string `json:"stream"` // 32 hexadecimal digits
	Path    string `json:"path"`
	Start   int64  `json:"start"`
	End     int64  `json:"end"`
	Records int    `json:"records"`
	Unit    string `json:"unit,omitempty"` // Entries, or else bytes
}

// OffsetKey is the first key of every ndjson record an agent sends: the offset
// of the record's first byte in its stream.
const OffsetKey = "_offset"

// SizeKey is the second key of a record that is not followed by the stream's next
// bytes, since the agent's configuration leaves those out: the number of bytes that it
// covers itself. Without it a record covers the bytes up to the next one's offset.
const SizeKey = "_size"
