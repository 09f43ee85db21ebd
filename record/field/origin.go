package field

import (
	"encoding/hex"
	"strings"

	"logskiff/record"
)

// Fact is something that is known of where a record came from; it is no field of it.
type Fact struct {
	what what
	tag  string
}

type what uint8

const (
	host what = 1 + iota
	source
	path
	stream
	tag
)

// ParseFact reads the name of a fact: host, source, path (of the file), stream (the id) and tags.NAME.
func ParseFact(name string) (Fact, bool) {
	switch name {
	case "host":
		return Fact{what: host}, true
	case "source":
		return Fact{what: source}, true
	case "path":
		return Fact{what: path}, true
	case "stream":
		return Fact{what: stream}, true
	}
	if name, ok := strings.CutPrefix(name, "tags."); ok && name != "" {
		return Fact{tag, name}, true
	}
	return Fact{}, false
}

// Append appends the fact about a stream; nothing when it has none, or there is no stream.
func (f Fact) Append(dst []byte, s *record.Stream) []byte {
	if f.what == stream && s != nil {
		return hex.AppendEncode(dst, s.ID[:])
	}
	return append(dst, f.text(s)...)
}

// text is Append for facts that stand in the stream as texts.
func (f Fact) text(s *record.Stream) string {
	switch {
	case s == nil:
		return ""
	case f.what == path:
		return s.Path
	case s.Origin == nil:
		return ""
	case f.what == host:
		return s.Origin.Host
	case f.what == source:
		return s.Origin.Source
	case f.what == tag:
		for _, t := range s.Origin.Tags {
			if t.Key == f.tag {
				return t.Value
			}
		}
	}
	return ""
}

// Text returns what Append appends. It allocates for the id of a stream.
func (f Fact) Text(s *record.Stream) string {
	if f.what == stream && s != nil {
		return s.ID.String()
	}
	return f.text(s)
}
