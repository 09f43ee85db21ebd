package file

import (
	"fmt"
	"path/filepath"
	"strings"

	"logskiff/conf"
)

// glob is a compiled pattern: the names from the root on. A segment "**" stands
// for any number of folders, none included, and like * for none with a leading dot.
type glob struct {
	segs   []string
	hidden bool // ** stands for names with a leading dot too
}

// cursor is a place in a glob: names from segs[at] on are still to be matched.
type cursor struct {
	g  *glob
	at int
}

// compile reads an absolute pattern; alternatives in braces become globs of
// their own.
func compile(pattern string) ([]*glob, error) {
	var all []*glob
	alternatives, err := braces(pattern)
	if err != nil {
		return nil, err
	}
	for _, p := range alternatives {
		g := &glob{}
		for _, s := range strings.Split(p, "/") {
			switch {
			case s == "" || s == ".":
				continue
			case s == "**" && len(g.segs) > 0 && g.segs[len(g.segs)-1] == "**":
				continue
			case strings.Contains(s, "**") && s != "**":
				return nil, fmt.Errorf("cannot read glob %q: ** must stand alone between slashes", pattern)
			}
			if err := conf.CheckGlob(s); err != nil {
				return nil, fmt.Errorf("cannot read glob %q: %w", pattern, err)
			}
			g.segs = append(g.segs, s)
		}
		if len(g.segs) == 0 {
			return nil, fmt.Errorf("cannot read glob %q: it names no file", pattern)
		}
		all = append(all, g)
	}
	return all, nil
}

// braces expands {a,b} alternatives; nesting is allowed.
func braces(p string) ([]string, error) {
	open := -1
	depth, from := 0, 0
	var parts []string
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '\\':
			i++
		case '{':
			if depth == 0 {
				open, from = i, i+1
			}
			depth++
		case ',':
			if depth == 1 {
				parts = append(parts, p[from:i])
				from = i + 1
			}
		case '}':
			if depth == 0 {
				continue // a plain character
			}
			if depth--; depth > 0 {
				continue
			}
			parts = append(parts, p[from:i])
			var all []string
			for _, part := range parts {
				rest, err := braces(p[:open] + part + p[i+1:])
				if err != nil {
					return nil, err
				}
				if all = append(all, rest...); len(all) > 1024 {
					return nil, fmt.Errorf("cannot read glob %q: more than 1024 alternatives", p)
				}
			}
			return all, nil
		}
	}
	if depth > 0 {
		return nil, fmt.Errorf("cannot read glob %q: unclosed brace", p)
	}
	return []string{p}, nil
}

// root returns the folder below which everything g can match lies, and the place
// in g there.
func (g *glob) root() (dir string, c cursor) {
	i := 0
	for i < len(g.segs)-1 && !conf.IsGlob(g.segs[i]) {
		i++
	}
	return "/" + strings.Join(g.segs[:i], "/"), cursor{g, i}
}

func segMatch(seg, name string) bool {
	if !conf.IsGlob(seg) {
		return seg == name
	}
	return conf.MatchGlob(seg, name)
}

// file tells whether the name, in the folder this cursor stands for, is matched.
func (c cursor) file(name string) bool {
	segs := c.g.segs[c.at:]
	if segs[0] == "**" {
		if len(segs) > 1 {
			return cursor{c.g, c.at + 1}.file(name)
		}
		return c.g.hidden || !strings.HasPrefix(name, ".")
	}
	return len(segs) == 1 && segMatch(segs[0], name)
}

// enter appends the cursors for the folder of that name below this one. linked
// says that it is a symbolic link: ** does not follow those, so that it ends.
func (c cursor) enter(to []cursor, name string, linked bool) []cursor {
	segs := c.g.segs[c.at:]
	if segs[0] == "**" {
		if len(segs) > 1 {
			to = cursor{c.g, c.at + 1}.enter(to, name, linked)
		}
		if linked || !c.g.hidden && strings.HasPrefix(name, ".") {
			return to
		}
		return append(to, c)
	}
	if len(segs) > 1 && segMatch(segs[0], name) {
		return append(to, cursor{c.g, c.at + 1})
	}
	return to
}

// exclude is a compiled pattern of files to leave alone.
type exclude struct {
	name  string // of the file alone, or
	globs []*glob
}

func compileExclude(p string) (exclude, error) {
	if strings.Contains(p, "/") {
		if !filepath.IsAbs(p) {
			p = "/**/" + p
		}
		globs, err := compile(p)
		for _, g := range globs {
			g.hidden = true // a folder that a path names may have a leading dot
		}
		return exclude{globs: globs}, err
	}
	if err := conf.CheckGlob(p); err != nil || p == "" {
		return exclude{}, fmt.Errorf("cannot read glob %q: empty, unclosed bracket or stray backslash", p)
	}
	return exclude{name: p}, nil
}

// matches compares a file's folder and name.
func (e exclude) matches(dir, name string) bool {
	if e.name != "" {
		return segMatch(e.name, name)
	}
	for _, g := range e.globs {
		at := []cursor{{g, 0}}
		for _, part := range strings.Split(strings.Trim(dir, "/"), "/") {
			var next []cursor
			for _, c := range at {
				next = c.enter(next, part, false)
			}
			at = next
		}
		for _, c := range at {
			if c.file(name) {
				return true
			}
		}
	}
	return false
}
