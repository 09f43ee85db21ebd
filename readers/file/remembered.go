package file

import (
	"cmp"
	"slices"
)

// remembered are the files of the checkpoints by the inode number that they had, until the first look is over. A
// slice: a map of rows takes three times as much, at the moment at which most is held anyway.
type remembered []rememberedFile

type rememberedFile struct {
	ino uint64 // a file that goes on in a copy gets another
	*file
}

func (m *remembered) add(f *file) { *m = append(*m, rememberedFile{f.Ino, f}) }

// sort puts them in order: of one inode the one that was there last is first.
func (m remembered) sort() {
	slices.SortFunc(m, func(a, b rememberedFile) int {
		alive := 0
		switch {
		case (a.goneAt == 0) == (b.goneAt == 0):
		case a.goneAt == 0:
			alive = -1
		default:
			alive = 1
		}
		return cmp.Or(cmp.Compare(a.ino, b.ino), alive, cmp.Compare(b.epoch, a.epoch), cmp.Compare(b.mtime, a.mtime))
	})
}

// of returns those of an inode number.
func (m remembered) of(ino uint64) remembered {
	from, _ := slices.BinarySearchFunc(m, ino, func(f rememberedFile, ino uint64) int { return cmp.Compare(f.ino, ino) })
	to := from
	for to < len(m) && m[to].ino == ino {
		to++
	}
	return m[from:to]
}
