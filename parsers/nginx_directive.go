package parsers

import (
	"strings"

	"logskiff/conf"
	"logskiff/record/jsontext"
)

// piece is one string of a log_format, and for each of its bytes where that
// stood in the text a person wrote. nginx does not let a variable's name run
// from one string into the next.
type piece struct {
	text []byte
	at   []int
}

func (p *piece) add(c byte, at int) { p.text, p.at = append(p.text, c), append(p.at, at) }

func plainPiece(text string, lead int) piece {
	var p piece
	for i := range len(text) {
		p.add(text[i], lead+i)
	}
	return p
}

func isDirective(text string) bool {
	rest, ok := strings.CutPrefix(text, "log_format")
	return ok && (rest == "" || jsontext.IsSpace(rest[0]))
}

// readDirective reads a whole log_format directive. escape is the setting beside
// it, which the directive's own parameter must not contradict.
func readDirective(text string, lead int, escape string) ([]piece, string, error) {
	words, err := readWords(text, lead)
	if err != nil {
		return nil, "", err
	}
	if len(words) < 2 || len(words[1].text) == 0 {
		return nil, "", badFormat(lead, "paste it up to its semicolon", "the log_format directive has no name")
	}
	words = words[2:]
	if len(words) > 0 {
		if own, ok := strings.CutPrefix(string(words[0].text), "escape="); ok {
			if !isEscape(own) {
				return nil, "", badFormat(words[0].at[0], `use "default", "json" or "none"`, "%q is not an escape parameter of log_format", own)
			}
			if escape != escapeDefault && escape != own {
				return nil, "", &conf.FieldError{Key: "escape", Msg: "is " + escape + ", but the log_format directive says escape=" + own, Hint: "leave out the setting"}
			}
			escape = own
			words = words[1:]
		}
	}
	if len(words) == 0 {
		return nil, "", badFormat(lead, "paste it up to its semicolon", "the log_format directive has no format")
	}
	return words, escape, nil
}

// readWords splits text as nginx splits its configuration: quoted strings with
// their escapes, bare words, comments, and a semicolon that ends it.
func readWords(text string, lead int) ([]piece, error) {
	var words []piece
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case jsontext.IsSpace(c):
			i++
		case c == '#':
			if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
				i += end
			} else {
				i = len(text)
			}
		case c == ';':
			if rest := strings.TrimSpace(text[i+1:]); rest != "" && rest[0] != '#' {
				return nil, badFormat(lead+i+1, "give one log_format only", "something follows the semicolon")
			}
			return words, nil
		case c == '\'' || c == '"':
			p, end, ok := readWord(text, i+1, lead, string(c))
			if !ok {
				return nil, badFormat(lead+i, "paste the directive up to its semicolon", "a quote is not closed")
			}
			words = append(words, p)
			i = end + 1
		default:
			p, end, _ := readWord(text, i, lead, " \t\r\n;")
			words = append(words, p)
			i = end
		}
	}
	return words, nil
}

// readWord reads from i up to one of the bytes in stops, and reports whether it met one.
func readWord(text string, i, lead int, stops string) (p piece, end int, stopped bool) {
	for ; i < len(text); i++ {
		c := text[i]
		if strings.IndexByte(stops, c) >= 0 {
			return p, i, true
		}
		if c == '\\' && i+1 < len(text) {
			if e, ok := unquoted(text[i+1]); ok {
				p.add(e, lead+i)
				i++
				continue
			}
		}
		p.add(c, lead+i)
	}
	return p, i, false
}

// unquoted returns what a backslash before c stands for in nginx.conf; before
// other characters nginx keeps it.
func unquoted(c byte) (byte, bool) {
	switch c {
	case '"', '\'', '\\':
		return c, true
	case 't':
		return '\t', true
	case 'r':
		return '\r', true
	case 'n':
		return '\n', true
	}
	return 0, false
}
