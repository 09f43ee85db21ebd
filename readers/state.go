package readers

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// State is what a reader needs to find a stream again after a restart, beside its names and its position. It
// belongs to that kind of reader: nobody else looks into Data. The zero State is none.
type State struct {
	Reader  string // the kind of reader that made it, as its key in the configuration: "file"
	Version uint8  // of the layout of Data, counted by that kind from 1 on; it reads all older ones
	Data    string // any bytes
}

// MarshalText returns it as text: kind, version, and the data in hexadecimal digits.
func (s State) MarshalText() ([]byte, error) {
	if s == (State{}) {
		return nil, nil
	}
	return fmt.Appendf(nil, "%s %d %x", s.Reader, s.Version, s.Data), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *State) UnmarshalText(text []byte) error {
	*s = State{}
	if len(text) == 0 {
		return nil
	}
	parts := strings.Split(string(text), " ")
	if len(parts) != 3 {
		return fmt.Errorf("cannot read a reader's state from %q", text)
	}
	version, err := strconv.ParseUint(parts[1], 10, 8)
	if err != nil {
		return fmt.Errorf("cannot read a reader's state from %q: %w", text, err)
	}
	data, err := hex.DecodeString(parts[2])
	if err != nil {
		return fmt.Errorf("cannot read a reader's state from %q: %w", text, err)
	}
	*s = State{Reader: parts[0], Version: uint8(version), Data: string(data)}
	return nil
}
