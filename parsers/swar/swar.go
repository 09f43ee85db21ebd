// Package swar looks at eight bytes of text in one go (SIMD within a register): a word holds them with the first in its
// lowest byte, and a mark in the top bit of a byte says something about it.
package swar

import (
	"encoding/binary"
	"math/bits"
)

// Ones has a one in each byte, and Tops the top bit of each.
const (
	Ones = 0x0101010101010101
	Tops = 0x8080808080808080
)

// Load returns the first eight bytes of s, which must have so many.
func Load(s []byte) uint64 { return binary.LittleEndian.Uint64(s) }

// Special marks the bytes that need a look inside a JSON string: control characters,
// quotes, backslashes, and all that is not ASCII. The lowest mark is exact; a
// borrow can set false ones above it.
func Special(x uint64) uint64 {
	return (x | (x - ' '*Ones) | ((x ^ '"'*Ones) - Ones) | ((x ^ '\\'*Ones) - Ones)) & Tops
}

// Blank marks the bytes up to U+0020. The lowest mark is exact.
func Blank(x uint64) uint64 { return (x - (' '+1)*Ones) & ^x & Tops }

// First returns the index of the lowest marked byte.
func First(marks uint64) int { return bits.TrailingZeros64(marks) >> 3 }
