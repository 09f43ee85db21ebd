package file

import (
	"path/filepath"
	"slices"
	"strings"
)

// Old logs are put into a folder below the log's own, one level down, by more than
// logrotate's olddir: scripts, programs, logrotate.d of another host. What is not found
// beside a log is looked for there.

// mostBelow is how many folders below one are searched, those that were changed last.
const mostBelow = 32

// sub is a folder below another one.
type sub struct {
	path  string
	mtime int64
}

// below returns the folders below dir, on the same file system. A look lists them once only.
func (r *Reader) below(p *pass, dir string) []sub {
	if all, ok := p.below[dir]; ok {
		return all
	}
	var all []sub
	r.apart(func() {
		at, err := r.disk.StatFolder(dir)
		if err != nil {
			return
		}
		entries, _ := r.disk.List(dir) // who lists the folder itself says what is wrong
		for _, e := range entries {
			if !e.Folder {
				continue
			}
			path := filepath.Join(dir, e.Name)
			if i, err := r.disk.StatFolder(path); err == nil && i.Folder() && i.Dev == at.Dev {
				all = append(all, sub{path, i.Mtime})
			}
		}
	})
	slices.SortStableFunc(all, func(a, b sub) int { return int(min(max(b.mtime-a.mtime, -1), 1)) })
	all = all[:min(len(all), mostBelow)]
	p.below[dir] = all
	for _, s := range all {
		p.quiet[s.path] = struct{}{}
	}
	return all
}

// belowHomes returns the folders below those in which f has or had a name.
func (r *Reader) belowHomes(p *pass, f *file) (dirs []string) {
	homes := r.homes(f)
	for _, dir := range homes {
		for _, s := range r.below(p, dir) {
			if !slices.Contains(homes, s.path) && !slices.Contains(dirs, s.path) {
				dirs = append(dirs, s.path)
			}
		}
	}
	return dirs
}

// siblingsBelow has the rotations of a live name followed that lie one level down. A
// folder that holds a log of that name has rotations of its own.
func (r *Reader) siblingsBelow(p *pass, live place, since int64, s spot) {
	for _, b := range r.below(p, s.dir) {
		if b.mtime < since {
			continue
		}
		own := func(x found) bool { return slices.Contains(s.bases, x.name) }
		if !slices.ContainsFunc(r.contents(p, b.path), own) {
			r.siblingsIn(p, live, since, spot{b.path, s.bases})
		}
	}
}

// namedAlike tells whether a name has the log's in it: of the files one level down only
// those are opened to be compared.
func namedAlike(bases []string, name string) bool {
	return slices.ContainsFunc(bases, func(base string) bool { return strings.Contains(name, strings.TrimRight(stem(base), ".-")) })
}
