package file

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"logskiff/readers/file/disk"
)

// packed names the compression that a file's first bytes show, or "".
func packed(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 0x08}):
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	case bytes.HasPrefix(head, []byte("BZh")), bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return "other"
	}
	return ""
}

// stamp tells whether a file was changed.
type stamp struct{ size, mtime int64 }

func stampOf(i disk.Info) stamp { return stamp{i.Size, i.Mtime} }

// archive reads the decompressed bytes of a compressed file.
type archive struct {
	path, kind string
	size       int64 // decompressed

	disk disk.Disk
	fd   int // kept: the next rotation renames it; -1: closed
	off  int64
	dec  io.Reader
	zst  *zstd.Decoder
	at   int64 // offset of win
	win  []byte
}

// newArchive reads the compressed file behind fd, which it owns from now on.
func (r *Reader) newArchive(fd int, path, kind string) *archive {
	return &archive{path: path, kind: kind, disk: disk.Disk{Mounts: r.disk.Mounts}, fd: fd}
}

// Read reads the compressed bytes.
func (a *archive) Read(p []byte) (int, error) {
	n, err := a.disk.PreadFull(a.fd, p, a.off)
	a.off += int64(n)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

// rewind begins at the beginning.
func (a *archive) rewind() (err error) {
	if a.zst != nil {
		a.zst.Close()
		a.zst = nil
	}
	a.off = 0
	in := bufio.NewReaderSize(a, 64<<10) // a new one: a read that hangs keeps the old one's buffer
	a.at, a.win = 0, a.win[:0]
	switch a.kind {
	case "gzip":
		a.dec, err = gzip.NewReader(in)
	case "zstd":
		a.zst, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		a.dec = a.zst
	default:
		err = fmt.Errorf("cannot decompress %s", a.path)
	}
	return err
}

func (a *archive) close() {
	if a.zst != nil {
		a.zst.Close()
		a.zst = nil
	}
	if a.fd >= 0 {
		a.disk.CloseFD(a.fd)
		a.fd = -1
	}
	a.dec = nil
}

// readAt fills p from off on, or to the end. Offsets rise, apart from steps back
// by less than the last call read; anything else starts from the beginning.
func (a *archive) readAt(p []byte, off int64) (n int, err error) {
	defer func() {
		if err != nil {
			a.dec = nil
		}
	}()
	if a.dec == nil || off < a.at {
		if err := a.rewind(); err != nil {
			return 0, err
		}
	}
	if end := a.at + int64(len(a.win)); off > end {
		a.win = a.win[:0]
		skipped, err := io.CopyN(io.Discard, a.dec, off-end)
		a.at = end + skipped
		if err != nil {
			return 0, err
		}
	} else {
		a.win = a.win[:copy(a.win, a.win[off-a.at:])]
		a.at = off
	}
	if have := len(a.win); have < len(p) {
		if cap(a.win) < len(p) {
			a.win = append(make([]byte, 0, len(p)), a.win...)
		}
		n, err := io.ReadFull(a.dec, a.win[have:len(p)])
		a.win = a.win[:have+n]
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return copy(p, a.win), err
		}
	}
	return copy(p, a.win), nil
}

// goOnIn makes f read on in a compressed copy of itself, the file behind fd, if that
// begins like f and reads like it before the cursor. It takes fd over.
func (r *Reader) goOnIn(p *pass, f *file, fd int, i disk.Info, path, kind string) bool {
	a := r.newArchive(fd, path, kind)
	size, ok := r.scanArchive(a, f)
	if ok {
		r.archives[i.Inode] = stampOf(i)
	}
	if !ok {
		a.close()
		return false
	}
	if size < int64(f.fingerLen) {
		head := make([]byte, size)
		a.dec = nil // it was read to its end
		n, err := a.readAt(head, 0)
		if err != nil || int64(n) < size {
			a.close()
			return false
		}
		if size < f.read {
			p.leaves(f, size, sum(head), uint16(n))
		} else {
			f.shorten(head)
		}
	} else if size < f.read {
		p.leaves(f, size, f.finger, f.fingerLen)
	}
	if size < f.read {
		a.close()
		return false
	}
	a.size, a.dec = size, nil
	r.lose(f, f.size-size, "not in the compressed copy")
	f.size, f.tried, f.displaced = size, -1, true
	own := f.own()
	own.arch, own.missing, own.goneAt, own.short = a, 0, 0, 0
	r.packed[f] = struct{}{}
	r.put(f, unpacked(i.Inode))
	if f.behind() {
		r.log.Info("resumed: reading on in a compressed copy", "path", f.stream.Path, "copy", path, "stream", f.stream.ID, "offset", f.read)
	}
	r.care(f)
	r.publish(f)
	r.push(f)
	return true
}

// unpacked is the inode under which the unpacked bytes of a compressed file are filed:
// whoever looks for the packed ones must not find them.
func unpacked(n disk.Inode) disk.Inode { return disk.Inode{Dev: n.Dev, Ino: ^n.Ino} }

// scanArchive decompresses a file once, without the lock, and compares it with f.
func (r *Reader) scanArchive(a *archive, f *file) (size int64, ok bool) {
	want := *f // the fields that matter do not change: f has nowhere to be read from
	r.unlock()
	defer func() {
		r.mu.Lock()
		r.disk.Add(&a.disk)
	}()
	if a.rewind() != nil {
		return 0, false
	}
	head := make([]byte, want.fingerLen)
	m, err := fillFrom(a.dec, head)
	if err != nil && err != io.EOF || !r.begins(&want, head[:m]) {
		return 0, false
	}
	if a.rewind() != nil {
		return 0, false
	}
	back := int64(want.anchorLen)
	n, err := io.CopyN(io.Discard, a.dec, want.read-back)
	if err != nil {
		return n, err == io.EOF // it ends before the cursor
	}
	before := make([]byte, back)
	m, err = fillFrom(a.dec, before)
	if err != nil {
		return n + int64(m), err == io.EOF
	}
	if !anchorMatches(want.anchor(), before) {
		return 0, false
	}
	rest, err := io.Copy(io.Discard, a.dec)
	return n + back + rest, err == nil
}
