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
func list(path string) ([]entry, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var all []entry
	for buf := make([]byte, 128<<10); ; {
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
		all = appendEntries(all, buf[:n], path)
	}
	slices.SortFunc(all, func(a, b entry) int { return compareStrings(a.name, b.name) })
	return all, nil
}

// appendEntries reads what getdents64(2) wrote: an inode number, eight bytes not
// needed here, the length of the whole, a type, and the name with a NUL.
func appendEntries(all []entry, buf []byte, path string) []entry {
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
			kind = kindOf(path + "/" + e.name)
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

func isLink(path string) bool { return kindOf(path) == unix.DT_LNK }

// kindOf asks for a type where the file system does not list it.
func kindOf(path string) byte {
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return unix.DT_UNKNOWN
	}
	return byte(st.Mode & unix.S_IFMT >> 12) // how the kernel makes one of the other
}

// regulars returns all regular files of a folder with what stat says of them. Files
// that are renamed meanwhile, as logrotate does with a whole row, are not missed: it
// looks again until nothing was.
func regulars(dir string, breathe func()) ([]found, error) {
	before, err := list(dir)
	for tries := 0; err == nil; tries++ {
		all := make([]found, 0, len(before))
		for n, e := range before {
			if n%64 == 63 {
				breathe()
			}
			if e.folder || e.other || e.link {
				continue
			}
			if i, born, err := statBorn(dir + "/" + e.name); err == nil && i.regular() {
				all = append(all, found{place: place{nil, e.name}, info: i, born: born})
			}
		}
		var after []entry
		if after, err = list(dir); err == nil && (slices.Equal(before, after) || tries == 50) {
			return all, nil
		}
		before = after
	}
	return nil, err
}

// found opens a file that was found, under the name it has now.
func (o *opener) found(dir string, x *found) (fd int, i info, err error) {
	for range 10 {
		fd, i, err = o.read(dir + "/" + x.name)
		if err == nil && i.inode == x.inode {
			if x.born == 0 || birth(fd) == x.born {
				return fd, i, nil
			}
			unix.Close(fd) // it is deleted, and another file has its inode
			break
		}
		if err == nil {
			unix.Close(fd)
		} else if !gone(err) {
			return -1, info{}, err
		}
		all, err := list(dir)
		if err != nil {
			return -1, info{}, err
		}
		at := slices.IndexFunc(all, func(e entry) bool { return e.ino == x.ino && !e.folder && !e.link && !e.other })
		if at < 0 {
			break
		}
		x.name = all[at].name
	}
	return -1, info{}, unix.ENOENT
}

// open opens f where it is now, by a descriptor of the caller's own.
func (f *file) open() (fd int, i info, err error) {
	if f.folder == nil {
		return -1, info{}, unix.ENOENT
	}
	x := found{place: place{nil, f.base}, info: info{inode: f.inode}, born: f.birth}
	return f.folder.opener.found(f.folder.path, &x)
}
