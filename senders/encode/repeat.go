package encode

import (
	"fmt"
	"slices"
	"strings"

	"logskiff/record"
	"logskiff/record/wire"
)

// repeatable are the facts of a whole batch that NDJSON can write into every
// record, in the order it writes them.
var repeatable = [...]string{"stream", "host", "source", "path", "tags"}

// CheckRepeat returns an error that a person can act on when names are not what
// NewNDJSON takes: some of "stream", "host", "source", "path", "tags".
func CheckRepeat(names []string) error {
	for i, n := range names {
		if !slices.Contains(repeatable[:], n) {
			return fmt.Errorf("cannot repeat %q in every record: choose from %s", n, strings.Join(repeatable[:], ", "))
		}
		if slices.Contains(names[:i], n) {
			return fmt.Errorf("cannot repeat %q twice", n)
		}
	}
	return nil
}

// appendRepeated appends `,"_name":value` for every name that is chosen.
func appendRepeated(dst []byte, chosen []string, s *record.Stream) []byte {
	for _, name := range repeatable {
		if !slices.Contains(chosen, name) || name == "tags" && len(origin(s).Tags) == 0 {
			continue
		}
		dst = append(append(append(dst, `,"_`...), name...), `":`...)
		dst = appendFact(dst, name, s)
	}
	return dst
}

// appendFact appends what is the same for all records of a stream, by the name it is chosen by.
func appendFact(dst []byte, name string, s *record.Stream) []byte {
	switch name {
	case "stream":
		return appendText(dst, s.ID.String())
	case "host":
		return appendText(dst, origin(s).Host)
	case "source":
		return appendText(dst, origin(s).Source)
	case "path":
		return appendText(dst, s.Path)
	case "tags":
		return appendTags(dst, origin(s).Tags, appendText)
	}
	panic("BUG: " + name + " is no fact of a stream")
}

func appendText(dst []byte, s string) []byte {
	dst, _ = wire.AppendString(dst, []byte(s))
	return dst
}

func appendTags(dst []byte, tags []record.Tag, text func([]byte, string) []byte) []byte {
	dst = append(dst, '{')
	for i, t := range tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(text(dst, t.Key), ':')
		dst = text(dst, t.Value)
	}
	return append(dst, '}')
}

// origin returns what the streams of a source share; readers that set none have none.
func origin(s *record.Stream) *record.Origin {
	if s.Origin == nil {
		return &record.Origin{}
	}
	return s.Origin
}
