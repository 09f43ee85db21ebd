package file

import (
	"os"
	"path/filepath"

	"logskiff/readers/file/glob"
)

// Patterns returns the absolute globs of the files to follow.
func (c *Config) Patterns() []string { return c.Paths }

// Match calls yield for each regular file that is there and that a Reader with these settings, which are
// valid, would follow, until yield returns false or it has met so many names. Folders
// that cannot be read hold none, and one that hangs holds the caller. No Reader calls it.
func (c *Config) Match(most int, yield func(path string, info os.FileInfo) bool) {
	w := walk{left: most, yield: yield, seen: map[string]bool{}}
	for _, p := range c.Exclude {
		if e, err := glob.CompileExclude(p); err == nil {
			w.excl = append(w.excl, e)
		}
	}
	for _, p := range c.Paths {
		globs, _ := glob.Compile(p)
		for _, g := range globs {
			dir, at := g.Root()
			w.folder(&folder{path: dir, globs: []glob.Rest{at}})
		}
	}
}

type walk struct {
	excl  []glob.Exclude
	left  int // names
	yield func(string, os.FileInfo) bool
	seen  map[string]bool
}

func (w *walk) folder(d *folder) {
	entries, _ := os.ReadDir(d.path)
	for _, e := range entries {
		if w.left--; w.left < 0 {
			return
		}
		path, linked := filepath.Join(d.path, e.Name()), e.Type()&os.ModeSymlink != 0
		to, wanted := d.leads(e.Name(), linked), !e.IsDir() && d.wants(e.Name(), w.excl)
		if len(to) == 0 && !wanted {
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
		case info.IsDir():
			if len(to) > 0 {
				w.folder(&folder{path: path, globs: to})
			}
		case wanted && info.Mode().IsRegular() && !w.seen[path]:
			w.seen[path] = true
			if !w.yield(path, info) {
				w.left = 0
			}
		}
	}
}
