package kafka

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strconv"

	"logskiff/record"
	"logskiff/senders"
)

// The record batch, version 2: https://kafka.apache.org/documentation/#recordbatch. Integers are
// big-endian, and those of records are zigzag varints.

const (
	headSize  = 61 // bytes before the records
	crcFrom   = 21 // what the checksum is of begins here
	crcAt     = 17
	lengthAt  = 8
	numbersAt = 43 // producer id, epoch, sequence
	magic     = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// head is what stands before the records of a batch.
type head struct {
	codec           codec
	n               int   // records
	firstAt, mostAt int64 // timestamps, in milliseconds
}

// append appends it, for records that follow and are numbered later.
func (h *head) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, 0)          // offset: the broker's to say
	dst = binary.BigEndian.AppendUint32(dst, 0)          // length, see seal
	dst = binary.BigEndian.AppendUint32(dst, ^uint32(0)) // leader epoch: not known
	dst = append(dst, magic)
	dst = binary.BigEndian.AppendUint32(dst, 0) // checksum, see seal
	dst = binary.BigEndian.AppendUint16(dst, uint16(h.codec))
	dst = binary.BigEndian.AppendUint32(dst, uint32(h.n-1))
	dst = binary.BigEndian.AppendUint64(dst, uint64(h.firstAt))
	dst = binary.BigEndian.AppendUint64(dst, uint64(h.mostAt))
	dst = append(dst, make([]byte, 14)...) // numbers, see seal
	return binary.BigEndian.AppendUint32(dst, uint32(h.n))
}

// seal writes into a whole batch what is known last.
func seal(batch []byte, producer int64, epoch int16, sequence int32) {
	binary.BigEndian.PutUint32(batch[lengthAt:], uint32(len(batch)-lengthAt-4))
	binary.BigEndian.PutUint64(batch[numbersAt:], uint64(producer))
	binary.BigEndian.PutUint16(batch[numbersAt+8:], uint16(epoch))
	binary.BigEndian.PutUint32(batch[numbersAt+10:], uint32(sequence))
	binary.BigEndian.PutUint32(batch[crcAt:], crc32.Checksum(batch[crcFrom:], castagnoli))
}

// timestamp returns a record's time in milliseconds: that of its event, or when it was read.
func timestamp(b *record.Batch, r *record.Record) int64 {
	at := r.Time
	if at == 0 {
		at = b.ReadAt
	}
	return at / 1e6
}

// headers appends the headers of records. Those that are the same for all of a stream are made once.
type headers struct {
	names  []string
	offset bool // is among them
	stream *record.Stream
	ready  bool   // made is of stream
	made   []byte // their number, and all but the value of offset
}

func newHeaders(names []string) headers {
	h := headers{}
	for _, n := range names {
		if n == "offset" {
			h.offset = true
		} else {
			h.names = append(h.names, n)
		}
	}
	return h
}

// of makes ready for records of a stream; nil: of none.
func (h *headers) of(s *record.Stream) {
	if h.ready && s == h.stream {
		return
	}
	h.ready = true
	n := len(h.names)
	if h.offset {
		n++
	}
	h.stream, h.made = s, binary.AppendVarint(h.made[:0], int64(n))
	for _, name := range h.names {
		h.made = appendText(h.made, name)
		h.made = appendText(h.made, headerOf(name, s))
	}
	if h.offset {
		h.made = appendText(h.made, "offset")
	}
}

func headerOf(name string, s *record.Stream) string {
	switch {
	case s == nil:
		return ""
	case name == "stream":
		return hex.EncodeToString(s.ID[:])
	case name == "path":
		return s.Path
	case s.Origin == nil:
		return ""
	case name == "host":
		return s.Origin.Host
	default:
		return s.Origin.Source
	}
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendVarint(dst, int64(len(s))), s...)
}

// append appends the headers of a record at an offset. room is for digits.
func (h *headers) append(dst []byte, offset int64) []byte {
	dst = append(dst, h.made...)
	if !h.offset {
		return dst
	}
	var room [20]byte
	digits := strconv.AppendInt(room[:0], offset, 10)
	return append(binary.AppendVarint(dst, int64(len(digits))), digits...)
}

// size returns how many bytes append appends.
func (h *headers) size(offset int64) int {
	if !h.offset {
		return len(h.made)
	}
	n := digits(offset)
	return len(h.made) + 1 + n
}

func digits(n int64) int {
	count := 1
	for ; n >= 10; n /= 10 {
		count++
	}
	return count
}

// varintSize returns how many bytes binary.AppendVarint appends.
func varintSize(v int64) int {
	u := uint64(v) << 1
	if v < 0 {
		u = ^u
	}
	n := 1
	for ; u >= 0x80; u >>= 7 {
		n++
	}
	return n
}

// kafkaRecord is one record of a batch.
type kafkaRecord struct {
	key    []byte // nil: none
	value  []byte
	offset int64 // in its stream, for the headers
	delta  int64 // of its timestamp to that of the first
	index  int   // in its batch
}

// append appends it; h is ready for its stream.
func (r *kafkaRecord) append(dst []byte, h *headers) []byte {
	keyLen := int64(len(r.key))
	if r.key == nil {
		keyLen = -1
	}
	n := 1 + varintSize(r.delta) + varintSize(int64(r.index)) + varintSize(keyLen) + len(r.key) +
		varintSize(int64(len(r.value))) + len(r.value) + h.size(r.offset)
	dst = binary.AppendVarint(dst, int64(n))
	dst = append(dst, 0) // attributes
	dst = binary.AppendVarint(dst, r.delta)
	dst = binary.AppendVarint(dst, int64(r.index))
	dst = append(binary.AppendVarint(dst, keyLen), r.key...)
	dst = append(binary.AppendVarint(dst, int64(len(r.value))), r.value...)
	return h.append(dst, r.offset)
}

// valueIn returns the value of record i of a payload. false: it has none.
func valueIn(p *senders.Payload, i int) ([]byte, bool) { return valueOf(p.Record(i)) }
