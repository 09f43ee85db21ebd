package record

import "fmt"

// Unit is what the offsets of a stream count.
type Unit uint8

const (
	// Bytes are those of a file, or of a connection.
	Bytes Unit = iota
	// Entries are numbers that the origin gives: of a journal's entries, of a topic's messages. A record covers
	// one of them (Record.Size is 1), whatever its length, and there may be numbers that no record has (Segment.Missing).
	Entries

	// Units is how many there are.
	Units = iota
)

// String returns "bytes" or "entries".
func (u Unit) String() string {
	switch u {
	case Bytes:
		return "bytes"
	case Entries:
		return "entries"
	default:
		return fmt.Sprintf("unit %d", uint8(u))
	}
}

// MarshalText returns what String does.
func (u Unit) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (u *Unit) UnmarshalText(text []byte) error {
	for *u = Bytes; *u <= Entries; *u++ {
		if u.String() == string(text) {
			return nil
		}
	}
	*u = Bytes
	return fmt.Errorf("cannot read a unit from %q", text)
}
