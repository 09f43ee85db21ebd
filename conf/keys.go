package conf

import (
	"strconv"
	"strings"
)

// span is a range of bytes of a document.
type span struct{ start, end int }

// place says where a key or an array element is written. The key of an array
// element is its value.
type place struct{ key, value span }

// maxDepth bounds nested values and dotted keys, which the decoder walks recursively.
const maxDepth = 64

// scanner finds the places of all keys of a TOML document, which the decoder
// does not tell. It accepts more than TOML, since it also runs over broken text
// to find what must not be shown; that a document is valid is the decoder's word.
type scanner struct {
	text    string
	pos     int
	places  map[string]place // by path
	tables  map[string]int   // how many tables an array of tables has so far
	tooDeep int              // offset of what is nested deeper than maxDepth, or -1
}

func scanKeys(text string) *scanner {
	s := &scanner{text: text, places: map[string]place{}, tables: map[string]int{}, tooDeep: -1}
	prefix := ""
	for s.skipBlank(); s.pos < len(s.text) && s.tooDeep < 0; s.skipBlank() {
		if s.text[s.pos] == '[' {
			prefix = s.header()
		} else {
			s.keyValue(prefix, 0)
		}
		s.skipLine()
	}
	return s
}

// header reads "[a.b]" or "[[a.b]]" and returns the path of the table.
func (s *scanner) header() string {
	start := s.pos
	s.pos++
	isArray := s.accept('[')
	path, keys := "", s.keys()
	for i, k := range keys {
		path = join(path, k.name)
		s.record(path, place{k.span, k.span})
		if n := s.tables[path]; n > 0 && (i < len(keys)-1 || !isArray) {
			path = elem(path, n-1)
		}
	}
	if isArray && len(keys) > 0 {
		n := s.tables[path]
		s.tables[path] = n + 1
		path = elem(path, n)
		k := keys[len(keys)-1].span
		s.record(path, place{k, k})
	}
	if s.accept(']') && isArray {
		s.accept(']')
	}
	if len(keys) == 0 {
		return "[" + strconv.Itoa(start) + "]" // what follows must not be taken for top-level keys
	}
	return path
}

// keyValue reads "a.b = value" below the path prefix.
func (s *scanner) keyValue(prefix string, depth int) {
	keys := s.keys()
	if !s.accept('=') {
		return
	}
	path := prefix
	var added []string
	for _, k := range keys {
		path = join(path, k.name)
		s.record(path, place{key: k.span})
		added = append(added, path)
	}
	value := s.value(path, depth)
	for _, p := range added {
		if at := s.places[p]; at.value == (span{}) {
			at.value = value
			s.places[p] = at
		}
	}
}

// record keeps the first place of a path.
func (s *scanner) record(path string, at place) {
	if _, known := s.places[path]; !known {
		s.places[path] = at
	}
}

type scannedKey struct {
	name string
	span span
}

// keys reads a dotted key.
func (s *scanner) keys() (keys []scannedKey) {
	for {
		s.skipSpace()
		k, ok := s.key()
		if !ok {
			return keys
		}
		keys = append(keys, k)
		if len(keys) > maxDepth {
			s.tooDeep = k.span.start
			return keys
		}
		s.skipSpace()
		if !s.accept('.') {
			return keys
		}
	}
}

func (s *scanner) key() (scannedKey, bool) {
	start := s.pos
	if start < len(s.text) && (s.text[start] == '"' || s.text[start] == '\'') {
		s.line(s.text[start])
		name := strings.Trim(s.text[start:s.pos], s.text[start:start+1])
		if s.text[start] == '"' {
			name = unescape(s.text[start:s.pos])
		}
		return scannedKey{name, span{start, s.pos}}, true
	}
	for s.pos < len(s.text) && !strings.ContainsRune(" \t\r\n.=[]{}#,\"'", rune(s.text[s.pos])) {
		s.pos++
	}
	return scannedKey{s.text[start:s.pos], span{start, s.pos}}, s.pos > start
}

// value reads one value and records what is inside it below path.
func (s *scanner) value(path string, depth int) span {
	s.skipSpace()
	start := s.pos
	if depth > maxDepth {
		s.tooDeep = start
		return span{start, start}
	}
	switch rest := s.text[start:]; {
	case strings.HasPrefix(rest, `"""`), strings.HasPrefix(rest, "'''"):
		s.multiline(rest[:3])
	case strings.HasPrefix(rest, `"`), strings.HasPrefix(rest, `'`):
		s.line(rest[0])
	case s.accept('['):
		s.items(']', func(i int) {
			p := elem(path, i)
			at := s.value(p, depth+1)
			s.record(p, place{at, at})
		})
	case s.accept('{'):
		s.items('}', func(int) { s.keyValue(path, depth+1) })
	default:
		s.skipTo(",]}#\r\n")
		end := s.pos
		for end > start && (s.text[end-1] == ' ' || s.text[end-1] == '\t') {
			end--
		}
		return span{start, end}
	}
	return span{start, s.pos}
}

// items calls item for each thing between here and the byte end.
func (s *scanner) items(end byte, item func(i int)) {
	for i := 0; s.pos < len(s.text) && s.tooDeep < 0; i++ {
		s.skipBlank()
		if s.accept(end) {
			return
		}
		before := s.pos
		item(i)
		s.skipBlank()
		s.accept(',')
		if s.pos == before && s.pos < len(s.text) {
			s.pos++ // broken text: go on behind what cannot be read
		}
	}
}

// line reads a string that ends at quote or, unterminated, at the end of the line.
func (s *scanner) line(quote byte) {
	for s.pos++; s.pos < len(s.text) && s.text[s.pos] != '\n'; s.pos++ {
		if s.text[s.pos] == quote {
			s.pos++
			return
		}
		if s.text[s.pos] == '\\' && quote == '"' && s.pos+1 < len(s.text) && s.text[s.pos+1] != '\n' {
			s.pos++
		}
	}
}

// multiline reads a string that ends at three quotes; two more may belong to it.
func (s *scanner) multiline(quotes string) {
	for s.pos += 3; s.pos < len(s.text); s.pos++ {
		if strings.HasPrefix(s.text[s.pos:], quotes) {
			s.pos += 3
			for range 2 {
				s.accept(quotes[0])
			}
			return
		}
		if s.text[s.pos] == '\\' && quotes[0] == '"' && s.pos+1 < len(s.text) {
			s.pos++
		}
	}
}

func (s *scanner) accept(c byte) bool {
	if s.pos < len(s.text) && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) skipSpace() {
	for s.pos < len(s.text) && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t') {
		s.pos++
	}
}

func (s *scanner) skipTo(any string) {
	if n := strings.IndexAny(s.text[s.pos:], any); n >= 0 {
		s.pos += n
	} else {
		s.pos = len(s.text)
	}
}

func (s *scanner) skipLine() { s.skipTo("\n") }

// skipBlank skips white space, line ends and comments.
func (s *scanner) skipBlank() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		case '#':
			s.skipLine()
		default:
			return
		}
	}
}

// unescape decodes the quoted key q; what is no valid escape stays as it is.
func unescape(q string) string {
	q = strings.TrimSuffix(q[1:], `"`)
	if !strings.Contains(q, `\`) {
		return q
	}
	var b strings.Builder
	for len(q) > 0 {
		i := strings.IndexByte(q, '\\')
		if i < 0 || i+1 == len(q) {
			break
		}
		b.WriteString(q[:i])
		q = q[i+1:]
		if n := strings.IndexByte("btnfre\"\\", q[0]); n >= 0 {
			b.WriteByte("\b\t\n\f\r\x1b\"\\"[n])
			q = q[1:]
			continue
		}
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[q[0]]
		if digits == 0 || len(q) <= digits {
			b.WriteByte('\\')
			continue
		}
		r, err := strconv.ParseUint(q[1:1+digits], 16, 32)
		if err != nil {
			b.WriteByte('\\')
			continue
		}
		b.WriteRune(rune(r))
		q = q[1+digits:]
	}
	b.WriteString(q)
	return b.String()
}
