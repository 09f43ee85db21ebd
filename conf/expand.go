package conf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

const maxSecretFile = 64 << 10

// expand replaces in s
//
//	${NAME}           by the environment variable NAME, which must be set
//	${NAME:-default}  by NAME, or when it is unset or empty by default, in which
//	                  all of this may stand again
//	${file:/path}     by what the file holds, without one newline at its end
//	$${               by ${
//
// A $ before anything else stays. It runs over values that are parsed already,
// so what it puts in can never become a key. Its errors name the variable or the
// file, never what these hold.
func expand(s string) (string, *FieldError) { return expandWithin(s, 0) }

// maxNested bounds defaults in defaults.
const maxNested = 8

func expandWithin(s string, depth int) (string, *FieldError) {
	if depth > maxNested {
		return "", &FieldError{Msg: fmt.Sprintf("${...} stand in each other more than %d times", maxNested), Hint: "set the variables to what is meant"}
	}
	if !strings.Contains(s, "${") {
		return s, nil
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			b.WriteString(s)
			return b.String(), nil
		}
		if i > 0 && s[i-1] == '$' {
			b.WriteString(s[:i-1] + "${")
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		what, rest, closed := cutClosed(s[i+2:])
		if !closed {
			return "", &FieldError{Msg: "${ without its }", Hint: "write ${NAME}; for the characters ${ themselves write $${"}
		}
		value, bad := lookUp(what, depth)
		if bad != nil {
			return "", bad
		}
		b.WriteString(value)
		s = rest
	}
}

// cutClosed cuts s around the } that ends what stands in ${...}: each ${ in it has a } of
// its own, $${ too.
func cutClosed(s string) (what, rest string, closed bool) {
	for i, open := 0, 1; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "${"):
			open++
			i++
		case s[i] == '}':
			if open--; open == 0 {
				return s[:i], s[i+1:], true
			}
		}
	}
	return s, "", false
}

func lookUp(what string, depth int) (string, *FieldError) {
	if path, isFile := strings.CutPrefix(what, "file:"); isFile {
		return readSecretFile(path)
	}
	name, fallback, hasFallback := strings.Cut(what, ":-")
	if !isVariable(name) {
		bad := &FieldError{
			Msg:  "${...} must hold the name of an environment variable, or file: and a path",
			Hint: "write ${NAME}; for the characters ${ themselves write $${",
		}
		if i := strings.IndexAny(name, ":-+=?"); i > 0 && isVariable(name[:i]) {
			bad.Msg, bad.Hint = "of the shell's ${NAME...} only ${NAME:-default} is known here", "write ${"+name[:i]+":-default}"
		}
		return "", bad
	}
	value, set := os.LookupEnv(name)
	switch {
	case hasFallback && value == "":
		return expandWithin(fallback, depth+1)
	case !set:
		return "", &FieldError{
			Msg:  "environment variable " + name + " is not set",
			Hint: "set it, or write ${" + name + ":-default}",
		}
	}
	return value, nil
}

func isVariable(name string) bool {
	return isBare(name) && !strings.Contains(name, "-") && (name[0] < '0' || name[0] > '9')
}

func readSecretFile(path string) (string, *FieldError) {
	if !strings.HasPrefix(path, "/") {
		return "", &FieldError{Msg: "${file:...} must name a file by its whole path", Hint: "write ${file:/etc/logskiff/token}"}
	}
	text, err := readLimited(path, maxSecretFile)
	if err != nil {
		hint := "make the file, or write the path of another"
		if errors.Is(err, fs.ErrPermission) {
			hint = "let the user that the agent runs as read it"
		}
		return "", &FieldError{Msg: err.Error(), Hint: hint}
	}
	text = strings.TrimSuffix(text, "\n")
	return strings.TrimSuffix(text, "\r"), nil
}

// readLimited reads a regular file of at most limit bytes. Anything else could
// block for ever (a pipe) or never end (a device).
func readLimited(path string, limit int64) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("cannot read file: %w", err)
	}
	if !info.Mode().IsRegular() {
		what := "not a regular file"
		if info.IsDir() {
			what = "a folder"
		}
		return "", fmt.Errorf("cannot read file %s: it is %s", path, what)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot read file: %w", err)
	}
	defer f.Close() // only read
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return "", fmt.Errorf("cannot read file: %w", err)
	}
	if int64(len(text)) > limit {
		return "", fmt.Errorf("cannot read file %s: it is larger than %s", path, Size(limit))
	}
	return string(text), nil
}
