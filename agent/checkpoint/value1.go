package checkpoint

import (
	"encoding/binary"

	"logskiff/readers"
	"logskiff/record"
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
	w := walker[D]{rest: state[1:]}
	w.head()
	before = len(state) - len(w.rest)
	w.tail(flags)
	return before, !w.bad && len(w.rest) == 0 && flags&^fileFlags == 0
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
	flags := d.byte()
	c.Path = d.string()
	c.Name = c.Path
	if flags&hasName != 0 {
		c.Name = d.string()
	}
	w := walker[[]byte]{rest: d.b, bad: d.bad}
	w.head()
	state = append(append(d.spare[:0], flags&fileFlags), d.b[:len(d.b)-len(w.rest)]...)
	d.b, d.bad = w.rest, w.bad
	c.Size = d.size()
	w = walker[[]byte]{rest: d.b, bad: d.bad}
	w.tail(flags)
	state = append(state, d.b[:len(d.b)-len(w.rest)]...)
	d.b, d.bad, d.spare = w.rest, w.bad, state
	if flags&hasReal != 0 {
		c.Real = d.string()
		d.bad = d.bad || c.Real == "" // never written so
	}
	c.State.Reader, c.State.Version = fileReader, fileVersion
	decodeCursor(d, &c)
	return c, state
}

// walker steps over fields at the front of rest. bad is set by one that is not there, or was never written so.
type walker[D data] struct {
	rest D
	bad  bool
}

// head steps over device, inode, epoch and the fingerprint.
func (w *walker[D]) head() {
	w.uvarint()
	w.uvarint()
	w.uvarint()
	w.bad = w.uvarint() > 1<<16-1 || w.bad
	w.skip(8)
}

// tail steps over what stands behind the size.
func (w *walker[D]) tail(flags byte) {
	for _, flag := range [...]byte{hasModified, hasGone} {
		if flags&flag != 0 {
			w.skip(8)
			w.bad = w.uvarint() >= 1e9 || w.bad
		}
	}
	if flags&hasSpool != 0 {
		n := w.size()
		w.bad = n == 0 || w.bad
		w.skip(n)
		w.size()
	}
	if flags&hasCut != 0 {
		w.bad = w.size() == 0 || w.bad
	}
	if flags&hasJoin != 0 {
		w.skip(int64(len(record.StreamID{})))
		w.bad = w.size() == 0 || w.bad
	}
	if flags&hasSince != 0 {
		w.bad = w.size() == 0 || w.bad
	}
}

func (w *walker[D]) skip(n int64) {
	if w.bad || n < 0 || n > int64(len(w.rest)) {
		w.bad, w.rest = true, w.rest[:0]
		return
	}
	w.rest = w.rest[n:]
}

// uvarint takes what binary.AppendUvarint wrote.
func (w *walker[D]) uvarint() (v uint64) {
	for i := 0; i < len(w.rest) && i < binary.MaxVarintLen64; i++ {
		c := w.rest[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			w.bad = w.bad || i == binary.MaxVarintLen64-1 && c > 1
			w.skip(int64(i + 1))
			return v
		}
	}
	w.skip(-1)
	return 0
}

// size takes an offset or a number of bytes, which is never negative.
func (w *walker[D]) size() int64 {
	v := int64(w.uvarint())
	if v < 0 {
		w.skip(-1)
		return 0
	}
	return v
}
