package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"time"

	"logskiff/readers"
	"logskiff/record"
	"logskiff/record/varint"
)

// Kind is the kind of this reader, in a configuration and in the states that it makes.
const Kind = "file"

// stateVersion is that of the layout which Identity.State makes. A new layout gets a new number, and IdentityOf
// goes on reading all older ones. agent/checkpoint stores version 1 as releases did that knew no other reader,
// so these can be gone back to.
const stateVersion = 1

// Identity is what a stream's file is found again by after a restart: the readers.State of this reader.
type Identity struct {
	Device uint64
	Inode  uint64
	Epoch  uint64 // 0, or what tells this incarnation from earlier ones with the same beginning

	// FingerLen first bytes hash to Finger. They are what was handed out, up to a KiB, or, as long as
	// nothing was, the whole lines of it that were there at first sight. Older versions
	// stored one of the first KiB, read or not; it holds until the next record.
	FingerLen uint16
	Finger    uint64

	Modified time.Time       // last modification time seen
	Gone     time.Time       // when it was found to have no name any more; zero: it has one
	Spool    string          // file name below the spool folder that holds its unread rest, or ""
	SpoolAt  int64           // offset in the stream of the spool file's first byte
	Join     record.StreamID // whose last record also has the first JoinLen bytes of this stream
	JoinLen  int64
	Since    int64 // others may have had Path since then, nanoseconds since 1970, and have no stream yet; 0: none had
	Cut      int64 // a record that begins before this offset ends there at the latest; 0: none does
}

// What follows in a state of version 1. The bits of the flags that are left out are agent/checkpoint's.
const (
	hasModified = 1 << (iota + 1)
	hasGone
	hasSpool
	hasCut
	hasJoin
	hasSince
)

// State returns i as it is stored.
func (i *Identity) State() readers.State {
	var room [96]byte
	return readers.State{Reader: Kind, Version: stateVersion, Data: string(i.append(room[:0]))}
}

func (i *Identity) append(dst []byte) []byte {
	flags := byte(0)
	for flag, has := range [...]bool{!i.Modified.IsZero(), !i.Gone.IsZero(), i.Spool != "", i.Cut != 0, i.JoinLen != 0, i.Since != 0} {
		if has {
			flags |= hasModified << flag
		}
	}
	dst = append(dst, flags)
	for _, v := range [...]uint64{i.Device, i.Inode, i.Epoch, uint64(i.FingerLen)} {
		dst = binary.AppendUvarint(dst, v)
	}
	dst = binary.LittleEndian.AppendUint64(dst, i.Finger)
	if flags&hasModified != 0 {
		dst = appendTime(dst, i.Modified)
	}
	if flags&hasGone != 0 {
		dst = appendTime(dst, i.Gone)
	}
	if flags&hasSpool != 0 {
		dst = append(binary.AppendUvarint(dst, uint64(len(i.Spool))), i.Spool...)
		dst = binary.AppendUvarint(dst, uint64(i.SpoolAt))
	}
	if flags&hasCut != 0 {
		dst = binary.AppendUvarint(dst, uint64(i.Cut))
	}
	if flags&hasJoin != 0 {
		dst = append(dst, i.Join[:]...)
		dst = binary.AppendUvarint(dst, uint64(i.JoinLen))
	}
	if flags&hasSince != 0 {
		dst = binary.AppendUvarint(dst, uint64(i.Since))
	}
	return dst
}

func appendTime(dst []byte, t time.Time) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(t.Unix()))
	return binary.AppendUvarint(dst, uint64(t.Nanosecond()))
}

// IdentityOf reads what State made, in this version or an older one.
func IdentityOf(s readers.State) (i Identity, err error) {
	switch {
	case s.Reader != Kind:
		return i, fmt.Errorf("it is a state of reader.%s", s.Reader)
	case s.Version != stateVersion:
		return i, fmt.Errorf("its state has version %d, this program knows up to %d: a newer one stored it", s.Version, stateVersion)
	}
	d := stateDecoder{varint.Decoder[string]{Rest: s.Data}}
	flags := d.Take(1)
	if d.Bad || flags[0]&^(hasModified|hasGone|hasSpool|hasCut|hasJoin|hasSince) != 0 {
		return i, errState
	}
	i.Device, i.Inode, i.Epoch = d.Uvarint(), d.Uvarint(), d.Uvarint()
	finger := d.Uvarint()
	i.FingerLen, d.Bad = uint16(finger), d.Bad || finger > 1<<16-1
	i.Finger = d.Uint64()
	if flags[0]&hasModified != 0 {
		i.Modified = d.time()
	}
	if flags[0]&hasGone != 0 {
		i.Gone = d.time()
	}
	if flags[0]&hasSpool != 0 {
		i.Spool = d.Take(d.some())
		i.SpoolAt = d.Size()
	}
	if flags[0]&hasCut != 0 {
		i.Cut = d.some()
	}
	if flags[0]&hasJoin != 0 {
		copy(i.Join[:], d.Take(int64(len(i.Join))))
		i.JoinLen = d.some()
	}
	if flags[0]&hasSince != 0 {
		i.Since = d.some()
	}
	if d.Bad || d.Rest != "" {
		return Identity{}, errState
	}
	return i, nil
}

var errState = errors.New("its state is damaged")

// stateDecoder takes the fields of a state off its front.
type stateDecoder struct{ varint.Decoder[string] }

// some reads one that would not have been stored if it were 0.
func (d *stateDecoder) some() int64 {
	v := d.Size()
	d.Bad = d.Bad || v == 0
	return v
}

func (d *stateDecoder) time() time.Time {
	seconds, nanos := int64(d.Uint64()), d.Uvarint()
	if d.Bad || nanos >= 1e9 {
		d.Take(-1)
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}

// stored is a checkpoint and what its state says.
type stored struct {
	readers.Checkpoint
	Identity
}

// storedOf returns what a checkpoint of this reader says. own is false for one of another kind of reader, which
// the source had before: it is none of ours, and stays as it is.
func storedOf(c *readers.Checkpoint) (s stored, own bool, err error) {
	if c.State.Reader != Kind {
		return s, false, nil
	}
	s.Checkpoint = *c
	if s.Identity, err = IdentityOf(c.State); err != nil {
		return s, true, fmt.Errorf("cannot use what is stored of stream %s (%s): %w", c.ID, c.Path, err)
	}
	return s, true, nil
}

// readable tells why a checkpoint of this reader cannot be read: to take it for none would lose or repeat what it stands for.
func readable(all iter.Seq[readers.Checkpoint]) error {
	if all == nil {
		return nil
	}
	for c := range all {
		if _, _, err := storedOf(&c); err != nil {
			return err
		}
	}
	return nil
}
