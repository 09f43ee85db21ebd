package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"

	"logskiff/readers"
	"logskiff/record"
)

// The first byte of every stored value and of every checkpoint in the journal. A new
// layout gets a new number, and decodeBody goes on reading all older ones.
const (
	valueOfFiles = 1 // see value1.go
	valueOfAll   = 2
)

var errValue = errors.New("its value is damaged")

// Which optional fields follow, in a value of version 2.
const (
	hasName    = 1 << iota // Name is not Path
	hasReal2               // Real is not ""
	hasEntries             // the unit is record.Entries
)

// data is that of a reader's state, as who has it keeps it.
type data interface{ ~string | ~[]byte }

// appendValue appends what the database keeps for e: the body and a CRC32C that
// also covers where it belongs, since bbolt does not notice flipped bits.
func appendValue(dst []byte, pipeline string, e *entry, t *forms) []byte {
	start := len(dst)
	dst = e.appendBody(dst, t)
	return binary.LittleEndian.AppendUint32(dst, checksum([]byte(pipeline), e.id[:], dst[start:]))
}

// decodeValue reads what appendValue wrote. It keeps nothing of v, of which, or of spare, the data of the state is: with
// the rest of the checkpoint that stays empty.
func decodeValue(v []byte, pipeline string, id record.StreamID, d *decoder) (c readers.Checkpoint, state []byte, sum uint32, err error) {
	if len(v) < 4 {
		return c, nil, 0, errValue
	}
	body, sum := v[:len(v)-4], binary.LittleEndian.Uint32(v[len(v)-4:])
	if sum != checksum([]byte(pipeline), id[:], body) {
		return c, nil, 0, errValue
	}
	d.Rest, d.Bad = body, false
	c, state = decodeBody(d)
	c.ID = id
	if d.Bad || len(d.Rest) > 0 || addsUp(&c) != nil {
		return readers.Checkpoint{}, nil, 0, errValue
	}
	return c, state, sum, nil
}

// appendBody appends all of c but its id, with a state of that data: in the version that releases before this one read, too,
// if they know such streams.
func appendBody[D data](dst []byte, c *readers.Checkpoint, state D) []byte {
	if before, ok := ofFile(&c.Known, state); ok {
		return appendBody1(dst, c, state, before)
	}
	flags := byte(0)
	if c.Name != c.Path {
		flags |= hasName
	}
	if c.Real != "" {
		flags |= hasReal2
	}
	if c.Unit == record.Entries {
		flags |= hasEntries
	}
	dst = append(dst, valueOfAll, flags)
	dst = appendString(dst, c.Path)
	if flags&hasName != 0 {
		dst = appendString(dst, c.Name)
	}
	if flags&hasReal2 != 0 {
		dst = appendString(dst, c.Real)
	}
	dst = append(appendString(dst, c.State.Reader), c.State.Version)
	dst = append(binary.AppendUvarint(dst, uint64(len(state))), state...)
	dst = binary.AppendUvarint(dst, uint64(c.Size))
	return appendCursor(dst, c)
}

// decodeBody reads what appendBody wrote. The data of the state is valid until d is used again.
func decodeBody(d *decoder) (c readers.Checkpoint, state []byte) {
	switch d.Byte() {
	case valueOfFiles:
		return decodeBody1(d)
	case valueOfAll:
	default:
		d.Take(-1)
		return c, nil
	}
	flags := d.Byte()
	d.Bad = d.Bad || flags&^(hasName|hasReal2|hasEntries) != 0
	c.Path = d.string()
	c.Name = c.Path
	if flags&hasName != 0 {
		c.Name = d.string()
	}
	if flags&hasReal2 != 0 {
		c.Real = d.string()
	}
	if flags&hasEntries != 0 {
		c.Unit = record.Entries
	}
	c.State.Reader, c.State.Version = d.string(), d.Byte()
	state = d.Take(d.Size())
	c.Size = d.Size()
	decodeCursor(d, &c)
	return c, state
}

// decodeWhole reads what appendBody wrote, for whom keeps it.
func decodeWhole(d *decoder) readers.Checkpoint {
	c, state := decodeBody(d)
	c.State.Data = string(state)
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
	c.Offset, c.Skipped, c.Delivered, c.Quarantined, c.Lost = d.Size(), d.Size(), d.Size(), d.Size(), d.Size()
	c.Anchor.Len = d.uint16()
	c.Anchor.Sum = d.Uint64()
}

func (d *decoder) uint16() uint16 {
	v := d.Uvarint()
	if v > 1<<16-1 {
		d.Take(-1)
		return 0
	}
	return uint16(v)
}

// addsUp checks the ledger: Offset = Skipped + Delivered + Quarantined + Lost.
func addsUp(c *readers.Checkpoint) error {
	if min(c.Offset, c.Skipped, c.Delivered, c.Quarantined, c.Lost, c.Size) < 0 ||
		c.Offset != c.Skipped+c.Delivered+c.Quarantined+c.Lost {
		return fmt.Errorf("its ledger does not add up: offset %d = skipped %d + delivered %d + quarantined %d + lost %d",
			c.Offset, c.Skipped, c.Delivered, c.Quarantined, c.Lost)
	}
	return nil
}
