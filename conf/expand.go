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
//	${NAME:-default}  by NAME, or when it is unset or empty by default
//	${file:/path}     by what the file holds, without one newline at its end
//	$${               by ${
//
// A $ before anything else stays. It runs over values that are parsed already,
// so what it puts in can never become a key. Its errors name the variable or the
// file, never what these hold.
func expand(s string) (string, *FieldError) {
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
		what, rest, closed := strings.Cut(s[i+2:], "}")
		if !closed {
			return "", &FieldError{Msg: "${ without its }", Hint: "for the characters ${ themselves write $${"}
		}
		value, bad := lookUp(what)
		if bad != nil {
			return "", bad
		}
		b.WriteString(value)
		s = rest
	}
}

func lookUp(what string) (string, *FieldError) {
	if path, isFile := strings.CutPrefix(what, "file:"); isFile {
		return readSecretFile(path)
	}
	name, fallback, hasFallback := strings.Cut(what, ":-")
	if !isVariable(name) {
		return "", &FieldError{
			Msg:  "${...} must hold the name of an environment variable, or file: and a path",
			Hint: "for the characters ${ themselves write $${",
		}
	}
	value, set := os.LookupEnv(name)
	switch {
	case hasFallback && value == "":
		return fallback, nil
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
		hint := ""
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
		return "", fmt.Errorf("cannot read file %s: it is not a regular file", path)
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
