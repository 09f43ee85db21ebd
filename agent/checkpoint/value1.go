package checkpoint

import (
	"encoding/binary"

	"logskiff/readers"
	"logskiff/record"
	"logskiff/record/varint"
)

// A value of version 1 is from when files were all that could be followed, and what is now the state of reader.file stood
// among the names and the size:
//
//	version, flags | path | [name] | device inode epoch, fingerprint | size | [modified] … [since] | [real] | cursor
//
// Streams of files are stored so still: an older version of the agent reads them, and can be gone back to. Only this file knows it. As a
// state, what is the reader's stands together behind its flags: see readers/file Identity.
const (
	fileReader  = "file"
	fileVersion = 1
)

// Which optional fields follow; hasName, too.
const (
	hasModified = 1 << (iota + 1)
	hasGone
	hasSpool
	hasCut
	hasJoin
	hasSince // since format 2
	hasReal  // since format 3
)

const fileFlags = hasModified | hasGone | hasSpool | hasCut | hasJoin | hasSince

// ofFile tells whether k, with a state of that data, can be stored in version 1, and how many bytes of the data stand before the size.
func ofFile[D data](k *readers.Known, state D) (before int, ok bool) {
	if k.State.Reader != fileReader || k.State.Version != fileVersion || k.Unit != record.Bytes || len(state) == 0 {
		return 0, false
	}
	flags := state[0]
	d := varint.Decoder[D]{Rest: state[1:]}
	stepHead(&d)
	before = len(state) - len(d.Rest)
	stepTail(&d, flags)
	return before, !d.Bad && len(d.Rest) == 0 && flags&^fileFlags == 0
}

func appendBody1[D data](dst []byte, c *readers.Checkpoint, state D, before int) []byte {
	flags := state[0]
	if c.Name != c.Path {
		flags |= hasName
	}
	if c.Real != "" {
		flags |= hasReal
	}
	dst = append(dst, valueOfFiles, flags)
	dst = appendString(dst, c.Path)
	if flags&hasName != 0 {
		dst = appendString(dst, c.Name)
	}
	dst = append(dst, state[1:before]...)
	dst = binary.AppendUvarint(dst, uint64(c.Size))
	dst = append(dst, state[before:]...)
	if flags&hasReal != 0 {
		dst = appendString(dst, c.Real)
	}
	return appendCursor(dst, c)
}

// decodeBody1 reads it behind its version. The state is in d.spare.
func decodeBody1(d *decoder) (c readers.Checkpoint, state []byte) {
	flags := d.Byte()
	c.Path = d.string()
	c.Name = c.Path
	if flags&hasName != 0 {
		c.Name = d.string()
	}
	from := d.Rest
	stepHead(&d.Decoder)
	state = append(append(d.spare[:0], flags&fileFlags), from[:len(from)-len(d.Rest)]...)
	c.Size = d.Size()
	from = d.Rest
	stepTail(&d.Decoder, flags)
	state = append(state, from[:len(from)-len(d.Rest)]...)
	d.spare = state
	if flags&hasReal != 0 {
		c.Real = d.string()
		d.Bad = d.Bad || c.Real == "" // never written so
	}
	c.State.Reader, c.State.Version = fileReader, fileVersion
	decodeCursor(d, &c)
	return c, state
}

// stepHead steps over device, inode, epoch and the fingerprint.
func stepHead[D data](d *varint.Decoder[D]) {
	d.Uvarint()
	d.Uvarint()
	d.Uvarint()
	d.Bad = d.Uvarint() > 1<<16-1 || d.Bad
	d.Take(8)
}

// stepTail steps over what stands behind the size.
func stepTail[D data](d *varint.Decoder[D], flags byte) {
	for _, flag := range [...]byte{hasModified, hasGone} {
		if flags&flag != 0 {
			d.Take(8)
			d.Bad = d.Uvarint() >= 1e9 || d.Bad
		}
	}
	if flags&hasSpool != 0 {
		n := d.Size()
		d.Bad = n == 0 || d.Bad
		d.Take(n)
		d.Size()
	}
	if flags&hasCut != 0 {
		d.Bad = d.Size() == 0 || d.Bad
	}
	if flags&hasJoin != 0 {
		d.Take(int64(len(record.StreamID{})))
		d.Bad = d.Size() == 0 || d.Bad
	}
	if flags&hasSince != 0 {
		d.Bad = d.Size() == 0 || d.Bad
	}
}
