package parsers

import (
	"bytes"

	"logskiff/parsers/number"
	"logskiff/record"
)

// AuditConfig are the settings of the audit parser. It has none yet.
type AuditConfig struct{}

type auditParser struct {
	words uint32 // where auditWords stand in the batch's Buf
}

// NewAudit returns a parser for the lines of the Linux audit daemon
// (https://github.com/linux-audit/audit-documentation/wiki/SPEC-Writing-Good-Events):
//
//	type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e success=no comm="cat" …
//
// Records are Pairs: node (if the line has it), type, serial, and the line's own names in their order,
// those inside msg='…' and behind the separator of log_format = ENRICHED too. The time
// in audit(…) is the record's. Fields that the audit documentation says are decimal
// numbers are Number; those it says are encoded are decoded when they are written in hexadecimal
// (https://github.com/linux-audit/audit-documentation/blob/main/specs/fields/field-dictionary.csv).
// saddr stays as it is, since it is a struct. Zero bytes in proctitle, which stand
// between arguments, become spaces. Values that say nothing, "(null)", "(none)" and
// "?", are left out.
//
// "avc:  denied  { read } for" becomes seresult and seperms, as in auparse. A line with
// other words outside of name=value has all of its text as message, besides the pairs.
func NewAudit(AuditConfig) (Parser, error) { return &auditParser{}, nil }

func (*auditParser) Clone() Parser { return &auditParser{} }

func (p *auditParser) Parse(b *record.Batch) {
	p.words = uint32(len(b.Buf))
	b.Buf = append(b.Buf, auditWords...)
	eachLine(b, p)
}

func (p *auditParser) parse(b *record.Batch, i int) string {
	r := &b.Records[i]
	l := auditLine{b: b, text: b.Bytes(r.Text), off: r.Text.Off, words: p.words, first: len(b.Fields)}
	if why := l.read(); why != "" {
		return why
	}
	r.Time = l.time
	setPairs(b, i, l.first)
	return ""
}

// auditWords are the names that no line holds.
const auditWords = auditSerial + auditMessage + auditResult + auditPerms

const (
	auditSerial  = "serial"
	auditMessage = "message"
	auditResult  = "seresult"
	auditPerms   = "seperms"
)

const (
	notAudit     = "not an audit line"
	badAuditTime = "no audit time"
)

// auditLine is what is known of the line under way.
type auditLine struct {
	b      *record.Batch
	text   []byte
	off    uint32 // of text in b.Buf
	words  uint32 // where auditWords stand in b.Buf
	first  int    // index of the line's first field in b.Fields
	time   int64
	execve bool // a0, a1 and so on are arguments, not numbers
	bare   bool // there are words outside of name=value
	open   bool // no brace closes from here on
}

// read returns "" or why the line is none.
func (l *auditLine) read() string {
	at := 0
	if hasWord(l.text, at, "node=") {
		end := l.wordEnd(at)
		l.add(l.span(at, at+4), l.span(at+5, end), record.String)
		at = min(end+1, len(l.text))
	}
	if !hasWord(l.text, at, "type=") {
		return notAudit
	}
	end := l.wordEnd(at)
	l.execve = string(l.text[at+5:end]) == "EXECVE"
	l.add(l.span(at, at+4), l.span(at+5, end), record.String)
	at = min(end+1, len(l.text))
	if hasWord(l.text, at, "msg=") {
		at += len("msg=")
	}
	if at = l.stamp(at); at < 0 {
		return badAuditTime
	}
	if hasWord(l.text, at, " user pid=") { // old kernels; it says no more than the type
		at += len(" user")
	}
	body, enriched := at, len(l.text)
	if n := bytes.IndexByte(l.text[at:], 0x1d); n >= 0 {
		enriched = at + n
	}
	if why := l.pairs(body, enriched, true); why != "" {
		return why
	}
	if enriched < len(l.text) {
		if why := l.pairs(enriched+1, len(l.text), true); why != "" {
			return why
		}
	}
	if l.bare {
		message := trim(l.b, l.span(body, enriched))
		return l.add(l.word(auditMessage), message, record.String)
	}
	return ""
}

// stamp reads audit(1364481363.243:24287): and returns where it ends, or -1.
func (l *auditLine) stamp(at int) int {
	if !hasWord(l.text, at, "audit(") {
		return -1
	}
	at += len("audit(")
	n := bytes.IndexByte(l.text[at:], ')')
	if n < 0 {
		return -1
	}
	end := at + n
	colon := bytes.IndexByte(l.text[at:end], ':')
	if colon < 0 {
		return -1
	}
	serial := l.text[at+colon+1 : end]
	var ok bool
	if l.time, ok = parseMsec(l.text[at : at+colon]); !ok || !number.Guessed(serial) {
		return -1
	}
	l.add(l.word(auditSerial), l.span(at+colon+1, end), record.Number)
	end++
	for _, behind := range []string{":", " :"} { // as auditd and as ausearch write it
		if hasWord(l.text, end, behind) {
			return end + len(behind)
		}
	}
	return end
}

// add appends a pair.
func (l *auditLine) add(name, value record.Span, t record.Type) string {
	if len(l.b.Fields)-l.first == 2*record.MaxPairs {
		return manyPairs
	}
	l.b.Fields = append(l.b.Fields, stringField(name), record.Field{Span: value, Type: t})
	return ""
}

func (l *auditLine) span(from, to int) record.Span {
	return record.Span{Off: l.off + uint32(from), Len: uint32(to - from)}
}

// word returns where a part of auditWords stands.
func (l *auditLine) word(name string) record.Span {
	at := 0
	switch name {
	case auditMessage:
		at = len(auditSerial)
	case auditResult:
		at = len(auditSerial + auditMessage)
	case auditPerms:
		at = len(auditSerial + auditMessage + auditResult)
	}
	return record.Span{Off: l.words + uint32(at), Len: uint32(len(name))}
}

// wordEnd returns where the word at text[at] ends.
func (l *auditLine) wordEnd(at int) int {
	if n := bytes.IndexByte(l.text[at:], ' '); n >= 0 {
		return at + n
	}
	return len(l.text)
}

func hasWord(s []byte, at int, word string) bool {
	return len(s)-at >= len(word) && string(s[at:at+len(word)]) == word
}
