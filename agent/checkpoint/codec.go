package checkpoint

import (
	"encoding/binary"
	"hash/crc32"
)

// checksum is the CRC32C of all parts, one after the other.
func checksum(parts ...[]byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // made once by the standard library
	var sum uint32
	for _, p := range parts {
		sum = crc32.Update(sum, table, p)
	}
	return sum
}

// decoder takes fields off the front of b. After a field that is not there bad
// is set and everything else is zero, so it is checked once, at the end.
type decoder struct {
	b      []byte
	bad    bool
	intern map[string]string // strings met before; nil: each is copied
	spare  []byte            // what decodeBody puts together, to be used again
}

func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.b) {
		d.bad, d.b = true, nil
		return nil
	}
	p := d.b[:n]
	d.b = d.b[n:]
	return p
}

func (d *decoder) byte() byte {
	if p := d.take(1); p != nil {
		return p[0]
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if p := d.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.take(-1)
		return 0
	}
	d.take(n)
	return v
}

// size reads an offset or a count of bytes, which is never negative.
func (d *decoder) size() int64 {
	v := int64(d.uvarint())
	if v < 0 {
		d.take(-1)
		return 0
	}
	return v
}

func (d *decoder) string() string {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.take(-1)
		return ""
	}
	p := d.take(int(n))
	if s, ok := d.intern[string(p)]; ok {
		return s
	}
	s := string(p)
	if d.intern != nil {
		d.intern[s] = s
	}
	return s
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}
