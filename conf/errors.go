package conf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing that is wrong with a configuration file.
type Error struct {
	File string // as opened
	Line int    // counted from 1; 0: the file as a whole
	Col  int    // in characters, counted from 1
	Key  string // the full key: "source[0].reader.file.paths", or ""
	Msg  string // what is wrong
	Hint string // what to do, or ""

	// Snippet is the line with secrets masked and control characters escaped,
	// safe to print. Width columns of it from column Mark (from 0) are meant.
	Snippet     string
	Mark, Width int
}

// Error renders e in up to three lines, without a newline at the end:
//
//	/etc/logskiff/conf.d/nginx.toml:7:8: unknown parser "ngnix"
//	  7 | parser.ngnix = {}
//	    |        ^^^^^ did you mean "nginx"?
func (e Error) Error() string {
	file, msg, hint := printable(e.File), printable(e.Msg), printable(e.Hint)
	if e.Line == 0 {
		if hint != "" {
			msg += "; " + hint
		}
		return file + ": " + msg
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s\n  %d | %s\n", file, e.Line, e.Col, msg, e.Line, e.Snippet)
	pad := strings.Repeat(" ", len(fmt.Sprint(e.Line))+2)
	mark := strings.Repeat(" ", e.Mark) + strings.Repeat("^", max(1, e.Width))
	b.WriteString(strings.TrimRight(pad+" | "+mark+" "+hint, " "))
	return b.String()
}

// Errors is everything that is wrong with a configuration, by file and line.
type Errors []Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a single Error.
func (es Errors) Unwrap() []error {
	errs := make([]error, len(es))
	for i, e := range es {
		errs[i] = e
	}
	return errs
}

func (es Errors) sort() {
	slices.SortStableFunc(es, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Msg, b.Msg))
	})
}
