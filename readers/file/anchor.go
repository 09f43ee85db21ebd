package file

import (
	"crypto/sha256"
	"encoding/binary"

	"logskiff/record"
)

// anchorLen is how many bytes before a cursor are remembered, and headLen how
// many at the beginning of a file.
const (
	anchorLen = 1024
	headLen   = 1024
)

// sum is the first eight bytes of SHA-256: two contents that a person did not
// make to collide differ in it.
func sum(b []byte) uint64 {
	h := sha256.Sum256(b)
	return binary.LittleEndian.Uint64(h[:8])
}

// anchorOf returns the anchor of the end of b, which must hold at least the last
// min(offset, anchorLen) bytes before the cursor.
func anchorOf(b []byte, offset int64) record.Anchor {
	n := int(min(offset, anchorLen, int64(len(b))))
	if n == 0 {
		return record.Anchor{}
	}
	return record.Anchor{Len: uint16(n), Sum: sum(b[len(b)-n:])}
}

// anchorMatches tells whether the end of b is what a remembers.
func anchorMatches(a record.Anchor, b []byte) bool {
	n := int(a.Len)
	return n == 0 || len(b) >= n && sum(b[len(b)-n:]) == a.Sum
}

// headMatches tells whether head begins with the n bytes that finger was made of.
func headMatches(finger uint64, n uint16, head []byte) bool {
	return len(head) >= int(n) && sum(head[:n]) == finger
}
