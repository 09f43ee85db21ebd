package parsers

import (
	"fmt"
	"slices"
	"strings"

	"logskiff/conf"
)

// grokGroup begins the names of groups that stand for fields, whose own names may
// have characters that groups cannot.
const grokGroup = "grok__"

// maxGrok bounds the length of an expanded pattern in bytes: patterns that use each
// other can grow exponentially.
const maxGrok = 64 << 10

// grok turns a pattern into a regular expression.
type grok struct {
	known  map[string]string // the standard set, and what the settings define
	fields []regexField      // by number of their group
	size   int
}

// expand replaces each %{...} in text, which stands under key in the settings; inside names
// the patterns that text is part of.
func (g *grok) expand(text, key string, inside []string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "%{")
		out.WriteString(before)
		if !found {
			break
		}
		reference, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", &conf.FieldError{Key: key, Msg: fmt.Sprintf("the closing brace of %%{%s is missing", clip(rest))}
		}
		body, err := g.reference(reference, key, inside)
		if err != nil {
			return "", err
		}
		out.WriteString(body)
		text = after
	}
	if g.size += out.Len(); g.size > maxGrok {
		return "", &conf.FieldError{Key: key, Msg: "is too long when its patterns are put in", Hint: "use fewer or smaller patterns"}
	}
	return out.String(), nil
}

// reference returns the group that stands for NAME, NAME:field or NAME:field:type.
func (g *grok) reference(text, key string, inside []string) (string, error) {
	name, field, named := strings.Cut(text, ":")
	pattern, ok := g.known[name]
	if !ok {
		return "", &conf.FieldError{Key: key, Msg: fmt.Sprintf("there is no pattern %q", clip(name)), Hint: g.similar(name)}
	}
	if slices.Contains(inside, name) {
		return "", &conf.FieldError{Key: key, Msg: "pattern " + name + " uses itself: " + strings.Join(append(slices.Clone(inside), name), " -> ")}
	}
	open := "(?:"
	if named {
		f, err := grokField(field, key)
		if err != nil {
			return "", err
		}
		open = fmt.Sprintf("(?P<%s%d>", grokGroup, len(g.fields))
		g.fields = append(g.fields, f)
	}
	body, err := g.expand(pattern, key, append(slices.Clone(inside), name))
	return open + body + ")", err
}

// grokField reads field or field:type.
func grokField(text, key string) (regexField, error) {
	name, how, typed := strings.Cut(text, ":")
	f := regexField{name: name}
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		f.name = strings.ReplaceAll(name[1:len(name)-1], "][", ".")
	}
	if f.name == "" || strings.IndexFunc(f.name, func(r rune) bool {
		return !(r < 128 && isNameByte(byte(r)) || r == '.' || r == '-' || r == '@')
	}) >= 0 {
		return f, &conf.FieldError{Key: key, Msg: fmt.Sprintf("%q is not a name for a field", clip(name)), Hint: "use letters, digits and _ . - @"}
	}
	switch {
	case !typed || how == "string":
	case how == "int" || how == "long" || how == "float" || how == "double" || how == "number":
		f.kind = numberGroup
	default:
		return f, &conf.FieldError{Key: key, Msg: fmt.Sprintf("%q is not a type", clip(how)), Hint: "use int, float or string"}
	}
	return f, nil
}

// similar is the hint for a name that is not known.
func (g *grok) similar(name string) string {
	var near []string
	upper := strings.ToUpper(name)
	for known := range g.known {
		if n := min(3, len(known), len(upper)); n > 0 && known[:n] == upper[:n] {
			near = append(near, known)
		}
	}
	if len(near) == 0 || len(near) > 8 {
		return "define it in patterns"
	}
	slices.Sort(near)
	return "did you mean " + strings.Join(near, ", ") + "? Or define it in patterns"
}

// clip keeps messages short.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
