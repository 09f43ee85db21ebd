package file

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"

	"logskiff/record"
)

// The index is a run of entries, each framed as
//
//	magic   4 bytes, so that zeroed blocks are not entries
//	seq     8 bytes little-endian, rising by 1 within a file
//	length  4 bytes, of the payload
//	check   4 bytes, CRC32C of the 16 bytes before it
//	sum     4 bytes, CRC32C of the payload
//	payload
//
// and the payload is, in unsigned varints, the number of the data file (0: none),
// how long that file is with this commit, the time in seconds, the number of
// spans, and for each its stream id (16 bytes), start and length; where streams got an
// owner, the number of these and for each its stream id and the two halves of record.Owner
// (16 bytes each). It ends with
// payloadEnd, which is not zero: an entry whose last blocks never reached the disk
// is told from one whose bytes were changed there.
const (
	magic       = "LKI1"
	frameSize   = 24
	maxPayload  = 64 << 20
	payloadEnd  = 0xE1
	minSpanSize = 18
	ownerSize   = 48
)

var errEntry = errors.New("not an entry")

// owned is a span of one stream.
type owned struct {
	id record.StreamID
	span
}

// entry is one commit, or one stream's part of a snapshot.
type entry struct {
	seq    uint64
	file   uint64 // number of the data file; 0: the entry holds spans only
	end    int64  // length of that file up to which it is committed
	time   int64  // seconds since 1970
	spans  []owned
	owners []ownerOf
}

// ownerOf says whose a stream is.
type ownerOf struct {
	id record.StreamID
	record.Owner
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendEntry appends e to dst.
func appendEntry(dst []byte, e *entry) []byte {
	at := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint64(dst, e.seq)
	dst = append(dst, make([]byte, frameSize-12)...)

	dst = binary.AppendUvarint(dst, e.file)
	dst = binary.AppendUvarint(dst, uint64(e.end))
	dst = binary.AppendUvarint(dst, uint64(e.time))
	dst = binary.AppendUvarint(dst, uint64(len(e.spans)))
	for i := range e.spans {
		s := &e.spans[i]
		dst = append(dst, s.id[:]...)
		dst = binary.AppendUvarint(dst, uint64(s.start))
		dst = binary.AppendUvarint(dst, uint64(s.end-s.start))
	}
	if len(e.owners) > 0 {
		dst = binary.AppendUvarint(dst, uint64(len(e.owners)))
	}
	for i := range e.owners {
		o := &e.owners[i]
		dst = append(append(append(dst, o.id[:]...), o.Agent[:]...), o.Credential[:]...)
	}
	dst = append(dst, payloadEnd)

	frame, payload := dst[at:at+frameSize], dst[at+frameSize:]
	binary.LittleEndian.PutUint32(frame[12:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(frame[16:], crc32.Checksum(frame[:16], castagnoli))
	binary.LittleEndian.PutUint32(frame[20:], crc32.Checksum(payload, castagnoli))
	return dst
}

// frameAt reads the frame that begins src; length is that of the whole entry.
func frameAt(src []byte) (length int, ok bool) {
	if len(src) < frameSize || string(src[:4]) != magic {
		return 0, false
	}
	if crc32.Checksum(src[:16], castagnoli) != binary.LittleEndian.Uint32(src[16:]) {
		return 0, false
	}
	n := binary.LittleEndian.Uint32(src[12:])
	return frameSize + int(n), n <= maxPayload
}

// decodeEntry reads the entry that begins src into e, using e's memory, and
// returns its length.
func decodeEntry(src []byte, e *entry) (int, error) {
	n, ok := frameAt(src)
	if !ok || n > len(src) || n == frameSize {
		return 0, errEntry
	}
	payload := src[frameSize:n]
	if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(src[20:]) ||
		payload[len(payload)-1] != payloadEnd {
		return 0, errEntry
	}
	d := decoder{rest: payload[:len(payload)-1]}
	e.seq = binary.LittleEndian.Uint64(src[4:])
	e.file = uint64(d.number())
	e.end = d.number()
	e.time = d.number()
	count := d.number()
	e.spans = e.spans[:0]
	if count > int64(len(d.rest)/minSpanSize) {
		return 0, errEntry
	}
	for range count {
		var s owned
		s.id = d.id()
		s.start = d.number()
		s.end = s.start + d.number()
		if s.end <= s.start { // empty, or beyond what int64 holds
			return 0, errEntry
		}
		e.spans = append(e.spans, s)
	}
	e.owners = e.owners[:0]
	if len(d.rest) > 0 {
		count := d.number()
		if count < 1 || count > int64(len(d.rest)/ownerSize) {
			return 0, errEntry
		}
		for range count {
			e.owners = append(e.owners, ownerOf{d.id(), record.Owner{Agent: d.id(), Credential: d.id()}})
		}
	}
	if d.bad || len(d.rest) > 0 {
		return 0, errEntry
	}
	return n, nil
}

// decoder reads a payload and remembers that something was wrong.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) number() int64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || v > math.MaxInt64 {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return int64(v)
}

func (d *decoder) id() (id record.StreamID) {
	if len(d.rest) < len(id) {
		d.bad, d.rest = true, nil
		return id
	}
	copy(id[:], d.rest)
	d.rest = d.rest[len(id):]
	return id
}

// scan is what reading an index found besides its entries.
type scan struct {
	lastSeq uint64
	// skipped bytes between good entries cannot come from a crash: the disk, or
	// somebody, changed them.
	skipped int
	// missing counts the places where numbers do not rise by one: entries were taken out.
	missing int
	// tail bytes follow the last good entry. When they are the beginning of an
	// entry, as a crash leaves it, doubtful is false and their batch was never acknowledged.
	tail     int
	doubtful bool
}

// scanEntries calls yield with every good entry of data, in order. The entry is
// valid until yield returns.
func scanEntries(data []byte, yield func(*entry)) scan {
	var s scan
	var e entry
	try := func(at int) int {
		n, err := decodeEntry(data[at:], &e)
		if err != nil || e.seq <= s.lastSeq {
			return 0
		}
		return n
	}
	for pos := 0; pos < len(data); {
		next, n := pos, try(pos)
		for n == 0 {
			i := bytes.Index(data[next+1:], []byte(magic))
			if i < 0 {
				s.tail = len(data) - pos
				s.doubtful = !isTorn(data[pos:])
				return s
			}
			next += 1 + i
			n = try(next)
		}
		s.skipped += next - pos
		if s.lastSeq > 0 && e.seq > s.lastSeq+1 {
			s.missing++
		}
		s.lastSeq = e.seq
		yield(&e)
		pos = next + n
	}
	return s
}

// isTorn reports whether tail is an entry whose end is missing or was never
// filled, which is what a kill or a power cut during its write leaves.
func isTorn(tail []byte) bool {
	filled := bytes.TrimRight(tail, "\x00")
	if len(filled) < frameSize {
		k := min(len(filled), 4)
		return string(filled[:k]) == magic[:k]
	}
	n, ok := frameAt(tail)
	return ok && len(filled) < n
}
