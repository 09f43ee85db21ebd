package file

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// rotationOf tells whether name is what a rotation of base is called:
// base.1, base-20261120, base.1.gz, stem-20261120.ext. Only digits, dots and
// dashes may be added.
func rotationOf(base, name string) bool {
	if base == "" {
		return false
	}
	for _, ext := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, ext)
	}
	if rest, ok := strings.CutPrefix(name, base); ok {
		return rest == "" || dated(rest)
	}
	ext := filepath.Ext(base)
	if ext == "" || ext == base {
		return false
	}
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(base, ext))
	if !ok {
		return false
	}
	rest, ok = strings.CutSuffix(rest, ext)
	return ok && dated(rest)
}

func dated(s string) bool {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case i == 0 && c != '.' && c != '-' && c != '_':
			return false
		case c != '.' && c != '-' && c != '_' && c != 'T' && c != ':':
			return false
		}
	}
	return digits > 0
}

// siblings follows the rotations of a live name that came and went between two
// looks: f had the name before, and these had it after f.
func (r *Reader) siblings(p *pass, f *file, live place) {
	if f.stream == nil && f.former == nil {
		return
	}
	dirs := append([]string{live.d.path}, r.rules.olddirs(live.d.path)...)
	for _, dir := range dirs {
		for _, x := range r.contents(p, dir) {
			if x.name == live.name || x.inode == f.inode && !f.retired || !rotationOf(live.name, x.name) {
				continue
			}
			if g := r.files[x.inode]; g != nil && !g.retired && !r.vacated(p, g, &candidate{found: x, dir: dir}) {
				continue
			}
			born, known := r.isCopyOf(f, dir, &x)
			if known {
				continue
			}
			switch {
			case x.mtime < f.mtime && (f.stream == nil || f.birth == 0 || born == 0):
				continue
			case born < f.birth && born != 0 && (f.stream == nil || x.mtime <= f.mtime):
				// A file that was truncated in place is older than the copy of it in
				// which f went on.
				continue
			}
			met := false
			for i := range p.fresh {
				if p.fresh[i].inode == x.inode {
					p.fresh[i].unseen, met = true, true
				}
			}
			if !met {
				x.place = place{r.enter(dir, nil), x.name}
				x.unseen = true
				p.fresh = append(p.fresh, x)
			}
		}
	}
}

// isCopyOf tells whether a file holds what f held, so that it is no content of its
// own, or is gone; and when it was created.
func (r *Reader) isCopyOf(f *file, dir string, x *found) (born int64, known bool) {
	fd, i, err := openFound(dir, x)
	if err != nil {
		return 0, gone(err)
	}
	defer unix.Close(fd)
	known = f.fingerLen > 0 && r.begins(fd, i, f) && (i.size < f.read || r.holds(fd, i, f))
	return birth(fd), known
}

// vacated tells whether a file that has lost its name is not what has its inode
// now, and ends it, or has it go on where its content went.
func (r *Reader) vacated(p *pass, g *file, at *candidate) bool {
	switch {
	case g.folder != nil || g.fd >= 0 || g.busy:
		return false
	case g.stream != nil:
		return r.replaced(p, g, at) && r.files[at.inode] == nil
	case g.born == 0 || birthOf(at.path()) == g.born:
		return false
	}
	r.end(p, g, "")
	return true
}
