package conf

import (
	"path/filepath"
	"slices"
)

// Change is a file of a configuration as it is to be: who writes one can have all of it checked before.
type Change struct {
	File string // as it is opened: below the folder of the main file as that is written, if its pattern is relative
	Text string
	Gone bool // it is to be taken away; Text is not used
}

// read returns the text of a file, with the change made.
func (l *loader) read(name string) (string, error) {
	if c := l.change; c != nil && filepath.Clean(c.File) == filepath.Clean(name) && !c.Gone {
		return c.Text, nil
	}
	return readLimited(name, maxFile)
}

// among returns the files that a pattern matches when the change is made. c may be nil.
func (c *Change) among(names []string, pattern string) []string {
	if c == nil || !MatchPath(filepath.Clean(pattern), filepath.Clean(c.File)) {
		return names
	}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return filepath.Clean(name) == filepath.Clean(c.File) })
	if !c.Gone {
		names = append(names, filepath.Clean(c.File))
	}
	slices.Sort(names)
	return names
}
