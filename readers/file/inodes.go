package file

import (
	"iter"

	"logskiff/readers/file/disk"
)

// Reader.files has what is on an inode now, and behind it, by same, what was there
// before: an inode is used again, and a content that went comes back. A stream is in one
// of these rows at most.

// put files f as what is on n now.
func (r *Reader) put(f *file, n disk.Inode) {
	r.unput(f)
	f.Inode = n
	if was := r.files[n]; was != nil {
		f.own().same = was
	}
	r.files[n] = f
}

// putBehind files f as what was on its inode before, if it is not filed yet.
func (r *Reader) putBehind(f *file) {
	first := r.files[f.Inode]
	if first == nil {
		r.files[f.Inode] = f
		return
	}
	for g := first; g != nil; g = g.same {
		if g == f {
			return
		}
	}
	f.own().same, first.own().same = first.same, f
}

// unput takes f out of its row.
func (r *Reader) unput(f *file) {
	g := r.files[f.Inode]
	switch {
	case g == f && f.same == nil:
		delete(r.files, f.Inode)
	case g == f:
		r.files[f.Inode] = f.same
	default:
		for ; g != nil; g = g.same {
			if g.same == f {
				g.own().same = f.same
				break
			}
		}
	}
	if f.same != nil {
		f.own().same = nil
	}
}

// ever goes through all files that are or were followed: those on an inode, what was there before, also what was truncated since, and
// what is retired. One can come twice.
func (r *Reader) ever() iter.Seq[*file] {
	return func(yield func(*file) bool) {
		for _, f := range r.files {
			for ; f != nil; f = f.same {
				if !yield(f) {
					return
				}
			}
		}
		for _, f := range r.gone {
			if !yield(f) {
				return
			}
		}
	}
}
