package parsers

import (
	"fmt"
	"slices"

	"logskiff/conf"
)

// NewNginx returns a parser for one log_format
// (http://nginx.org/en/docs/http/ngx_http_log_module.html#log_format). Its columns are
// named as the variables. A lone "-" is Absent, and so is an empty value where nginx
// writes nothing for a variable that is not set (escape=json and none); numbers are
// Number, and a text in the place of one is in a column of its own, NAME_text, so that each column has one
// type; escapes are undone, or kept. $time_local, $time_iso8601 and $msec give the
// record's time, as long as it lies between the years 1678 and 2262, and are not
// columns; $msec is the most exact and wins.
//
// A format whose output is JSON (escape=json '{"a":"$x","n":$y}') is read here with its
// types and time, while NewJSON passes such lines on as they are.
//
// The error is a *conf.FieldError.
func NewNginx(c NginxConfig) (Parser, error) {
	p, err := compileNginx(c)
	if err != nil {
		return nil, err
	}
	return &accessParser{program: p}, nil
}

func compileNginx(c NginxConfig) (*program, error) {
	pieces, escape, err := c.pieces()
	if err != nil {
		return nil, err
	}
	all, err := tokens(pieces)
	if err != nil {
		return nil, err
	}
	if err := checkTokens(all); err != nil {
		return nil, err
	}
	if c.Lists != listsLast && c.Lists != listsText {
		return nil, &conf.FieldError{Key: "lists", Msg: fmt.Sprintf("%q is not a way to write lists", c.Lists), Hint: `use "last" or "text"`}
	}
	if err := checkEscapes(c.Escapes); err != nil {
		return nil, err
	}
	has := func(name string) bool { return slices.ContainsFunc(all, func(t token) bool { return t.name == name }) }
	slots := make([]slot, len(all))
	for i, t := range all {
		if t.name == "" {
			slots[i].literal = t.literal
			continue
		}
		slots[i] = slot{
			name: t.name, numeric: isNumeric(t.name) && !(c.Lists == listsText && isList(t.name)), strict: isAlwaysNumeric(t.name), list: isList(t.name), timing: !has("msec"),
			width: widthOf(t.name), fixed: t.name == "time_local" || t.name == "time_iso8601", reason: "no match for nginx format at $" + t.name,
		}
		switch t.name {
		case "time_local":
			slots[i].take = takeLocal
		case "time_iso8601":
			slots[i].take = takeISO
		case "msec":
			slots[i].take = takeMsec
		}
	}
	const noStart = "no match for nginx format at its beginning"
	p := assemble(slots, escape, noStart, c.SplitRequest && !slices.ContainsFunc(requestParts[:], has))
	p.keep = c.Escapes == escapesKeep
	return p, nil
}
