package file

import (
	"maps"
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

// gap notes that others may have had a live name between two looks. What had it last
// was changed last at since, as far as anyone saw; what had it later was changed later.
//
// They are looked for when it is known what has the name now: whatever comes and goes
// after that is the next look's. Until then that is stored as last changed at since,
// so that a restart in between asks again.
func (r *Reader) gap(live place, since int64) {
	if was, ok := r.gaps[live]; !ok || since < was {
		r.gaps[live] = since
	}
}

// fillGaps looks again when a file was renamed or compressed meanwhile.
func (r *Reader) fillGaps(p *pass) {
	for tries := 0; len(r.gaps) > 0 && tries < 5; tries++ {
		gaps := maps.Clone(r.gaps)
		p.vanished = false
		for live := range gaps {
			r.lookAt(p, live)
		}
		r.adopt(p)
		clear(p.index)
		for live, since := range gaps {
			r.siblings(p, live, since)
		}
		r.adopt(p)
		if p.vanished {
			continue
		}
		for live, since := range gaps {
			if r.gaps[live] == since {
				delete(r.gaps, live)
			}
		}
		return
	}
	for live := range r.gaps {
		live.d.dirty = true
	}
}

// lookAt finds out what has a name now.
func (r *Reader) lookAt(p *pass, at place) {
	i, born, err := statBorn(at.d.join(at.name))
	f := at.d.files[at.name]
	if f != nil && (gone(err) || err == nil && i.inode != f.inode) {
		r.displace(p, f)
	} else if f != nil {
		return
	}
	if err == nil && i.regular() {
		r.meet(p, found{place: at, info: i, born: born, link: isLink(at.d.join(at.name))})
	}
}

// siblings has the rotations of a live name followed that were changed at since or
// later. Contents that are known already, and copies of them, are sorted out when they
// are adopted.
func (r *Reader) siblings(p *pass, live place, since int64) {
	dirs := append([]string{live.d.path}, r.rules.olddirs(live.d.path)...)
	for _, dir := range dirs {
		for _, x := range alike(r.contents(p, dir), live.name) {
			if x.mtime < since || x.name == live.name || !rotationOf(live.name, x.name) {
				continue
			}
			if g := r.files[x.inode]; g != nil && !g.retired && !r.vacated(p, g, &candidate{found: x, dir: dir}) {
				continue
			}
			x.place, x.unseen = place{r.enter(dir, nil), x.name}, true
			p.fresh = slices.DeleteFunc(p.fresh, func(y found) bool { return y.inode == x.inode })
			p.fresh = append(p.fresh, x)
		}
	}
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
		return r.files[at.inode] != g || g.retired
	case g.folder == nil && g.stream != nil:
		return r.replaced(p, g, at) && r.files[at.inode] == nil
	}
	return false
}
