package discover

import "strings"

// nginxWord is one word of nginx.conf: what it means, how it is written, and its
// line, from 1.
type nginxWord struct {
	text, raw string
	line      int
}

// nginxWords cuts nginx.conf into directives as ngx_conf_read_token does
// (https://nginx.org/en/docs/beginners_guide.html#conf_structure). It is tolerant:
// what nginx would refuse is read as far as that makes sense.
type nginxWords struct {
	text string
	at   int
	line int // newlines before seen
	seen int
}

// next returns the words of the next directive and what ends it: ';', '{', '}' or,
// at the end of the text, 0.
func (s *nginxWords) next() (words []nginxWord, end byte) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		case '#':
			s.skipLine()
		case ';', '{', '}':
			s.at++
			return words, c
		case '"', '\'':
			words = append(words, s.quoted(c))
		default:
			words = append(words, s.bare())
		}
	}
	return words, 0
}

func (s *nginxWords) skipLine() {
	if n := strings.IndexByte(s.text[s.at:], '\n'); n >= 0 {
		s.at += n
	} else {
		s.at = len(s.text)
	}
}

func (s *nginxWords) quoted(quote byte) nginxWord {
	from := s.at
	for s.at++; s.at < len(s.text) && s.text[s.at] != quote; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at = min(s.at, len(s.text))
	inner := s.text[from+1 : s.at]
	s.at = min(s.at+1, len(s.text))
	return s.word(inner, from)
}

// bare reads up to a space, a semicolon or a brace; the brace of ${name} is part
// of the word.
func (s *nginxWords) bare() nginxWord {
	from := s.at
	for ; s.at < len(s.text); s.at++ {
		c := s.text[s.at]
		if c == '\\' {
			s.at++
			continue
		}
		if c == '{' && s.text[max(s.at-1, from)] == '$' {
			continue
		}
		variable := c == '}' && strings.LastIndex(s.text[from:s.at], "${") > strings.LastIndexByte(s.text[from:s.at], '}')
		if !variable && strings.IndexByte(" \t\r\n;{}", c) >= 0 {
			break
		}
	}
	s.at = min(s.at, len(s.text))
	return s.word(s.text[from:s.at], from)
}

// word makes a word of what stands between quotes, if any: of the escapes those of
// quotes, backslashes and control characters are undone.
func (s *nginxWords) word(inner string, from int) nginxWord {
	s.line += strings.Count(s.text[s.seen:from], "\n")
	s.seen = from
	if strings.IndexByte(inner, '\\') >= 0 {
		inner = nginxEscapes.Replace(inner)
	}
	return nginxWord{inner, s.text[from:s.at], s.line + 1}
}

var nginxEscapes = strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`, `\t`, "\t", `\r`, "\r", `\n`, "\n")

// skipLua passes over the code of a *_by_lua_block, whose braces, quotes and
// comments are Lua's (https://www.lua.org/manual/5.1/manual.html#2.1), up to the
// brace that closes it.
func (s *nginxWords) skipLua() {
	for depth := 1; s.at < len(s.text) && depth > 0; {
		rest := s.text[s.at:]
		comment := strings.HasPrefix(rest, "--")
		if comment {
			rest = rest[2:]
			s.at += 2
		}
		if n := longBracket(rest); n > 0 {
			s.at += n
			continue
		}
		if comment {
			s.skipLine()
			continue
		}
		switch c := rest[0]; c {
		case '{':
			depth++
		case '}':
			depth--
		case '"', '\'':
			for s.at++; s.at < len(s.text) && s.text[s.at] != c && s.text[s.at] != '\n'; s.at++ {
				if s.text[s.at] == '\\' {
					s.at++
				}
			}
		}
		s.at++
	}
	s.at = min(s.at, len(s.text))
}

// longBracket returns the length of the [[...]] or [==[...]==] that text begins
// with; 0: it does not.
func longBracket(text string) int {
	if text == "" || text[0] != '[' {
		return 0
	}
	level := 1
	for level < len(text) && text[level] == '=' {
		level++
	}
	if level == len(text) || text[level] != '[' {
		return 0
	}
	closing := "]" + text[1:level] + "]"
	if n := strings.Index(text[level+1:], closing); n >= 0 {
		return level + 1 + n + len(closing)
	}
	return len(text)
}
