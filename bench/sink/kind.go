package sink

import (
	"fmt"

	"logskiff/bench/gen"
)

// Kind says what is expected in a body.
type Kind string

const (
	// Message is ndjson with the line in "message".
	Message Kind = "message"
	// Either is Message, or bare lines, which the sink says that it takes, as our forwarder does.
	Either Kind = "either"
	// Columns is ndjson with the line's fields.
	Columns Kind = "columns"
	// JSON is ndjson with the members of a JSON line.
	JSON Kind = "json"
	// Lines is the lines themselves.
	Lines Kind = "lines"
	// Embedded is anything that holds the lines as JSON strings.
	Embedded Kind = "embedded"
	// Latency is anything that holds lines made by AppendStamp.
	Latency Kind = "latency"
	// Stamped is anything that holds lines made by AppendStamped, as they are or
	// as JSON strings. The sink says that it takes bare lines, as our forwarder does.
	Stamped Kind = "stamped"
)

// shape returns the shape of the records of a kind, and whether "_offset"
// stands before it.
func (k Kind) shape() (shape gen.Shape, offset bool, err error) {
	switch k {
	case Message, Either:
		return gen.Message, true, nil
	case Columns:
		return gen.Columns, true, nil
	case JSON:
		return gen.Spliced, true, nil
	case Lines:
		return gen.Combined, false, nil
	case Embedded, Latency, Stamped:
		return gen.Embedded, false, nil
	}
	return 0, false, fmt.Errorf("unknown kind of body %q", k)
}
