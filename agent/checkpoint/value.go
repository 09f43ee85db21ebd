package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"

	"logskiff/readers"
	"logskiff/record"
)

// valueVersion is the first byte of every stored value and of every checkpoint
// in the journal. A new layout gets a new number, and decodeBody goes on
// reading all older ones.
const valueVersion = 1

var errValue = errors.New("its value is damaged")

// Which optional fields follow.
const (
	hasName = 1 << iota // Name is not Path
	hasModified
	hasGone
	hasSpool
	hasCut
	hasJoin
	hasSince // since format 2
	hasReal  // since format 3
)

// appendValue appends what the database keeps for c: the body and a CRC32C that
// also covers where it belongs, since bbolt does not notice flipped bits.
func appendValue(dst []byte, pipeline string, c *readers.Checkpoint) []byte {
	start := len(dst)
	dst = appendBody(dst, c)
	return binary.LittleEndian.AppendUint32(dst, checksum([]byte(pipeline), c.ID[:], dst[start:]))
}

// decodeValue reads what appendValue wrote. It keeps nothing of v.
func decodeValue(v []byte, pipeline string, id record.StreamID, intern map[string]string) (readers.Checkpoint, uint32, error) {
	if len(v) < 4 {
		return readers.Checkpoint{}, 0, errValue
	}
	body, sum := v[:len(v)-4], binary.LittleEndian.Uint32(v[len(v)-4:])
	if sum != checksum([]byte(pipeline), id[:], body) {
		return readers.Checkpoint{}, 0, errValue
	}
	d := decoder{b: body, intern: intern}
	c := decodeBody(&d)
	c.ID = id
	if d.bad || len(d.b) > 0 || addsUp(&c) != nil {
		return readers.Checkpoint{}, 0, errValue
	}
	return c, sum, nil
}

// appendBody appends all of c but its id.
func appendBody(dst []byte, c *readers.Checkpoint) []byte {
	flags := byte(0)
	if c.Name != c.Path {
		flags |= hasName
	}
	if !c.Modified.IsZero() {
		flags |= hasModified
	}
	if !c.Gone.IsZero() {
		flags |= hasGone
	}
	if c.Spool != "" {
		flags |= hasSpool
	}
	if c.Cut != 0 {
		flags |= hasCut
	}
	if c.JoinLen != 0 {
		flags |= hasJoin
	}
	if c.Since != 0 {
		flags |= hasSince
	}
	if c.Real != "" {
		flags |= hasReal
	}
	dst = append(dst, valueVersion, flags)
	dst = appendString(dst, c.Path)
	if flags&hasName != 0 {
		dst = appendString(dst, c.Name)
	}
	for _, v := range [...]uint64{c.Device, c.Inode, c.Epoch, uint64(c.FingerLen)} {
		dst = binary.AppendUvarint(dst, v)
	}
	dst = binary.LittleEndian.AppendUint64(dst, c.Finger)
	dst = binary.AppendUvarint(dst, uint64(c.Size))
	if flags&hasModified != 0 {
		dst = appendTime(dst, c.Modified)
	}
	if flags&hasGone != 0 {
		dst = appendTime(dst, c.Gone)
	}
	if flags&hasSpool != 0 {
		dst = appendString(dst, c.Spool)
		dst = binary.AppendUvarint(dst, uint64(c.SpoolAt))
	}
	if flags&hasCut != 0 {
		dst = binary.AppendUvarint(dst, uint64(c.Cut))
	}
	if flags&hasJoin != 0 {
		dst = append(dst, c.Join[:]...)
		dst = binary.AppendUvarint(dst, uint64(c.JoinLen))
	}
	if flags&hasSince != 0 {
		dst = binary.AppendUvarint(dst, uint64(c.Since))
	}
	if flags&hasReal != 0 {
		dst = appendString(dst, c.Real)
	}
	return appendCursor(dst, c)
}

func decodeBody(d *decoder) (c readers.Checkpoint) {
	if d.byte() != valueVersion {
		d.take(-1)
		return c
	}
	flags := d.byte()
	c.Path = d.string()
	c.Name = c.Path
	if flags&hasName != 0 {
		c.Name = d.string()
	}
	c.Device, c.Inode, c.Epoch = d.uvarint(), d.uvarint(), d.uvarint()
	c.FingerLen = d.uint16()
	c.Finger, c.Size = d.uint64(), d.size()
	if flags&hasModified != 0 {
		c.Modified = d.time()
	}
	if flags&hasGone != 0 {
		c.Gone = d.time()
	}
	if flags&hasSpool != 0 {
		c.Spool, c.SpoolAt = d.string(), d.size()
		d.bad = d.bad || c.Spool == "" // never written so
	}
	if flags&hasCut != 0 {
		c.Cut = d.size()
		d.bad = d.bad || c.Cut == 0 // never written so
	}
	if flags&hasJoin != 0 {
		c.Join, c.JoinLen = idBytes(d), d.size()
		d.bad = d.bad || c.JoinLen == 0
	}
	if flags&hasSince != 0 {
		c.Since = d.size()
		d.bad = d.bad || c.Since == 0
	}
	if flags&hasReal != 0 {
		c.Real = d.string()
		d.bad = d.bad || c.Real == ""
	}
	decodeCursor(d, &c)
	return c
}

// appendCursor appends what an acknowledgement changes.
func appendCursor(dst []byte, c *readers.Checkpoint) []byte {
	for _, v := range [...]int64{c.Offset, c.Skipped, c.Delivered, c.Quarantined, c.Lost, int64(c.Anchor.Len)} {
		dst = binary.AppendUvarint(dst, uint64(v))
	}
	return binary.LittleEndian.AppendUint64(dst, c.Anchor.Sum)
}

func decodeCursor(d *decoder, c *readers.Checkpoint) {
	c.Offset, c.Skipped, c.Delivered, c.Quarantined, c.Lost = d.size(), d.size(), d.size(), d.size(), d.size()
	c.Anchor.Len = d.uint16()
	c.Anchor.Sum = d.uint64()
}

func (d *decoder) uint16() uint16 {
	v := d.uvarint()
	if v > 1<<16-1 {
		d.take(-1)
		return 0
	}
	return uint16(v)
}

// addsUp checks the ledger: Offset = Skipped + Delivered + Quarantined + Lost.
func addsUp(c *readers.Checkpoint) error {
	if min(c.Offset, c.Skipped, c.Delivered, c.Quarantined, c.Lost, c.Size, c.SpoolAt, c.Cut, c.JoinLen, c.Since) < 0 ||
		c.Offset != c.Skipped+c.Delivered+c.Quarantined+c.Lost {
		return fmt.Errorf("its ledger does not add up: offset %d = skipped %d + delivered %d + quarantined %d + lost %d",
			c.Offset, c.Skipped, c.Delivered, c.Quarantined, c.Lost)
	}
	return nil
}
