package parsers

import "logskiff/record"

// kvParser has no state: all clones share one.
type kvParser struct{ rules *kvRules }

// NewLogfmt returns a parser for logfmt (https://brandur.org/logfmt, as
// https://pkg.go.dev/github.com/go-logfmt/logfmt reads it):
//
//	level=info msg="order \"7\" paid" took=0.25 cached
//
// Records are Pairs in the line's order. A name without a value is true, one with nothing
// behind its = is empty. Space is every byte up to U+0020. Where go-logfmt gives a line
// up, this one goes on: names may be quoted, and unquoted values may hold = and quotes. A
// line without any = fails, and so does one with text behind a closing quote. A number is one
// that fits into 64 bits; other digits, like 19 of them above 9e18 or 12e4567, stay text.
//
// The error is a *conf.FieldError.
func NewLogfmt(c LogfmtConfig) (Parser, error) { return NewKV(c.kv()) }

// NewKV returns a parser for lists of names and values, like NewLogfmt, with other
// separators: `a: 1; b: "two words"`.
//
// The error is a *conf.FieldError.
func NewKV(c KVConfig) (Parser, error) {
	rules, err := c.compile()
	if err != nil {
		return nil, err
	}
	return kvParser{rules: rules}, nil
}

func (p kvParser) Clone() Parser { return p }

func (p kvParser) Parse(b *record.Batch) { eachLine(b, p) }

func (p kvParser) parse(b *record.Batch, i int) string {
	first := len(b.Fields)
	if why := appendKeyValues(b, b.Records[i].Text, p.rules); why != "" {
		return why
	}
	setPairs(b, i, first)
	return ""
}
