// Package varint takes numbers and pieces off the front of what was stored: the counterpart of encoding/binary's Append
// functions, for bytes and for strings alike.
//
// It knows no layout: what stands where is up to who stored it.
package varint

import (
	"encoding/binary"
	"math"
)

// Decoder takes fields off the front of Rest. After a field that is not there Bad is set and all others are zero, so it is
// looked at once, at the end. The zero value has nothing. It copies nothing.
type Decoder[D ~string | ~[]byte] struct {
	Rest D
	Bad  bool
}

// Take returns the next n bytes, which stay Rest's. A negative n is never there.
func (d *Decoder[D]) Take(n int64) D {
	if d.Bad || n < 0 || n > int64(len(d.Rest)) {
		var none D
		d.Bad, d.Rest = true, none
		return none
	}
	p := d.Rest[:n]
	d.Rest = d.Rest[n:]
	return p
}

// Byte returns the next byte.
func (d *Decoder[D]) Byte() byte {
	if p := d.Take(1); len(p) > 0 {
		return p[0]
	}
	return 0
}

// Uint64 reads what binary.LittleEndian.AppendUint64 wrote.
func (d *Decoder[D]) Uint64() (v uint64) {
	p := d.Take(8)
	for i := range len(p) {
		v |= uint64(p[i]) << (8 * i)
	}
	return v
}

// Uvarint reads what binary.AppendUvarint wrote.
func (d *Decoder[D]) Uvarint() (v uint64) {
	for i := 0; i < len(d.Rest) && i < binary.MaxVarintLen64; i++ {
		c := d.Rest[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if i == binary.MaxVarintLen64-1 && c > 1 {
				break // more than 64 bits
			}
			d.Take(int64(i) + 1)
			return v
		}
	}
	d.Take(-1)
	return 0
}

// Size reads an offset or a number of bytes, which is never negative.
func (d *Decoder[D]) Size() int64 {
	v := d.Uvarint()
	if v > math.MaxInt64 {
		d.Take(-1)
		return 0
	}
	return int64(v)
}
