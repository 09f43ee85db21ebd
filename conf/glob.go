package conf

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// Patterns of names are as glob(7) has them, wherever one is read. * stands for any
// characters, ? for one, [a-z] for one of these, [!a-z] and [^a-z] for one that is none of them; a ] that
// comes first and a - that comes first or last are themselves. In brackets [:digit:] and the other classes
// of isalpha(3) stand for all of theirs, [=a=] and [.a.] for that character. A backslash takes
// the meaning from what follows. None of this matches a dot that a name begins with, or a slash.

var errGlob = errors.New("unclosed bracket or stray backslash")

// IsGlob tells whether a pattern can match another name than itself.
func IsGlob(pattern string) bool { return strings.ContainsAny(pattern, `*?[\`) }

// CheckGlob returns what is wrong with a pattern of a name.
func CheckGlob(pattern string) error {
	for pattern != "" {
		switch pattern[0] {
		case '\\':
			if len(pattern) == 1 {
				return errGlob
			}
			pattern = pattern[1:]
		case '[':
			_, rest, ok := inBrackets(pattern, utf8.RuneError)
			if !ok {
				return errGlob
			}
			pattern = rest
			continue
		}
		_, n := utf8.DecodeRuneInString(pattern)
		pattern = pattern[n:]
	}
	return nil
}

// MatchGlob tells whether a pattern matches a name; one that CheckGlob refuses matches none.
func MatchGlob(pattern, name string) bool {
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(pattern, ".") && !strings.HasPrefix(pattern, `\.`) {
		return false
	}
	star, retry := "", "" // behind the last *, and what of name it has not taken
	starred := false
	for {
		switch {
		case pattern == "" && name == "":
			return true
		case pattern != "" && pattern[0] == '*':
			starred, star, retry = true, pattern[1:], name
			pattern = star
			continue
		}
		rest, left, ok := matchOne(pattern, name)
		if ok {
			pattern, name = rest, left
			continue
		}
		if !starred || retry == "" || retry[0] == '/' {
			return false
		}
		_, n := utf8.DecodeRuneInString(retry)
		retry = retry[n:]
		pattern, name = star, retry
	}
}

// MatchPath is MatchGlob for each name of a path.
func MatchPath(pattern, path string) bool {
	patterns, names := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(patterns) != len(names) {
		return false
	}
	for i, p := range patterns {
		if !MatchGlob(p, names[i]) {
			return false
		}
	}
	return true
}

// matchOne matches the first character of name, and returns what is left of both.
func matchOne(pattern, name string) (rest, left string, ok bool) {
	if pattern == "" || name == "" {
		return pattern, name, false
	}
	r, n := utf8.DecodeRuneInString(name)
	left = name[n:]
	switch pattern[0] {
	case '?':
		return pattern[1:], left, r != '/'
	case '[':
		in, rest, closed := inBrackets(pattern, r)
		return rest, left, closed && in && r != '/'
	case '\\':
		pattern = pattern[1:]
	}
	_, m := utf8.DecodeRuneInString(pattern)
	return pattern[m:], left, m > 0 && pattern[:m] == name[:n]
}

// inBrackets tells whether r is one of those in the brackets that p begins with, and
// returns what follows them. closed is false when they have no end.
func inBrackets(p string, r rune) (in bool, rest string, closed bool) {
	if in, rest, closed = brackets(p, r, true); !closed {
		in, rest, closed = brackets(p, r, false) // "[[?*\]" of glob(7) has a plain backslash
	}
	return in, rest, closed
}

func brackets(p string, r rune, escapes bool) (in bool, rest string, closed bool) {
	p = p[1:]
	not := p != "" && (p[0] == '!' || p[0] == '^')
	if not {
		p = p[1:]
	}
	for first := true; ; first = false {
		switch {
		case p == "":
			return false, "", false
		case p[0] == ']' && !first:
			return in != not, p[1:], true
		case strings.HasPrefix(p, "[:"):
			if name, after, ok := strings.Cut(p[2:], ":]"); ok && classes(name) != nil {
				in, p = in || classes(name)(r), after
				continue
			}
		}
		lo, after, ok := member(p, escapes)
		if !ok {
			return false, "", false
		}
		hi := lo
		if len(after) > 1 && after[0] == '-' && after[1] != ']' {
			if hi, after, ok = member(after[1:], escapes); !ok {
				return false, "", false
			}
		}
		in, p = in || lo <= r && r <= hi, after
	}
}

// member reads one character in brackets.
func member(p string, escapes bool) (r rune, rest string, ok bool) {
	for _, kind := range []string{".", "="} {
		if inner, after, found := strings.Cut(strings.TrimPrefix(p, "["+kind), kind+"]"); found && strings.HasPrefix(p, "["+kind) && utf8.RuneCountInString(inner) == 1 {
			r, _ = utf8.DecodeRuneInString(inner)
			return r, after, true
		}
	}
	if escapes && p[0] == '\\' {
		p = p[1:]
	}
	r, n := utf8.DecodeRuneInString(p)
	return r, p[n:], n > 0
}

// classes returns a class of characters by its name; nil: there is none.
func classes(name string) func(rune) bool {
	switch name {
	case "alnum":
		return func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	case "alpha":
		return unicode.IsLetter
	case "blank":
		return func(r rune) bool { return r == ' ' || r == '\t' }
	case "cntrl":
		return unicode.IsControl
	case "digit":
		return func(r rune) bool { return '0' <= r && r <= '9' }
	case "graph":
		return func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }
	case "lower":
		return unicode.IsLower
	case "print":
		return unicode.IsPrint
	case "punct":
		return func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
	case "space":
		return unicode.IsSpace
	case "upper":
		return unicode.IsUpper
	case "xdigit":
		return func(r rune) bool { return '0' <= r && r <= '9' || 'a' <= r && r <= 'f' || 'A' <= r && r <= 'F' }
	}
	return nil
}

// glob returns the paths that a pattern matches, sorted; one that is not absolute is
// below dir. A folder that is not there holds none; one that cannot be read is an error.
func glob(dir, pattern string) ([]string, error) {
	if filepath.IsAbs(pattern) {
		dir = "/"
	}
	found := []string{dir}
	for _, part := range strings.Split(strings.Trim(filepath.Clean(pattern), "/"), "/") {
		if err := CheckGlob(part); err != nil {
			return nil, err
		}
		var next []string
		for _, dir := range found {
			if !IsGlob(part) {
				if _, err := os.Lstat(filepath.Join(dir, part)); err == nil {
					next = append(next, filepath.Join(dir, part))
				} else if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
					return nil, err
				}
				continue
			}
			entries, err := os.ReadDir(dir)
			if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
				return nil, err
			}
			for _, e := range entries {
				if MatchGlob(part, e.Name()) {
					next = append(next, filepath.Join(dir, e.Name()))
				}
			}
		}
		found = next
	}
	slices.Sort(found)
	return found, nil
}
