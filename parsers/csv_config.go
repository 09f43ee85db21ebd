package parsers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"logskiff/conf"
)

// CSVConfig are the settings of the csv parser.
type CSVConfig struct {
	Columns   []string          `toml:"columns" example:"[\"id\", \"name\"]" doc:"The names of the columns, in order. Required."`
	Delimiter string            `toml:"delimiter" doc:"The one character between values: \",\", \";\", \"\\t\" for tab-separated values."`
	Quote     string            `toml:"quote" doc:"The one character around values that hold a delimiter; twice inside, it stands for itself. Empty: there is none."`
	Header    bool              `toml:"header" doc:"Whether files begin with a line of the columns' names. It is sent as the field header, and so is each line further on that says the same, quoted or not: programs write it again when they start. One at the beginning that names other columns than these fails."`
	Types     map[string]string `toml:"types" doc:"What the values of a column are: \"string\"; \"number\", where 007, +5 and .5 are numbers too, and quoted ones; or \"auto\", a number where it looks like one that every receiver holds and is not quoted, which is asked of each value for itself: name the type of a column that must have one. \"*\" stands for all columns not named, and is \"auto\"."`
	Trim      bool              `toml:"trim" doc:"Whether spaces and tabs around values are left out."`
	Strict    bool              `toml:"strict" doc:"Whether a line with more or fewer values than columns fails. Otherwise what is missing is left out, and what is more is the field extra."`
}

// DefaultCSV returns the settings for RFC 4180, but for the columns.
func DefaultCSV() CSVConfig { return CSVConfig{Delimiter: ",", Quote: `"`} }

// Validate checks the settings; its error is a *conf.FieldError.
func (c CSVConfig) Validate() error {
	if err := c.checkColumns(); err != nil {
		return err
	}
	if len(c.Delimiter) != 1 || c.Delimiter[0] >= utf8.RuneSelf || strings.ContainsAny(c.Delimiter, "\x00\r\n") {
		return &conf.FieldError{Key: "delimiter", Msg: fmt.Sprintf("%q is not one ASCII character", c.Delimiter), Hint: `use ",", ";", "|" or "\t"`}
	}
	if len(c.Quote) > 1 || c.Quote != "" && (c.Quote[0] >= utf8.RuneSelf || strings.ContainsAny(c.Quote, "\r\n \t"+c.Delimiter)) {
		return &conf.FieldError{Key: "quote", Msg: fmt.Sprintf("%q is not one ASCII character other than the delimiter", c.Quote), Hint: `use "\"", "'", or "" for none`}
	}
	if c.Trim && c.Delimiter == " " {
		return &conf.FieldError{Key: "trim", Msg: "takes away the spaces that are the delimiter", Hint: "leave it out"}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Types)) {
		if name != "*" && !slices.Contains(c.Columns, name) {
			return &conf.FieldError{Key: "types", Msg: fmt.Sprintf("there is no column %q", name), Hint: "use a name of columns, or \"*\" for all others"}
		}
		if _, ok := csvTypeNamed(c.Types[name]); !ok {
			return &conf.FieldError{Key: "types", Msg: fmt.Sprintf("%q is no type", c.Types[name]), Hint: `use "string", "number" or "auto"`}
		}
	}
	return nil
}

// maxCSVColumns is how many columns a line can have.
const maxCSVColumns = 10_000

func (c CSVConfig) checkColumns() error {
	bad := func(hint, msg string, args ...any) error {
		return &conf.FieldError{Key: "columns", Msg: fmt.Sprintf(msg, args...), Hint: hint}
	}
	switch {
	case len(c.Columns) == 0:
		return bad(`copy the names from the header line, such as columns = ["id", "name"]`,
			"is empty: reading goes on in the middle of a file after a restart, where its header is out of sight, so the names must be known from here")
	case len(c.Columns) > maxCSVColumns:
		return bad("", "has %d names, over %d", len(c.Columns), maxCSVColumns)
	}
	seen := map[string]bool{}
	for _, name := range c.Columns {
		switch {
		case name == "":
			return bad("", "a name is empty")
		case !utf8.ValidString(name) || strings.ContainsAny(name, `"\`) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
			return bad("", "the name %q holds a quote, a backslash or a control character", name)
		case name != "time" && slices.Contains(ownNames[:], name):
			return bad("use another name", "the name %q is one that is written beside the columns", name)
		case seen[name]:
			return bad("", "the name %q is there twice", name)
		}
		seen[name] = true
	}
	return nil
}

// csvType says what the values of a column become.
type csvType uint8

const (
	csvAuto csvType = iota
	csvString
	csvNumber
)

func csvTypeNamed(name string) (csvType, bool) {
	i := slices.Index([]string{"auto", "string", "number"}, name)
	return csvType(max(i, 0)), i >= 0
}

// columnTypes returns the type of each column.
func (c CSVConfig) columnTypes() []csvType {
	types := make([]csvType, len(c.Columns))
	for i, name := range c.Columns {
		t, ok := c.Types[name]
		if !ok {
			t = c.Types["*"]
		}
		types[i], _ = csvTypeNamed(t)
	}
	return types
}
