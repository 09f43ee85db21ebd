package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Version is the only header version there is. A change that an old reader
// would misunderstand needs a new one; a new key does not, since Parse skips
// keys it does not know.
const Version = 1

// MaxRecord is the largest number of stream bytes one record may cover.
const MaxRecord = math.MaxUint32

// MaxGap is how many bytes of a segment, at most, can have been left out of it by the
// agent's configuration: more than any batch holds.
const MaxGap = 1 << 30

// MaxAgent is the longest word of an agent, in bytes.
const MaxAgent = 128

// Parse reads a header value and checks everything that can be checked without
// the body: the version, and that every segment has a well-formed stream id, a
// range that is not empty, and a number of records that fits into that range.
// Its errors are written for the person who runs the client.
func Parse(value string) (Header, error) {
	var h Header
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' {
			return Header{}, fmt.Errorf("cannot read %s: byte %d is not printable ASCII", HeaderName, i)
		}
	}
	if err := json.Unmarshal([]byte(value), &h); err != nil {
		return Header{}, fmt.Errorf("cannot read %s: %w", HeaderName, err)
	}
	if h.Version != Version {
		return Header{}, fmt.Errorf("cannot read %s: version %d is not known, only %d is", HeaderName, h.Version, Version)
	}
	if len(h.Segments) == 0 {
		return Header{}, fmt.Errorf("cannot read %s: it has no segments", HeaderName)
	}
	if len(h.Agent) > MaxAgent {
		return Header{}, fmt.Errorf("cannot read %s: agent has more than %d bytes", HeaderName, MaxAgent)
	}
	for i := range h.Segments {
		if err := h.Segments[i].check(); err != nil {
			return Header{}, fmt.Errorf("cannot read %s: segment %d: %w", HeaderName, i, err)
		}
	}
	return h, nil
}

func (s *Segment) check() error {
	if len(s.Stream) != 32 {
		return errors.New("stream must be 32 lower-case hexadecimal digits")
	}
	for i := range len(s.Stream) {
		if c := s.Stream[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return errors.New("stream must be 32 lower-case hexadecimal digits")
		}
	}
	if s.Start < 0 || s.End <= s.Start {
		return fmt.Errorf("[%d, %d) is not a range of bytes", s.Start, s.End)
	}
	// Every record covers at least one byte of its stream.
	if s.Records < 1 || int64(s.Records) > s.End-s.Start {
		return fmt.Errorf("%d records cannot cover %d bytes", s.Records, s.End-s.Start)
	}
	return nil
}
