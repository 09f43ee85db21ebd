package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
)

// StreamID names one incarnation of one source of bytes (for a file: until it
// is truncated or replaced) or of one source that numbers what it has (a journal, a partition of a
// topic). Together with an offset it identifies a record
// everywhere and for ever; see docs/decisions/002-record-identity.md. It is made of what stays the same in the origin, with IDOf where that can be said in words,
// so that it is the same again when the store was lost.
type StreamID [16]byte

// IDOf returns the id of a stream whose origin can be told by words: the kind of reader, and what names it there, as a
// journal's sequence id or a cluster, a topic and a partition. Other words make another id, and so do the same
// ones divided otherwise. The scope is the one a reader is given, of its agent and source, or zero where what another
// agent reads there is the same, as from a topic.
func IDOf(scope [16]byte, kind string, words ...string) (id StreamID) {
	h := sha256.New()
	h.Write(scope[:])
	for _, w := range append([]string{kind}, words...) {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(w)))
		h.Write(n[:])
		io.WriteString(h, w) //nolint:errcheck // a hash takes everything
	}
	copy(id[:], h.Sum(nil))
	return id
}

// String returns the id as 32 lower-case hexadecimal digits.
func (id StreamID) String() string { return hex.EncodeToString(id[:]) }

// LogValue has logs say what String says, whatever their format.
func (id StreamID) LogValue() slog.Value { return slog.StringValue(id.String()) }

// ParseStreamID reads what String wrote.
func ParseStreamID(s string) (StreamID, error) {
	var id StreamID
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("cannot read stream id %q: want %d hexadecimal digits", s, 2*len(id))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return id, fmt.Errorf("cannot read stream id %q: %w", s, err)
	}
	return id, nil
}

// Tag is one name and value that a source adds to everything it reads.
type Tag struct{ Key, Value string }

// Origin is what all streams of one source on one host share. It is immutable
// once the first Stream points at it.
type Origin struct {
	Host   string
	Source string
	Tags   []Tag  // sorted by Key, keys unique
	Agent  string // the word by which forwarders know the agent again; it is in no record. "": none
}

// Stream is one incarnation of one source. It is immutable and shared
// by every batch cut from it.
type Stream struct {
	ID     StreamID
	Path   string // the name it was found under; a later rename does not change it
	Origin *Origin

	// Owner is the client that sent it to this forwarder, not to be changed; nil for streams of our own, and where
	// nobody said who he is.
	Owner *Owner
	Unit  Unit // what its offsets count; here beside other bytes, since files keep a stream each
	// Anonymous streams were made up for records that came without an identity.
	// Their ID never comes again, so nothing need remember it.
	Anonymous bool
	// Unproven streams come from a client that does not say an agent's word: what a segment covers without
	// a record is then not believed.
	Unproven bool
}

// Anchor is a hash of the last Len bytes before a position. Reading on from a
// stored position starts by checking it: when it no longer matches, the bytes
// before the position are not the ones that were read, and the stream was
// rewritten. The zero Anchor matches anything.
type Anchor struct {
	Len uint16
	Sum uint64
}

// Position is a place in a stream: the offset of the next byte or entry, and the anchor
// of the bytes before it, which streams of entries do without.
type Position struct {
	Offset int64
	Anchor Anchor
}
