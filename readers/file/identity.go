package file

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"logskiff/readers/file/disk"
	"logskiff/record"
)

// firstLine returns the part of a file's beginning that its identity is made
// of: the first line with its newline, or the first KiB. It is nil while the file
// is too short to tell, unless whole says that nothing will follow.
func firstLine(head []byte, whole bool) []byte {
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		return head[:i+1]
	}
	if len(head) >= headLen || whole && len(head) > 0 {
		return head[:min(len(head), headLen)]
	}
	return nil
}

// streamID is deterministic, so that the same bytes get the same id even when
// the checkpoints were lost. The epoch tells contents of one inode apart that
// begin with the same line.
func streamID(agent [16]byte, n disk.Inode, born int64, first []byte, epoch uint64) record.StreamID {
	var h [16 + 4*8]byte
	copy(h[:], agent[:])
	binary.LittleEndian.PutUint64(h[16:], n.Dev)
	binary.LittleEndian.PutUint64(h[24:], n.Ino)
	binary.LittleEndian.PutUint64(h[32:], uint64(born))
	binary.LittleEndian.PutUint64(h[40:], epoch)
	s := sha256.New()
	s.Write(h[:])
	s.Write(first)
	var id record.StreamID
	copy(id[:], s.Sum(nil))
	return id
}
