package parsers

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes are looked at in one go: a word holds them with the first in its
// lowest byte, and a mark in the top bit of a byte says something about it.
const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

func load(s []byte) uint64 { return binary.LittleEndian.Uint64(s) }

// special marks the bytes that need a look inside a JSON string: control characters,
// quotes, backslashes, and all that is not ASCII. The lowest mark is exact; a
// borrow can set false ones above it.
func special(x uint64) uint64 {
	return (x | (x - ' '*ones) | ((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones)) & tops
}

// blank marks the bytes up to U+0020. The lowest mark is exact.
func blank(x uint64) uint64 { return (x - (' '+1)*ones) & ^x & tops }

// first returns the index of the lowest marked byte.
func first(marks uint64) int { return bits.TrailingZeros64(marks) >> 3 }
