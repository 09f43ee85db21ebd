package checkpoint

import (
	"bytes"
	"encoding/binary"

	"logskiff/readers"
	"logskiff/record"
)

// An entry of the journal is
//
//	magic "LsJ1" | sequence, 8 bytes | length of the payload, 4 bytes | payload | CRC32C of all but the magic
//
// in little-endian order. The magic and the sequence, which rises by one from
// entry to entry, tell an entry from a zeroed page (a length of 0 with a
// checksum of 0 would be valid) and show when one is missing. A payload is
//
//	operation | pipeline name | what the operation needs
//
// Entries hold what is so afterwards, not what was added, so that one that is
// applied twice does no harm.
const (
	journalMagic  = "LsJ1"
	entryHead     = len(journalMagic) + 8 + 4
	entryOverhead = entryHead + 4
	mostPayload   = 1 << 20 // a longer one was never written
)

const (
	opPut    = 1 // id, body: a whole checkpoint
	opCursor = 2 // id, cursor of a known stream
	opForget = 3 // ids
	opBase   = 4 // nothing: the entries from here on make up for all before
	opMark   = 5 // nothing: the database had everything up to this sequence
	opLooked = 6 // a time, 8 bytes: when all there was had been found; since format 3
)

// beginEntry starts an entry at the end of dst; endEntry completes it.
func beginEntry(dst []byte, seq uint64, op byte, pipeline string) []byte {
	dst = append(dst, journalMagic...)
	dst = binary.LittleEndian.AppendUint64(dst, seq)
	dst = append(dst, 0, 0, 0, 0, op)
	return appendString(dst, pipeline)
}

func endEntry(dst []byte, start int) []byte {
	binary.LittleEndian.PutUint32(dst[start+entryHead-4:], uint32(len(dst)-start-entryHead))
	return binary.LittleEndian.AppendUint32(dst, checksum(dst[start+len(journalMagic):]))
}

func appendPut(dst []byte, seq uint64, pipeline string, e *entry, t *forms) []byte {
	start := len(dst)
	dst = beginEntry(dst, seq, opPut, pipeline)
	dst = e.appendBody(append(dst, e.id[:]...), t)
	return endEntry(dst, start)
}

func appendCursorEntry(dst []byte, seq uint64, pipeline string, c *readers.Checkpoint) []byte {
	start := len(dst)
	dst = beginEntry(dst, seq, opCursor, pipeline)
	dst = appendCursor(append(dst, c.ID[:]...), c)
	return endEntry(dst, start)
}

func appendForget(dst []byte, seq uint64, pipeline string, ids []record.StreamID) []byte {
	start := len(dst)
	dst = beginEntry(dst, seq, opForget, pipeline)
	for _, id := range ids {
		dst = append(dst, id[:]...)
	}
	return endEntry(dst, start)
}

func appendLooked(dst []byte, seq uint64, pipeline string, at int64) []byte {
	start := len(dst)
	dst = beginEntry(dst, seq, opLooked, pipeline)
	return endEntry(binary.LittleEndian.AppendUint64(dst, uint64(at)), start)
}

// appendBare appends an opBase or opMark.
func appendBare(dst []byte, seq uint64, op byte) []byte {
	start := len(dst)
	return endEntry(beginEntry(dst, seq, op, ""), start)
}

// operation is a decoded payload.
type operation struct {
	op       byte
	pipeline string
	c        readers.Checkpoint // opPut; opCursor: id, position and ledger only
	ids      []record.StreamID  // opForget
	looked   int64              // opLooked
}

func decodePayload(payload []byte, d *decoder) (o operation, ok bool) {
	d.Rest, d.Bad = payload, false
	o.op, o.pipeline = d.Byte(), d.string()
	switch o.op {
	case opPut:
		id := record.StreamID(idBytes(d))
		o.c = decodeWhole(d)
		o.c.ID = id
	case opCursor:
		o.c.ID = idBytes(d)
		decodeCursor(d, &o.c)
	case opForget:
		for len(d.Rest) > 0 {
			o.ids = append(o.ids, idBytes(d))
		}
	case opLooked:
		o.looked = int64(d.Uint64())
	case opBase, opMark:
	default:
		return o, false
	}
	return o, !d.Bad && len(d.Rest) == 0 && addsUp(&o.c) == nil
}

func idBytes(d *decoder) (id record.StreamID) {
	copy(id[:], d.Take(int64(len(id))))
	return id
}

// scanJournal calls yield for every sound entry in data, in order, and returns
// where the last one ends. Bytes between sound entries are stepped over: the
// caller sees from the sequence whether something is missing.
func scanJournal(data []byte, yield func(seq uint64, payload []byte)) (end int) {
	for at := 0; ; {
		next := bytes.Index(data[at:], []byte(journalMagic))
		if next < 0 {
			return end
		}
		at += next
		seq, payload, ok := soundEntry(data[at:])
		if !ok {
			at++
			continue
		}
		yield(seq, payload)
		at += entryOverhead + len(payload)
		end = at
	}
}

// soundEntry reads the entry at the beginning of data.
func soundEntry(data []byte) (seq uint64, payload []byte, ok bool) {
	if len(data) < entryOverhead {
		return 0, nil, false
	}
	n := binary.LittleEndian.Uint32(data[entryHead-4:])
	if n > mostPayload || int(n) > len(data)-entryOverhead {
		return 0, nil, false
	}
	end := entryHead + int(n)
	if binary.LittleEndian.Uint32(data[end:]) != checksum(data[len(journalMagic):end]) {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint64(data[len(journalMagic):]), data[entryHead:end], true
}
