package parsers

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"logskiff/conf"
	"logskiff/parsers/scanner"
	"logskiff/record"
)

// RegexConfig are the settings of the regex parser.
type RegexConfig struct {
	Pattern string            `toml:"pattern" expand:"no" example:"'^(?P<level>[A-Z]+) (?P<status>\\d+) (?P<message>.*)$'" doc:"Regular expression (RE2 syntax) whose named groups become fields. It may match anywhere in a line; begin it with ^ and end it with $ for the whole line."`
	Types   map[string]string `toml:"types" example:"{ status = \"number\" }" doc:"How fields are written: \"string\" (the default), \"number\" (text that is no number stays a string), or \"auto\" (a number when it looks like one that every receiver holds)."`
}

// Validate compiles the pattern; its error is a *conf.FieldError.
func (c RegexConfig) Validate() error {
	_, err := NewRegex(c)
	return err
}

// NewRegex returns a parser for a regular expression in RE2 syntax
// (https://github.com/google/re2/wiki/Syntax). The first match in a line counts. Named
// groups are the columns; one that took no part in the match is Absent. A name
// that encoders use themselves gets a number, time_2, and so does the second of two groups that a match
// can have both.
//
// Most patterns are compiled to a scanner, which finds the same as package regexp, many times as
// fast and without an allocation. The rest, and lines that the scanner gives up
// on, are matched by package regexp, which allocates once a line.
//
// The error is a *conf.FieldError.
func NewRegex(c RegexConfig) (Parser, error) {
	re, err := compilePattern("pattern", c.Pattern)
	if err != nil {
		return nil, err
	}
	var fields []regexField
	for group, name := range re.SubexpNames() {
		if name != "" {
			fields = append(fields, regexField{name: name, group: group})
		}
	}
	if len(fields) == 0 {
		return nil, &conf.FieldError{Key: "pattern", Msg: "has no named groups, so there would be no fields", Hint: "write (?P<name>...) around what is to become a field"}
	}
	for name, how := range c.Types {
		kind, ok := map[string]fieldKind{"string": textGroup, "number": numberGroup, "auto": autoGroup}[how]
		if !ok {
			return nil, &conf.FieldError{Key: "types." + name, Msg: fmt.Sprintf("%q is not a type", how), Hint: `use "number", "string" or "auto"`}
		}
		if !slices.Contains(groupNames(fields), name) {
			return nil, &conf.FieldError{Key: "types." + name, Msg: "the pattern has no group of that name", Hint: "its groups are " + strings.Join(groupNames(fields), ", ")}
		}
		for i := range fields {
			if fields[i].name == name {
				fields[i].kind = kind
			}
		}
	}
	return newRegexParser(re, fields, "no match for the pattern"), nil
}

func groupNames(fields []regexField) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

func compilePattern(key, pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, &conf.FieldError{Key: key, Msg: "is empty", Hint: `write for example pattern = '^(?P<level>\w+) (?P<message>.*)$'`}
	}
	re, err := regexp.Compile(pattern)
	if err == nil {
		return re, nil
	}
	msg, hint := err.Error(), `put a backslash before what stands for itself, such as \( \[ \. \* \?`
	if bad, ok := err.(*syntax.Error); ok {
		msg = "is no regular expression: " + bad.Code.String() + ": " + bad.Expr
		switch bad.Code {
		case syntax.ErrInvalidRepeatSize, syntax.ErrLarge, syntax.ErrNestingDepth:
			hint = "a part can be repeated at most 1000 times"
		case syntax.ErrInvalidPerlOp, syntax.ErrInvalidNamedCapture:
			hint = "the syntax is RE2's: without lookahead, lookbehind, atomic groups and backreferences"
		}
	}
	return nil, &conf.FieldError{Key: key, Msg: msg, Hint: hint}
}

// regexProgram is a compiled pattern, shared by all clones of a parser.
type regexProgram struct {
	re      *regexp.Regexp
	scanner *scanner.Scanner // nil: re does it all
	fields  []regexField
	schema  *record.Schema
	reason  string
}

// regexParser matches a pattern. It belongs to one goroutine.
type regexParser struct {
	*regexProgram
	matcher *scanner.Matcher
}

// newRegexParser returns a parser whose columns are the names of fields, in the order of their
// first mention. Groups of one name share a column where a match has only one of them; where it can have
// several, the second's is name_2.
func newRegexParser(re *regexp.Regexp, fields []regexField, reason string) *regexParser {
	var columns []string
	keep := make([]bool, re.NumSubexp()+1)
	others := alternatives(re.String())
	for i := range fields {
		f := &fields[i]
		keep[f.group] = true
		if f.column = sharedColumn(fields[:i], f, others); f.column < 0 {
			f.column = len(columns)
			columns = append(columns, uniqueName(columns, f.name))
		}
	}
	p := &regexProgram{re: re, fields: fields, schema: record.NewSchema(columns), reason: reason}
	p.scanner = scanner.Compile(re.String(), keep)
	return p.clone()
}

func (p *regexProgram) clone() *regexParser {
	s := p.scanner
	if s == nil {
		s = &scanner.Scanner{Slots: 2 * (p.re.NumSubexp() + 1)} // only for its places
	}
	return &regexParser{regexProgram: p, matcher: scanner.NewMatcher(s)}
}

func (p *regexParser) Clone() Parser { return p.clone() }

func (p *regexParser) Parse(b *record.Batch) {
	b.Schema = p.schema
	eachLine(b, p)
}

func (p *regexParser) parse(b *record.Batch, i int) string {
	r := &b.Records[i]
	if !p.find(b, r.Text, appendColumns(b, r, len(p.schema.Columns))) {
		return p.reason
	}
	return ""
}

// find matches text and stores what the groups took; false: it does not match.
func (p *regexParser) find(b *record.Batch, text record.Span, columns []record.Field) bool {
	places := p.match(b.Bytes(text))
	if places == nil {
		return false
	}
	storeGroups(b, text.Off, p.fields, places, columns)
	return true
}

// match returns the begins and ends of the groups in text, valid until the next call, or
// nil when the pattern does not match.
func (p *regexParser) match(text []byte) []int32 {
	if p.scanner != nil {
		switch p.matcher.Match(text) {
		case scanner.Differs:
			return nil
		case scanner.Matches:
			return p.matcher.Places
		}
	}
	found := p.re.FindSubmatchIndex(text)
	if found == nil {
		return nil
	}
	for i, place := range found {
		p.matcher.Places[i] = int32(place)
	}
	return p.matcher.Places
}
