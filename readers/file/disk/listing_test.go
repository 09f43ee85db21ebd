package disk

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// appendDirent appends an entry as the kernel writes it (getdents64(2)): padded to eight bytes.
func appendDirent(buf []byte, ino uint64, kind byte, name string) []byte {
	size := (8 + 8 + 2 + 1 + len(name) + 1 + 7) / 8 * 8
	e := make([]byte, size)
	binary.NativeEndian.PutUint64(e, ino)
	binary.NativeEndian.PutUint16(e[16:], uint16(size))
	e[18] = kind
	copy(e[19:], name)
	return append(buf, e...)
}

// A file server may say anything: what is read of it is within what it said, and what it says well is read.
func FuzzEntriesOfAFolder(f *testing.F) {
	f.Add([]byte{}, uint64(7), byte(unix.DT_REG), "access.log")
	f.Add(appendDirent(appendDirent(nil, 1, unix.DT_DIR, ".."), 2, unix.DT_UNKNOWN, "x"), uint64(9), byte(unix.DT_LNK), "a\nb")
	f.Add(appendDirent(nil, 1, unix.DT_DIR, "cut")[:20], uint64(1), byte(unix.DT_FIFO), ".")
	f.Fuzz(func(t *testing.T, tail []byte, ino uint64, kind byte, name string) {
		name, _, _ = strings.Cut(name[:min(len(name), 255)], "\x00")
		var asked []string
		all := appendEntries(nil, append(appendDirent(nil, ino, kind, name), tail...), func(name string) byte { asked = append(asked, name); return unix.DT_DIR })
		if name != "." && name != ".." {
			if len(all) == 0 || all[0].Name != name || all[0].Ino != ino {
				t.Fatalf("%q came as %+v", name, all)
			}
			is := kind
			if kind == unix.DT_UNKNOWN {
				is = unix.DT_DIR
			}
			want := Entry{Name: name, Ino: ino, Folder: is == unix.DT_DIR, Link: is == unix.DT_LNK, Other: is != unix.DT_REG && is != unix.DT_DIR && is != unix.DT_LNK}
			if all[0] != want {
				t.Fatalf("type %d came as %+v", kind, all[0])
			}
			if kind == unix.DT_UNKNOWN && !slices.Contains(asked, name) {
				t.Fatal("its type was not asked for")
			}
			all = all[1:]
		}
		if len(all) > len(tail)/19 {
			t.Fatalf("%d bytes became %d entries", len(tail), len(all))
		}
		for _, e := range all {
			if e.Name == "." || e.Name == ".." || strings.Contains(e.Name, "\x00") {
				t.Fatalf("there is an entry %q", e.Name)
			}
		}
	})
}
