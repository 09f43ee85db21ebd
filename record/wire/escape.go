package wire

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Eight bytes are looked at in one go: a word holds them with the first in its
// lowest byte, and a mark in the top bit of a byte says something about it.
const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

const (
	block = 16 // bytes looked at in one round

	// slack is how many bytes AppendString wants beyond twice the text: two quotes,
	// a block of the longest escapes, and a word written over the end.
	slack = 2 + 6*(block+utf8.UTFMax) + 16
)

// hard is not 0 when one of the bytes needs more than a backslash before it:
// control characters and all that is not ASCII.
func hard(x uint64) uint64 { return (x | (x - ' '*ones)) & tops }

// quotes marks quotes and backslashes, exactly so when hard is 0.
func quotes(x uint64) uint64 {
	return ((tops - (x ^ '"'*ones)) | (tops - (x ^ '\\'*ones))) & tops
}

// AppendMessage appends the members of the object that a line of text becomes in a body of
// objects: its "message", and "invalid_utf8":true where bytes of it had to be replaced.
func AppendMessage(dst, text []byte) []byte {
	dst, replaced := AppendString(append(dst, `"message":`...), text)
	if replaced {
		dst = append(dst, `,"invalid_utf8":true`...)
	}
	return dst
}

// AppendString appends src as a JSON string (RFC 8259, section 7). Each byte that is not
// part of valid UTF-8 becomes U+FFFD, as in Go's range loop; replaced says
// whether that happened.
func AppendString(dst, src []byte) (_ []byte, replaced bool) {
	n := len(dst)
	dst = room(dst, len(src))
	dst[n] = '"'
	n++
	for len(src) >= block {
		x := binary.LittleEndian.Uint64(src)
		y := binary.LittleEndian.Uint64(src[8:])
		d := dst[n:][:block]
		binary.LittleEndian.PutUint64(d, x)
		binary.LittleEndian.PutUint64(d[8:], y)
		mx, my := quotes(x), quotes(y)
		bad := hard(x) | hard(y)
		if mx|my|bad == 0 {
			n += block
			src = src[block:]
			continue
		}
		if bad != 0 {
			var bytes bool
			dst, n, src, bytes = putHard(dst, n, src)
			replaced = replaced || bytes
			continue
		}
		n += 8 + putQuotes(dst[n:], x, mx)
		n += 8 + putQuotes(dst[n:], y, my)
		src = src[block:]
	}
	for len(src) > 0 {
		x, size := uint64(0), 8
		if len(src) >= 8 {
			x = binary.LittleEndian.Uint64(src)
		} else {
			x, size = tail(src), len(src)
		}
		if hard(x) != 0 {
			var bytes bool
			dst, n, src, bytes = putHard(dst, n, src)
			replaced = replaced || bytes
			continue
		}
		n += size + putQuotes(dst[n:], x, quotes(x))
		src = src[size:]
	}
	dst[n] = '"'
	return dst[:n+1], replaced
}

// room returns dst up to its capacity, with enough of it for n more bytes of text.
func room(dst []byte, n int) []byte {
	dst = slices.Grow(dst, 2*n+slack)
	return dst[:cap(dst)]
}

// tail loads the last 1 to 7 bytes of a text as a word filled up with spaces.
func tail(s []byte) uint64 {
	n := len(s)
	x := uint64(s[0]) | uint64(s[n/2])<<(8*(n/2)) | uint64(s[n-1])<<(8*(n-1))
	if n >= 4 {
		x = uint64(binary.LittleEndian.Uint32(s)) | uint64(binary.LittleEndian.Uint32(s[n-4:]))<<(8*(n-4))
	}
	return x | ' '*ones<<(8*n)
}

// putQuotes writes x with a backslash before every marked byte, and returns the
// number of them. It may write a word more than that.
func putQuotes(dst []byte, x, marks uint64) (more int) {
	binary.LittleEndian.PutUint64(dst, x)
	for ; marks != 0; marks &= marks - 1 {
		k := bits.TrailingZeros64(marks) >> 3
		d := dst[k+more:][:9]
		d[0] = '\\'
		binary.LittleEndian.PutUint64(d[1:], x>>(8*k&63))
		more++
	}
	return more
}

// putHard writes the next block of src, up to a whole character, in the slow way.
func putHard(dst []byte, n int, src []byte) (_ []byte, at int, rest []byte, replaced bool) {
	if len(dst)-n < 2*len(src)+slack {
		dst = room(dst[:n], len(src))
	}
	i, stop := 0, min(len(src), block)
	for i < stop {
		c := src[i]
		switch {
		case c < utf8.RuneSelf:
			n += putASCII(dst[n:], c)
			i++
		case c-0xc2 < 0xe0-0xc2 && i+1 < len(src) && src[i+1]&0xc0 == 0x80: // two bytes, as most scripts have
			dst[n], dst[n+1] = c, src[i+1]
			n += 2
			i += 2
		default:
			r, w := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && w == 1 {
				replaced = true
				n += copy(dst[n:], "\uFFFD")
			} else {
				n += copy(dst[n:], src[i:i+w])
			}
			i += w
		}
	}
	return dst, n, src[i:], replaced
}

// putASCII writes one character and returns its length.
func putASCII(dst []byte, c byte) int {
	dst = dst[:6]
	dst[0] = c
	if c >= ' ' && c != '"' && c != '\\' {
		return 1
	}
	dst[0], dst[1] = '\\', c
	switch c {
	case '"', '\\':
	case '\n':
		dst[1] = 'n'
	case '\t':
		dst[1] = 't'
	case '\r':
		dst[1] = 'r'
	case '\b':
		dst[1] = 'b'
	case '\f':
		dst[1] = 'f'
	default:
		const hex = "0123456789abcdef"
		copy(dst, `\u00`)
		dst[4], dst[5] = hex[c>>4], hex[c&15]
		return 6
	}
	return 2
}
