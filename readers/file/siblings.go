package file

import (
	"path/filepath"
	"slices"
	"strings"
)

// rotationOf tells whether name is what a rotation of base is called:
// base.1, base-20261120, base.1.gz, stem-20261120.ext. Only digits, dots and
// dashes may be added.
func rotationOf(base, name string) bool {
	if base == "" {
		return false
	}
	if isCompressed(name) {
		name = strings.TrimSuffix(name, filepath.Ext(name))
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

// isCompressed tells whether a name says that what it stands for can be unpacked here.
func isCompressed(name string) bool {
	switch filepath.Ext(name) {
	case ".gz", ".zst", ".zstd":
		return true
	}
	return false
}

func dated(s string) bool {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case i > 0 && c >= '0' && c <= '9':
			digits++
		case i == 0 && c != '.' && c != '-' && c != '_':
			return false
		case c != '.' && c != '-' && c != '_' && c != 'T' && c != ':':
			return false
		}
	}
	return digits > 0
}

// alike returns the names that begin like base, of a sorted list.
func alike(all []found, base string) []found {
	prefix := stem(base)
	from, _ := slices.BinarySearchFunc(all, prefix, func(x found, s string) int { return compareStrings(x.name, s) })
	to := from
	for to < len(all) && strings.HasPrefix(all[to].name, prefix) {
		to++
	}
	return all[from:to]
}

// vacated tells whether what was filed under an inode is not what has it now, and ends
// it, or has it go on where its content went.
func (r *Reader) vacated(p *pass, g *file, at *candidate) bool {
	switch {
	case g.busy || g.fd >= 0:
		return false
	case g.isAnother(at.born):
		r.detach(g)
		g.freed = true
		r.follow(p, g)
		return r.files[at.Inode] != g || g.retired
	case g.folder == nil && g.stream != nil:
		return r.replaced(p, g, at) && r.files[at.Inode] == nil
	}
	return false
}
