package disk

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Entry is one name in a folder.
type Entry struct {
	Name   string
	Ino    uint64 // as the folder says; on overlay file systems stat may say another
	Folder bool
	Link   bool
	Other  bool // neither file, folder nor link
}

// List returns the names in a folder, sorted. As many of them as fit into one call of
// getdents64(2), some thousands, are one view of the folder: a file that is
// renamed meanwhile is in it once.
func (s System) List(path string, p *Pulse) ([]Entry, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var all []Entry
	for buf := make([]byte, 128<<10); ; {
		p.beat()
		n, err := unix.Getdents(fd, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n <= 0 {
			break
		}
		all = appendEntries(all, buf[:n], func(name string) byte { return s.KindOf(path + "/" + name) })
	}
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// appendEntries reads what getdents64(2) wrote: an inode number, eight bytes not
// needed here, the length of the whole, a type, and the name with a NUL.
func appendEntries(all []Entry, buf []byte, kindOf func(name string) byte) []Entry {
	const head = 8 + 8 + 2 + 1
	for len(buf) > head {
		size := int(binary.NativeEndian.Uint16(buf[16:]))
		if size <= head || size > len(buf) {
			break
		}
		name := buf[head:size]
		if i := bytes.IndexByte(name, 0); i >= 0 {
			name = name[:i]
		}
		ino, kind := binary.NativeEndian.Uint64(buf), buf[18]
		buf = buf[size:]
		if string(name) == "." || string(name) == ".." {
			continue
		}
		e := Entry{Name: string(name), Ino: ino}
		if kind == unix.DT_UNKNOWN {
			kind = kindOf(e.Name)
		}
		switch kind {
		case unix.DT_REG:
		case unix.DT_DIR:
			e.Folder = true
		case unix.DT_LNK:
			e.Link = true
		default:
			e.Other = true
		}
		all = append(all, e)
	}
	return all
}

// KindOf asks for a type where the file system does not list it.
func (System) KindOf(path string) byte {
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return unix.DT_UNKNOWN
	}
	return byte(st.Mode & unix.S_IFMT >> 12) // how the kernel makes one of the other
}
