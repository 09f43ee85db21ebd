package parsers

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
	"unsafe"

	"logskiff/record"
)

// setPairs makes a Pairs record of record i, of all fields from index first on, as
// SetPairs does, with a name of its own for each: the second a is a_2, since most receivers
// keep one of two members of an object that have one name, and say nothing.
func setPairs(b *record.Batch, i, first int) {
	if sameName(b, first) {
		renameSame(b, first)
	}
	b.SetPairs(i, first)
}

// sameName reports whether two of the pairs from first on have one name.
func sameName(b *record.Batch, first int) bool {
	fields, buf := b.Fields[first:], b.Buf
	if len(fields) > 2*64 {
		return true // perhaps; it is cheaper to let renameSame find out
	}
	var seen [16]uint64 // bits by a name's ends: few that differ have one bit
	for k := 0; k < len(fields); k += 2 {
		at := fields[k].Span
		name := buf[at.Off : at.Off+at.Len]
		if len(name) == 0 {
			continue
		}
		ends := uint32(name[0]) | uint32(name[len(name)/2])<<8 | uint32(name[len(name)-1])<<16
		if len(name) >= 4 {
			ends = binary.LittleEndian.Uint32(name) ^ bits.RotateLeft32(binary.LittleEndian.Uint32(name[len(name)-4:]), 13)
		}
		hash := (ends ^ uint32(len(name))<<27) * 0x9e3779b1 >> 22
		word, bit := &seen[hash/64], uint64(1)<<(hash%64)
		if *word&bit != 0 {
			for before := 0; before < k; before += 2 {
				if fields[before].Len == fields[k].Len && bytes.Equal(b.Bytes(fields[before].Span), name) {
					return true
				}
			}
		}
		*word |= bit
	}
	return false
}

// renameSame puts a number behind each name that another pair has.
func renameSame(b *record.Batch, first int) {
	last := make(map[string]int, (len(b.Fields)-first)/2) // by name: the number that was given last
	for k := first; k < len(b.Fields); k += 2 {
		f := &b.Fields[k]
		name := viewOf(b.Bytes(f.Span))
		if _, taken := last[name]; !taken {
			last[name] = 1
			continue
		}
		off := len(b.Buf)
		for taken := true; taken; {
			last[name]++
			b.Buf = append(append(b.Buf[:off], name...), '_')
			b.Buf = strconv.AppendInt(b.Buf, int64(last[name]), 10)
			_, taken = last[viewOf(b.Buf[off:])]
		}
		f.Span = record.Span{Off: uint32(off), Len: uint32(len(b.Buf) - off)}
		last[viewOf(b.Buf[off:])] = 1
	}
}

// viewOf returns s as a string, as long as nobody writes to it.
func viewOf(s []byte) string { return unsafe.String(unsafe.SliceData(s), len(s)) }
