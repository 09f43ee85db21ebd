package checkpoint

import (
	"encoding/binary"
	"hash/crc32"

	"logskiff/record/varint"
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

// decoder takes fields off the front of what was stored.
type decoder struct {
	varint.Decoder[[]byte]
	intern map[string]string // strings met before; nil: each is copied
	spare  []byte            // what decodeBody puts together, to be used again
}

func decoderOf(b []byte) decoder { return decoder{Decoder: varint.Decoder[[]byte]{Rest: b}} }

func (d *decoder) string() string {
	p := d.Take(d.Size())
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
