package file

import (
	"bytes"
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"
)

// entry is one name in a folder.
type entry struct {
	name   string
	ino    uint64 // as the folder says; on overlay file systems stat may say another
	folder bool
	link   bool
	other  bool // neither file, folder nor link
}

// list returns the names in a folder, sorted. As many of them as fit into one call of
// getdents64(2), some thousands, are one view of the folder: a file that is
// renamed meanwhile is in it once.
func (s system) list(path string, p *pulse) ([]entry, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var all []entry
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
		all = appendEntries(all, buf[:n], func(name string) byte { return s.kindOf(path + "/" + name) })
	}
	slices.SortFunc(all, func(a, b entry) int { return compareStrings(a.name, b.name) })
	return all, nil
}

// appendEntries reads what getdents64(2) wrote: an inode number, eight bytes not
// needed here, the length of the whole, a type, and the name with a NUL.
func appendEntries(all []entry, buf []byte, kindOf func(name string) byte) []entry {
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
		e := entry{name: string(name), ino: ino}
		if kind == unix.DT_UNKNOWN {
			kind = kindOf(e.name)
		}
		switch kind {
		case unix.DT_REG:
		case unix.DT_DIR:
			e.folder = true
		case unix.DT_LNK:
			e.link = true
		default:
			e.other = true
		}
		all = append(all, e)
	}
	return all
}

// kindOf asks for a type where the file system does not list it.
func (system) kindOf(path string) byte {
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return unix.DT_UNKNOWN
	}
	return byte(st.Mode & unix.S_IFMT >> 12) // how the kernel makes one of the other
}
