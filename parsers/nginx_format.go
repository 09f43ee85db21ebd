package parsers

import (
	"bytes"
	"strings"

	"logskiff/parsers/number"
)

// token is a literal, or a variable when it has a name.
type token struct {
	name    string
	literal string
	at      int // in the text a person wrote
}

// tokens splits the strings of a format as nginx does
// (ngx_http_log_compile_format): a dollar sign always begins a variable.
func tokens(pieces []piece) ([]token, error) {
	var all []token
	for _, p := range pieces {
		for i := 0; i < len(p.text); {
			if p.text[i] != '$' {
				end := len(p.text)
				if n := bytes.IndexByte(p.text[i:], '$'); n >= 0 {
					end = i + n
				}
				all = addLiteral(all, string(p.text[i:end]), p.at[i])
				i = end
				continue
			}
			name, end := variable(p.text, i+1)
			if name == "" {
				return nil, badFormat(p.at[i], "write $name or ${name}; nginx has no way to log a dollar sign itself", "a variable has no name")
			}
			if end < 0 {
				return nil, badFormat(p.at[i], "", "the closing brace of ${%s is missing", name)
			}
			all = append(all, token{name: name, at: p.at[i]})
			i = end
		}
	}
	return all, nil
}

// addLiteral appends a literal, or joins it to one that stands before it.
func addLiteral(all []token, text string, at int) []token {
	if n := len(all); n > 0 && all[n-1].name == "" {
		all[n-1].literal += text
		return all
	}
	return append(all, token{literal: text, at: at})
}

// variable reads the name behind a dollar sign; end is negative when its brace is not closed.
func variable(text []byte, i int) (name string, end int) {
	brace := i < len(text) && text[i] == '{'
	if brace {
		i++
	}
	from := i
	for i < len(text) && isNameByte(text[i]) {
		i++
	}
	name = string(text[from:i])
	if !brace {
		return name, i
	}
	if i == len(text) || text[i] != '}' {
		return name, -1
	}
	return name, i + 1
}

func isNameByte(c byte) bool {
	return number.IsDigit(c) || c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// checkTokens refuses formats that cannot be read back.
func checkTokens(all []token) error {
	variables := 0
	for i, t := range all {
		if t.name == "" {
			if strings.Contains(t.literal, "\n") {
				return badFormat(t.at, "put it on one line, or paste the whole log_format directive", "the format has a newline in it")
			}
			continue
		}
		variables++
		if i+1 < len(all) && all[i+1].name != "" && widthOf(t.name) == 0 {
			return badFormat(all[i+1].at, "put a separator between them in the log_format", "nothing stands between $%s and $%s, so nobody can tell where one ends", t.name, all[i+1].name)
		}
	}
	if variables == 0 {
		return badFormat(0, `use "combined" or copy the log_format line from nginx.conf`, "the format has no variables")
	}
	return nil
}
