package fields

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"logskiff/conf"
	"logskiff/record/field"
	"logskiff/record/template"
)

// Known is what fields records can have, so far as it can be known before there are any. Lines that failed to parse have
// message, parse_error and what steps add to them, which no keep or drop takes out.
type Known struct {
	names    []string
	prefixes []string // what names from lines begin with
	any      bool     // fields of any name
}

// KnownNames says that records have these fields and no others.
func KnownNames(names []string) Known { return Known{names: slices.Clone(names)} }

// AnyName says that records can have fields of any name.
func AnyName() Known { return Known{any: true} }

// Has says whether a record can have a field that a name stands for: a field of that name, or an object that may have it
// as a member. Lines that failed to parse have message and parse_error.
func (k Known) Has(name string) bool {
	if k.any || name == "message" || name == "parse_error" {
		return true
	}
	n := field.New(name)
	return n.Among(k.names) >= 0 || slices.ContainsFunc(k.prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// Behind returns what fields records can have behind steps.
func (k Known) Behind(steps []Step) Known {
	for i := range steps {
		k = k.behind(&steps[i])
	}
	return k
}

func (k Known) behind(s *Step) Known {
	if k.any {
		return k.behindAny(s)
	}
	names := slices.Clone(k.names)
	switch {
	case s.Keep != nil:
		kept := slices.DeleteFunc(slices.Clone(s.Keep), func(name string) bool { return !k.Has(name) })
		return Known{names: kept}
	case s.Drop != nil:
		names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(s.Drop, name) })
	case s.Rename != nil:
		names = slices.DeleteFunc(names, func(name string) bool { _, old := s.Rename[name]; return old })
		for old, name := range s.Rename {
			if k.Has(old) {
				names = append(names, name)
			}
		}
	case s.Add != nil:
		names = slices.AppendSeq(names, maps.Keys(s.Add))
	case s.JSON != "" && k.Has(s.JSON):
		return k.withPrefix(prefix(s, ""))
	case s.KeyValue != "" && k.Has(s.KeyValue):
		return k.withPrefix(prefix(s, ""))
	case s.Query != "" && k.Has(s.Query):
		return k.withPrefix(prefix(s, "query_"))
	case s.Path != "":
		names = append(names, pathNames(s)...)
	case s.Template != "":
		names = append(names, s.To)
	}
	return Known{names: names, prefixes: k.prefixes}
}

// behindAny: of fields of any name only keep leaves known ones.
func (k Known) behindAny(s *Step) Known {
	if s.Keep != nil {
		return KnownNames(s.Keep)
	}
	return k
}

// withPrefix adds names from lines.
func (k Known) withPrefix(prefix string) Known {
	if prefix == "" {
		return AnyName()
	}
	return Known{names: k.names, prefixes: append(slices.Clone(k.prefixes), prefix)}
}

func pathNames(s *Step) (names []string) {
	re, err := compilePath(s.Path)
	if err != nil {
		return nil // said by Validate
	}
	for _, name := range re.SubexpNames() {
		if name != "" {
			names = append(names, prefix(s, "")+name)
		}
	}
	return names
}

// CheckNames finds fields that templates name and that no record can have where they stand. made says who makes the
// known ones, for people. Errors are *conf.FieldError, their keys as below the list of steps: "[0].template".
func CheckNames(steps []Step, known Known, made string) (bad []*conf.FieldError) {
	for i := range steps {
		if s := &steps[i]; s.Template != "" {
			bad = append(bad, s.checkNames(i, known.Behind(steps[:i]), made)...)
		}
	}
	return bad
}

// Twins finds names in templates that stand for what is known of a record, and that its records are known to have a
// field of, which may be meant.
func Twins(steps []Step, known Known) (names []string) {
	for i := range steps {
		t, err := steps[i].compileTemplate()
		if steps[i].Template == "" || err != nil {
			continue
		}
		there := known.Behind(steps[:i])
		for _, name := range t.Facts() {
			if !there.any && slices.Contains(there.names, name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func (s *Step) checkNames(i int, known Known, made string) (bad []*conf.FieldError) {
	t, err := s.compileTemplate()
	if err != nil {
		return nil // said by Validate
	}
	bad = CheckTemplate(t, known)
	for _, b := range bad {
		b.Key = fmt.Sprintf("[%d].template", i)
		b.Msg += fmt.Sprintf(" here: %s makes none, nor does a step before this one", made)
	}
	return bad
}

// CheckTemplate finds fields that a template names and that no record can have. Its caller says in the errors, each a
// beginning of one, which key that is under and who makes what there is.
func CheckTemplate(t *template.Template, known Known) (bad []*conf.FieldError) {
	for _, name := range t.Fields() {
		if known.Has(name) {
			continue
		}
		hint := conf.DidYouMean(name, slices.Concat(known.names, []string{"host", "source", "path", "stream", "offset", "time", "read_time"}))
		if hint == "" {
			hint = "test-parse shows what fields there are"
		}
		bad = append(bad, &conf.FieldError{Msg: fmt.Sprintf("there is no field %q", name), Hint: hint})
	}
	return bad
}
