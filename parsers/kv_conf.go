package parsers

import (
	"fmt"
	"strings"

	"logskiff/conf"
)

// KVConfig are the settings of the key=value parser.
type KVConfig struct {
	Separator string `toml:"separator" doc:"What stands between pairs. A single space is any run of space and tabs."`
	Assign    string `toml:"assign" doc:"What stands between a name and its value."`
	Quotes    string `toml:"quotes" doc:"Characters that may enclose a name or a value; between them a backslash escapes. Empty: quotes mean nothing."`
	Trim      string `toml:"trim" doc:"Characters that are cut off both ends of names and unquoted values, like the brackets of [a]."`
	Types     string `toml:"types" doc:"\"auto\": unquoted numbers that every receiver holds, true and false become JSON values. \"string\": all values are strings."`
}

// DefaultKV returns the settings for `a=1 b="two words"`.
func DefaultKV() KVConfig {
	return KVConfig{Separator: " ", Assign: "=", Quotes: `"`, Types: typesAuto}
}

// Validate returns a *conf.FieldError.
func (c KVConfig) Validate() error {
	_, err := c.compile()
	return err
}

// LogfmtConfig are the settings of the logfmt parser.
type LogfmtConfig struct {
	Types string `toml:"types" doc:"\"auto\": unquoted numbers that every receiver holds, true and false become JSON values. \"string\": all values are strings."`
}

// DefaultLogfmt returns the usual settings.
func DefaultLogfmt() LogfmtConfig { return LogfmtConfig{Types: typesAuto} }

// Validate returns a *conf.FieldError.
func (c LogfmtConfig) Validate() error { return c.kv().Validate() }

// kv returns what logfmt is as key=value.
func (c LogfmtConfig) kv() KVConfig {
	k := DefaultKV()
	k.Types = c.Types
	return k
}

const (
	typesAuto   = "auto"
	typesString = "string"
)

func (c KVConfig) compile() (*kvRules, error) {
	switch {
	case c.Separator == "":
		return nil, &conf.FieldError{Key: "separator", Msg: "is empty", Hint: `write what stands between pairs, such as " " or ", "`}
	case c.Assign == "":
		return nil, &conf.FieldError{Key: "assign", Msg: "is empty", Hint: `write what stands between a name and its value, such as "=" or ": "`}
	case strings.HasPrefix(c.Separator, c.Assign):
		return nil, &conf.FieldError{Key: "assign", Msg: fmt.Sprintf("%q cannot be told from the separator %q", c.Assign, c.Separator), Hint: "make them differ"}
	case c.Types != typesAuto && c.Types != typesString:
		return nil, &conf.FieldError{Key: "types", Msg: fmt.Sprintf("%q is not a way to type values", c.Types), Hint: `use "auto" or "string"`}
	}
	r := &kvRules{separator: []byte(c.Separator), assign: []byte(c.Assign), blanks: c.Separator == " ", trims: c.Trim != "", typed: c.Types == typesAuto}
	r.single = len(r.separator) == 1 && len(r.assign) == 1
	r.class[c.Separator[0]] |= kvSeparates
	if r.blanks {
		for i := range ' ' {
			r.class[i] |= kvSeparates
		}
	}
	r.class[c.Assign[0]] |= kvAssigns
	for i := range len(c.Quotes) {
		q := c.Quotes[i]
		if q <= ' ' || q > '~' || q == '\\' || isNameByte(q) || strings.IndexByte(c.Separator+c.Assign+c.Trim, q) >= 0 {
			return nil, &conf.FieldError{Key: "quotes", Msg: fmt.Sprintf("%q cannot be a quote", q), Hint: "use ASCII punctuation that separator, assign and trim do not have"}
		}
		r.class[q] |= kvQuotes
	}
	for i := range len(c.Trim) {
		r.class[c.Trim[i]] |= kvTrims
	}
	return r, nil
}
