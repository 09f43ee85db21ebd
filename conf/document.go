package conf

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// document is one file: its text, what it says, where it says it, and what is
// wrong with it so far.
type document struct {
	name   string
	text   string
	tree   map[string]any
	scan   *scanner
	starts []int // offset of each line

	masks  []span          // values that must not be shown
	broken map[string]bool // paths that have an error
	around map[string]bool // paths that have something broken below them
	errs   []problem
}

// problem is an error whose snippet waits until all masks are known.
type problem struct {
	Error
	at span
}

// readDocument parses text. A syntax error is reported on the document, whose
// tree is then nil.
func readDocument(name, text string, secrets map[string]bool) *document {
	text = strings.TrimPrefix(text, "\ufeff")
	d := &document{name: name, text: text, scan: scanKeys(text), broken: map[string]bool{}, around: map[string]bool{}, starts: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			d.starts = append(d.starts, i+1)
		}
	}
	if d.scan.tooDeep >= 0 {
		at := span{d.scan.tooDeep, d.scan.tooDeep + 1}
		d.maskBrokenText(at.start, secrets)
		d.errs = append(d.errs, problem{Error{Msg: fmt.Sprintf("is nested deeper than %d levels", maxDepth), Hint: "look for a [ or { too many"}, at})
		return d
	}
	err := d.decodeTOML()
	if err == nil {
		return d
	}
	d.tree = nil
	at, msg := span{}, err.Error()
	if i := strings.IndexByte(text, 0); i >= 0 {
		at, msg = span{i, i + 1}, nulByte
	} else if parse, ok := errors.AsType[toml.ParseError](err); ok {
		start := min(max(0, parse.Position.Start), len(text))
		at, msg = span{start, start + max(1, parse.Position.Len)}, strings.TrimSuffix(parse.Message, ".")
	}
	if end := len(strings.TrimRight(text, " \t\r\n")); at.start >= end && end > 0 {
		at, msg = span{end - 1, end}, endsEarly
	}
	said, hint, known := explainSyntax(msg)
	// The parser quotes what it stumbled over, so beside a secret it must not speak.
	if d.maskBrokenText(at.start, secrets) && !known {
		said = "this line is not TOML"
	}
	d.errs = append(d.errs, problem{Error{Msg: said, Hint: hint}, at})
	return d
}

// decodeTOML contains the panics of the decoder: a bad file must never end a running agent.
func (d *document) decodeTOML() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot read this as TOML: %v", r)
		}
	}()
	_, err = toml.Decode(d.text, &d.tree)
	return err
}

// where says at which part of a key an error is shown.
type where int

const (
	atKey where = iota
	atValue
)

// report notes an error at path, or when that is not in the text at the nearest
// table around it.
func (d *document) report(path string, part where, msg, hint string) {
	d.breakAt(path)
	at := span{}
	for p := path; ; p = parent(p) {
		if found, ok := d.scan.places[p]; ok {
			at = found.key
			if part == atValue && p == path && found.value != (span{}) {
				at = found.value
			}
			break
		}
		if p == "" {
			break
		}
	}
	d.errs = append(d.errs, problem{Error{Key: path, Msg: msg, Hint: hint}, at})
}

// reportWhole notes an error of the file as a whole.
func (d *document) reportWhole(msg, hint string) {
	d.errs = append(d.errs, problem{Error{Msg: msg, Hint: hint}, span{-1, -1}})
}

// breakAt notes that path has an error, so that no other is told as a consequence.
func (d *document) breakAt(path string) {
	d.broken[path] = true
	for p := parent(path); p != "" && !d.around[p]; p = parent(p) {
		d.around[p] = true
	}
}

// isBroken says whether path, something below it or a value around it (up to
// but without the table root) has an error already.
func (d *document) isBroken(path, root string) bool {
	for p := path; len(p) > len(root); p = parent(p) {
		if d.broken[p] {
			return true
		}
	}
	return d.around[path]
}

// lineNumber returns the line of offset, counted from 1.
func (d *document) lineNumber(offset int) int { return sort.SearchInts(d.starts, offset+1) }

// lineAt returns the line that offset lies in, without its end.
func (d *document) lineAt(offset int) span {
	i := d.lineNumber(offset)
	line := span{d.starts[i-1], len(d.text)}
	if i < len(d.starts) {
		line.end = d.starts[i] - 1
	}
	if line.end > line.start && d.text[line.end-1] == '\r' {
		line.end--
	}
	return line
}

// errors renders what was reported.
func (d *document) errors() Errors {
	slices.SortStableFunc(d.errs, func(a, b problem) int { return a.at.start - b.at.start })
	masks := merge(d.masks)
	// Many errors can be in one long line, which is gone through once.
	shown, counted, col := shownLine{line: span{-1, -1}}, 0, 0
	var out Errors
	for _, p := range d.errs {
		e := p.Error
		e.File = d.name
		if p.at.start >= 0 {
			at := span{min(p.at.start, len(d.text)), p.at.end}
			if line := d.lineAt(at.start); line != shown.line {
				shown, counted, col = showLine(d.text, line, masks), line.start, 1
			}
			col += utf8.RuneCountInString(d.text[counted:at.start])
			counted = at.start
			e.Line, e.Col = d.lineNumber(at.start), col
			e.Snippet, e.Mark, e.Width = shown.snippet(at)
		}
		out = append(out, e)
	}
	return out
}
