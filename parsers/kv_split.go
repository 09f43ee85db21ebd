package parsers

import (
	"bytes"

	"logskiff/parsers/swar"
	"logskiff/record"
)

// kvRules say how pairs are written. They are compiled once and shared.
type kvRules struct {
	separator []byte
	assign    []byte
	blanks    bool // pairs stand apart by any run of space: the separator is " "
	single    bool // a byte says whether it separates or assigns, without a look at those behind it
	trims     bool
	typed     bool // unquoted numbers, true and false are what they look like
	class     [256]kvClass
}

// kvClass says what a byte is, or may begin.
type kvClass uint8

const (
	kvSeparates kvClass = 1 << iota
	kvAssigns
	kvQuotes
	kvTrims
)

const (
	noPair      = "no key=value pair"
	noName      = "a value without a name"
	openQuote   = "a quote is not closed"
	behindQuote = "text behind a closing quote"
	manyPairs   = "more than 65535 pairs"
)

// appendKeyValues appends name and value of each pair in s to b.Fields, as SetPairs takes
// them. A name without a value is true. It returns "" or why the text is no such
// list; then nothing is appended. A quoted value with escapes is put into b.Buf without them.
func appendKeyValues(b *record.Batch, s record.Span, c *kvRules) (why string) {
	l := kvList{kvRules: c, b: b, text: b.Bytes(s), off: s.Off}
	first, end := len(b.Fields), len(b.Buf)
	for left := record.MaxPairs; ; left-- {
		l.skip()
		if l.at == len(l.text) {
			break
		}
		if left == 0 {
			why = manyPairs
			break
		}
		if why = l.pair(); why != "" {
			break
		}
	}
	if why == "" && !l.assigned {
		why = noPair
	}
	if why != "" {
		b.Fields, b.Buf = b.Fields[:first], b.Buf[:end]
	}
	return why
}

// kvList is the text under way.
type kvList struct {
	*kvRules
	b        *record.Batch
	text     []byte
	off      uint32 // of text in b.Buf
	at       int
	assigned bool // a name had a value
	yes      record.Field
}

// pair reads one pair, which begins at text[at].
func (l *kvList) pair() (why string) {
	var name record.Field
	if l.class[l.text[l.at]]&kvQuotes != 0 {
		if name, why = l.quoted(); why != "" {
			return why
		}
		if l.trims {
			l.skipTrimmed()
		}
		if l.at < len(l.text) && !l.assigns(l.at) && !l.separates(l.at) {
			return behindQuote
		}
	} else {
		from := l.at
		l.at = l.nameEnd()
		name = stringField(l.span(from, l.at))
	}
	if l.at == len(l.text) || !l.assigns(l.at) {
		if name.Len > 0 {
			l.b.Fields = append(l.b.Fields, name, l.true())
		}
		return ""
	}
	if name.Len == 0 {
		return noName
	}
	l.assigned = true
	l.at += len(l.assign)
	value, why := l.value()
	l.b.Fields = append(l.b.Fields, name, value)
	return why
}

func (l *kvList) value() (f record.Field, why string) {
	if l.trims {
		l.skipTrimmed()
	}
	if l.at < len(l.text) && l.class[l.text[l.at]]&kvQuotes != 0 {
		if f, why = l.quoted(); why != "" {
			return f, why
		}
		if l.trims {
			l.skipTrimmed()
		}
		if l.at < len(l.text) && !l.separates(l.at) {
			return f, behindQuote
		}
		return f, ""
	}
	from := l.at
	l.at = l.separatorFrom(from)
	f = stringField(l.span(from, l.at))
	if l.typed {
		f.Type = typeOf(l.text[f.Off-l.off:][:f.Len])
	}
	return f, ""
}

// separatorFrom returns where the next separator stands from text[i] on, or the end.
func (l *kvList) separatorFrom(i int) int {
	text := l.text
	if l.blanks {
		for ; len(text)-i >= 8; i += 8 {
			if m := swar.Blank(swar.Load(text[i:])); m != 0 {
				return i + swar.First(m)
			}
		}
		for i < len(text) && text[i] > ' ' {
			i++
		}
		return i
	}
	if n := bytes.Index(text[i:], l.separator); n >= 0 {
		return i + n
	}
	return len(text)
}

// nameEnd returns where the name at text[at] ends: at what assigns, what separates, or the end.
func (l *kvList) nameEnd() int {
	text, class := l.text, &l.class
	i := l.at
	for i < len(text) && (class[text[i]]&(kvSeparates|kvAssigns) == 0 || !l.single && !l.assigns(i) && !l.separates(i)) {
		i++
	}
	return i
}

// skip passes over what separates pairs.
func (l *kvList) skip() {
	for l.at < len(l.text) {
		switch c := l.class[l.text[l.at]]; {
		case c&kvSeparates != 0 && l.separates(l.at):
			if l.blanks {
				l.at++
			} else {
				l.at += len(l.separator)
			}
		case c&kvTrims != 0:
			l.at++
		default:
			return
		}
	}
}

// skipTrimmed passes over what is cut off, up to what assigns or separates.
func (l *kvList) skipTrimmed() {
	for l.at < len(l.text) && l.class[l.text[l.at]]&kvTrims != 0 && !l.assigns(l.at) && !l.separates(l.at) {
		l.at++
	}
}

func (l *kvList) separates(i int) bool {
	return l.class[l.text[i]]&kvSeparates != 0 && (l.blanks || len(l.separator) == 1 || bytes.HasPrefix(l.text[i:], l.separator))
}

func (l *kvList) assigns(i int) bool {
	return l.class[l.text[i]]&kvAssigns != 0 && (len(l.assign) == 1 || bytes.HasPrefix(l.text[i:], l.assign))
}

// span returns text[from:to] without what is cut off its ends.
func (l *kvList) span(from, to int) record.Span {
	if l.trims {
		for from < to && l.class[l.text[from]]&kvTrims != 0 {
			from++
		}
		for to > from && l.class[l.text[to-1]]&kvTrims != 0 {
			to--
		}
	}
	return record.Span{Off: l.off + uint32(from), Len: uint32(to - from)}
}

// true returns the value of a name that has none.
func (l *kvList) true() record.Field {
	if l.yes.Type == record.Absent {
		l.yes = appendTrue(l.b)
	}
	return l.yes
}

// quoted reads from the quote at text[at] to the one that closes it.
func (l *kvList) quoted() (f record.Field, why string) {
	from := l.at + 1
	end, escaped := closingQuote(l.text, from, l.text[l.at])
	if end < 0 {
		return f, openQuote
	}
	l.at = end + 1
	f = stringField(record.Span{Off: l.off + uint32(from), Len: uint32(end - from)})
	if escaped {
		f.Off = uint32(len(l.b.Buf))
		l.b.Buf = appendUnquoted(l.b.Buf, l.text[from:end])
		f.Len = uint32(len(l.b.Buf)) - f.Off
	}
	return f, ""
}

// closingQuote returns the index of the first quote without a backslash before it, or -1,
// and whether there is a backslash before that.
func closingQuote(text []byte, from int, quote byte) (end int, escaped bool) {
	n := bytes.IndexByte(text[from:], quote)
	if n < 0 {
		return -1, false
	}
	end = from + n
	backslash := bytes.IndexByte(text[from:end], '\\')
	if backslash < 0 {
		return end, false
	}
	for i := from + backslash; i < len(text); i++ {
		switch text[i] {
		case quote:
			return i, true
		case '\\':
			i++
		}
	}
	return -1, true
}
