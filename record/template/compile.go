package template

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"logskiff/record/field"
)

// Options say how a template is read, and what it may become.
type Options struct {
	Max  int            // bytes of what is rendered; 0: that of Safe, or 64 KiB
	Zone *time.Location // of times; nil: UTC
	Safe Safe           // what its text is for; zero: anything
}

const (
	defaultMax = 64 << 10
	maxNested  = 8 // defaults in defaults, as for ${...} in the configuration
)

// Error is what is wrong with a template.
type Error struct {
	At   int    // byte of the text
	Msg  string // what is wrong
	Hint string // what to do, or ""
}

func (e *Error) Error() string { return e.Msg }

// Compile reads a template. An error is an *Error.
func Compile(text string, o Options) (*Template, error) {
	c := compiler{text: text, safe: o.Safe}
	parts, err := c.parts(0)
	if err != nil {
		return nil, err
	}
	if len(parts) > 0 && parts[0].text != "" && strings.Contains(o.Safe.notFirst, parts[0].text[:1]) {
		return nil, c.wrong(0, "begin it with a letter", "no %s can have a name that begins with %q", o.Safe.name, parts[0].text[:1])
	}
	t := &Template{text: text, parts: parts, max: o.Max, zone: o.Zone, safe: o.Safe}
	if t.max == 0 {
		t.max = o.Safe.max
	}
	if t.max == 0 {
		t.max = defaultMax
	}
	if t.zone == nil {
		t.zone = time.UTC
	}
	return t, nil
}

type compiler struct {
	text string
	at   int // byte that is read next
	safe Safe
}

func (c *compiler) wrong(at int, hint, msg string, args ...any) *Error {
	return &Error{At: at, Msg: fmt.Sprintf(msg, args...), Hint: hint}
}

// parts reads up to the end, or inside a default (depth > 0) up to the brace that closes it.
func (c *compiler) parts(depth int) (all []part, _ error) {
	if depth > maxNested {
		return nil, c.wrong(c.at, "name fewer fields", "defaults stand in each other more than %d times", maxNested)
	}
	literal, from := "", c.at
	for c.at < len(c.text) {
		rest := c.text[c.at:]
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			i = len(rest)
		}
		literal += rest[:i]
		c.at += i
		switch rest = rest[i:]; {
		case rest == "":
		case rest[0] == '}' && depth > 0:
			return c.literal(all, from, literal)
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			literal += rest[:1]
			c.at += 2
		case rest[0] == '}':
			return nil, c.wrong(c.at, "write }} for the brace itself", "a } without its {")
		default:
			var err error
			if all, err = c.literal(all, from, literal); err != nil {
				return nil, err
			}
			p, err := c.name(depth)
			if err != nil {
				return nil, err
			}
			all = append(all, p)
			literal, from = "", c.at
		}
	}
	if depth > 0 {
		return nil, c.wrong(len(c.text), "write {name} or {name:-default}; for the brace itself write {{", "a { without its }")
	}
	return c.literal(all, from, literal)
}

// literal appends what stands between names.
func (c *compiler) literal(all []part, at int, text string) ([]part, error) {
	if text == "" {
		return all, nil
	}
	if why := c.safe.forbids(text); why != "" {
		return nil, c.wrong(at, "take it out of the template", "%s", why)
	}
	return append(all, part{what: aLiteral, text: text}), nil
}

// name reads what stands in braces.
func (c *compiler) name(depth int) (p part, _ error) {
	start := c.at
	c.at++
	end := strings.IndexAny(c.text[c.at:], ":{}")
	if end < 0 {
		return p, c.wrong(start, "write {name} or {name:-default}; for the brace itself write {{", "a { without its }")
	}
	name := c.text[c.at : c.at+end]
	c.at += end
	p, err := c.named(start, name)
	if err != nil {
		return p, err
	}
	rest := c.text[c.at:]
	switch {
	case rest[0] == '{':
		return p, c.wrong(c.at, "for the brace itself write {{; a field with a brace in its name is renamed first", "a { in the name %q", name)
	case rest[0] == '}' && p.what >= eventTime:
		if why := c.safe.forbids("2006-01-02T15:04:05.000Z"); why != "" {
			return p, c.wrong(start, fmt.Sprintf("write for example {%s:%%Y.%%m.%%d}", name), "%s", why)
		}
		p.when = []moment{{verb: rfc3339}}
	case rest[0] == '}':
	case p.what >= eventTime:
		return c.moment(p, start)
	case strings.HasPrefix(rest, ":-"):
		c.at += len(":-")
		if p.otherwise, err = c.parts(depth + 1); err != nil {
			return p, err
		}
		p.defaults = true
	default:
		return p, c.wrong(start, fmt.Sprintf("write {%s:-default}; a field with a colon in its name is renamed first", name),
			"behind the colon of {%s:...} there is no -", name)
	}
	c.at++ // the closing brace
	return p, nil
}

// named finds out what a name stands for.
func (c *compiler) named(at int, name string) (p part, _ error) {
	switch {
	case name == "":
		return p, c.wrong(at, "write {name}; for the braces themselves write {{ and }}", "{} names nothing")
	case name != strings.TrimSpace(name):
		return p, c.wrong(at, "write {"+strings.TrimSpace(name)+"}", "space around the name in {%s}", name)
	case !utf8.ValidString(name):
		return p, c.wrong(at, "", "the name in {%s} is not valid UTF-8", strings.ToValidUTF8(name, "\uFFFD"))
	}
	switch name {
	case "offset":
		return part{what: anOffset, known: name}, nil
	case "time":
		return part{what: eventTime, known: name}, nil
	case "read_time":
		return part{what: readTime, known: name}, nil
	}
	if fact, ok := field.ParseFact(name); ok {
		p = part{what: aFact, fact: fact}
		if !strings.HasPrefix(name, "tags.") {
			p.known = name
		}
		return p, nil
	}
	if name == "tags" || name == "tags." {
		return p, c.wrong(at, "write {tags.NAME}, or {fields.tags} for a field", "{%s} names no tag", name)
	}
	if own, ok := strings.CutPrefix(name, "fields."); ok && own != "" {
		name = own
	}
	if name[0] == '.' {
		return p, c.wrong(at, "write {name}, without a dot before it", "{%s} begins with a dot", name)
	}
	return part{what: aField, name: field.New(name)}, nil
}

// moment reads the format behind a time, and its closing brace.
func (c *compiler) moment(p part, start int) (_ part, err error) {
	c.at++
	end := strings.IndexAny(c.text[c.at:], "{}")
	if end < 0 || c.text[c.at+end] == '{' {
		return p, c.wrong(start, "write for example {time:%Y.%m.%d}", "the format of a time has no } behind it")
	}
	format := c.text[c.at : c.at+end]
	switch when, bad := compileTime(format); {
	case strings.HasPrefix(format, "-"):
		return p, c.wrong(start, "write for example {time:%Y.%m.%d}", "a time is always there, so it needs no default")
	case bad != "":
		return p, c.wrong(c.at, "known: "+timeVerbs, "strftime's %s is not known here", bad)
	case !strings.Contains(format, "%"):
		return p, c.wrong(c.at, "write for example {time:%Y.%m.%d}, in the conversions of strftime", "the format %q has nothing of the time in it", format)
	default:
		if why := c.safe.forbids(literalsOf(when)); why != "" {
			return p, c.wrong(c.at, "write the time without it", "%s", why)
		}
		p.when = when
	}
	c.at += end + 1
	return p, nil
}

// Fields returns the names of the fields that are asked for, each once.
func (t *Template) Fields() []string { return fieldsOf(nil, t.parts) }

func fieldsOf(names []string, parts []part) []string {
	for i := range parts {
		if p := &parts[i]; p.what == aField && !slices.Contains(names, p.name.String()) {
			names = append(names, p.name.String())
		}
		names = fieldsOf(names, parts[i].otherwise)
	}
	return names
}

// Facts returns the names it asks for that stand for what is known of a record besides its fields, but for tags,
// each once.
func (t *Template) Facts() []string { return factsOf(nil, t.parts) }

func factsOf(names []string, parts []part) []string {
	for i := range parts {
		if p := &parts[i]; p.known != "" && !slices.Contains(names, p.known) {
			names = append(names, p.known)
		}
		names = factsOf(names, parts[i].otherwise)
	}
	return names
}

// Pattern returns the text with wild in the place of what differs from record to record, once where several such things stand
// side by side.
func (t *Template) Pattern(wild string) string {
	var b strings.Builder
	differs := false
	for i := range t.parts {
		switch p := &t.parts[i]; {
		case p.what == aLiteral:
			b.WriteString(p.text)
			differs = false
		case !differs:
			b.WriteString(wild)
			differs = true
		}
	}
	return b.String()
}

// Constant says whether it is the same text for every record.
func (t *Template) Constant() bool {
	return !slices.ContainsFunc(t.parts, func(p part) bool { return p.what != aLiteral })
}
