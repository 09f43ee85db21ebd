package parsers

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"logskiff/conf"
)

// GrokConfig are the settings of the grok parser.
type GrokConfig struct {
	Pattern  string            `toml:"pattern" expand:"no" example:"'%{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:level} %{GREEDYDATA:message}'" doc:"Grok pattern: a regular expression (RE2 syntax) in which %{NAME} is a known pattern, %{NAME:field} makes a field of it, and %{NAME:field:int} or :float a number. A second field of one name is field_2 where both can match. It may match anywhere in a line."`
	Patterns map[string]string `toml:"patterns" expand:"no" example:"{ ORDER = 'O-[0-9]+' }" doc:"Patterns of your own by name, beside the standard set and before it."`
}

// Validate compiles the pattern; its error is a *conf.FieldError.
func (c GrokConfig) Validate() error {
	_, err := NewGrok(c)
	return err
}

// NewGrok returns a parser for a grok pattern
// (https://www.elastic.co/guide/en/logstash/current/plugins-filters-grok.html). Named patterns are
// put in their places once, and what comes out is matched as by NewRegex, whose rules hold.
// Named groups (?<name>...) are fields, too. A field [a][b] is called a.b. When several
// patterns have one field, it is one where a line matches only one of them, as in %{A:x}|%{B:x}; otherwise the
// second is x_2.
//
// The error is a *conf.FieldError.
func NewGrok(c GrokConfig) (Parser, error) {
	g := &grok{known: grokSet()}
	maps.Copy(g.known, c.Patterns)
	for _, name := range slices.Sorted(maps.Keys(c.Patterns)) { // those that are not used must be right, too
		alone := *g
		text, err := alone.expand(c.Patterns[name], "patterns."+name, []string{name})
		if err != nil {
			return nil, err
		}
		if _, err := compilePattern("patterns."+name, text); err != nil {
			return nil, err
		}
	}
	if c.Pattern == "" {
		return nil, &conf.FieldError{Key: "pattern", Msg: "is empty", Hint: "write for example pattern = '%{LOGLEVEL:level} %{GREEDYDATA:message}'"}
	}
	text, err := g.expand(c.Pattern, "pattern", nil)
	if err != nil {
		return nil, err
	}
	re, err := compilePattern("pattern", text)
	if err != nil {
		return nil, err
	}
	var fields []regexField
	for group, name := range re.SubexpNames() {
		if name == "" {
			continue
		}
		f := regexField{name: name, group: group}
		if n, ok := strings.CutPrefix(name, grokGroup); ok {
			i, err := strconv.Atoi(n)
			if err != nil || i >= len(g.fields) {
				return nil, &conf.FieldError{Key: "pattern", Msg: fmt.Sprintf("a group cannot be called %q", name), Hint: "choose another name"}
			}
			f.name, f.kind = g.fields[i].name, g.fields[i].kind
		}
		fields = append(fields, f)
	}
	if len(fields) == 0 {
		return nil, &conf.FieldError{Key: "pattern", Msg: "has no fields", Hint: "give what you want a name: %{WORD:name}"}
	}
	return newRegexParser(re, fields, "no match for the grok pattern"), nil
}
