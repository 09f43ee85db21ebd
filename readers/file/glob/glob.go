// Package glob matches the names of files against patterns, folder by folder, so that who lists a tree reads only
// the folders that can hold a match. What stands between two slashes is a pattern of glob(7), read by conf; "**" and
// alternatives in braces are this package's. It asks no file system.
package glob

import (
	"fmt"
	"path/filepath"
	"strings"

	"logskiff/conf"
)

// Pattern is a compiled glob: the names from the root on. A segment "**" stands
// for any number of folders, none included, and like * for none with a leading dot.
type Pattern struct {
	segs   []string
	hidden bool // ** stands for names with a leading dot too
}

// Rest is what of a pattern is still to be matched in a folder: names from segs[at] on.
type Rest struct {
	g  *Pattern
	at int
}

// Compile reads an absolute pattern; alternatives in braces become patterns of
// their own. The error says what cannot be read.
func Compile(pattern string) ([]*Pattern, error) {
	var all []*Pattern
	alternatives, err := braces(pattern)
	if err != nil {
		return nil, err
	}
	for _, p := range alternatives {
		g := &Pattern{}
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

// Root returns the folder below which everything g can match lies, and what is to be matched there.
func (g *Pattern) Root() (dir string, c Rest) {
	i := 0
	for i < len(g.segs)-1 && !conf.IsGlob(g.segs[i]) {
		i++
	}
	return "/" + strings.Join(g.segs[:i], "/"), Rest{g, i}
}

func segMatch(seg, name string) bool {
	if !conf.IsGlob(seg) {
		return seg == name
	}
	return conf.MatchGlob(seg, name)
}

// File tells whether the name, in the folder that c is of, is matched.
func (c Rest) File(name string) bool {
	segs := c.g.segs[c.at:]
	if segs[0] == "**" {
		if len(segs) > 1 {
			return Rest{c.g, c.at + 1}.File(name)
		}
		return c.g.hidden || !strings.HasPrefix(name, ".")
	}
	return len(segs) == 1 && segMatch(segs[0], name)
}

// Enter appends what is to be matched in the folder of that name below this one. linked
// says that it is a symbolic link: ** does not follow those, so that it ends.
func (c Rest) Enter(to []Rest, name string, linked bool) []Rest {
	segs := c.g.segs[c.at:]
	if segs[0] == "**" {
		if len(segs) > 1 {
			to = Rest{c.g, c.at + 1}.Enter(to, name, linked)
		}
		if linked || !c.g.hidden && strings.HasPrefix(name, ".") {
			return to
		}
		return append(to, c)
	}
	if len(segs) > 1 && segMatch(segs[0], name) {
		return append(to, Rest{c.g, c.at + 1})
	}
	return to
}

// Exclude is a compiled pattern of files to leave alone.
type Exclude struct {
	name  string // of the file alone, or
	globs []*Pattern
}

// CompileExclude reads a pattern of names, or, when it has a slash, of paths; one that is not absolute begins in any folder.
func CompileExclude(p string) (Exclude, error) {
	if strings.Contains(p, "/") {
		if !filepath.IsAbs(p) {
			p = "/**/" + p
		}
		globs, err := Compile(p)
		for _, g := range globs {
			g.hidden = true // a folder that a path names may have a leading dot
		}
		return Exclude{globs: globs}, err
	}
	if err := conf.CheckGlob(p); err != nil || p == "" {
		return Exclude{}, fmt.Errorf("cannot read glob %q: empty, unclosed bracket or stray backslash", p)
	}
	return Exclude{name: p}, nil
}

// Matches compares a file's folder and name.
func (e Exclude) Matches(dir, name string) bool {
	if e.name != "" {
		return segMatch(e.name, name)
	}
	for _, g := range e.globs {
		at := []Rest{{g, 0}}
		for _, part := range strings.Split(strings.Trim(dir, "/"), "/") {
			var next []Rest
			for _, c := range at {
				next = c.Enter(next, part, false)
			}
			at = next
		}
		for _, c := range at {
			if c.File(name) {
				return true
			}
		}
	}
	return false
}
