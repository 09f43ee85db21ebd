package fields

import (
	"regexp"

	"logskiff/parsers"
)

// compile makes a step of a table that passed Validate.
func (st *stage) compile(s *Step) (step, error) {
	switch {
	case s.Keep != nil:
		return &keep{names: s.Keep}, nil
	case s.Drop != nil:
		return &keep{names: s.Drop, not: true}, nil
	case s.Rename != nil:
		return st.newRename(s.Rename), nil
	case s.Add != nil:
		return st.newAdd(s.Add), nil
	case s.Type != nil:
		return st.newConverts(s.Type), nil
	case s.Hash != nil:
		return newHashed(s.Hash, s.Salt.Reveal()), nil
	case s.DropIf != "", s.KeepIf != "":
		e, err := compileExpression(s.DropIf + s.KeepIf)
		return &decide{when: e, unless: s.KeepIf != ""}, err
	case s.Sample != nil:
		d := &decide{oneIn: uint64(*s.Sample)}
		if s.If == "" {
			return d, nil
		}
		var err error
		d.when, err = compileExpression(s.If)
		return d, err
	case s.JSON != "":
		return &fromJSON{name: s.JSON, prefix: prefix(s, "")}, nil
	case s.KeyValue != "":
		split, err := parsers.NewKeyValues(parsers.DefaultKV())
		return &fromKeyValues{name: s.KeyValue, prefix: prefix(s, ""), split: split}, err
	case s.Query != "":
		return &fromQuery{name: s.Query, prefix: prefix(s, "query_")}, nil
	case s.Path != "":
		re, err := compilePath(s.Path)
		if err != nil {
			return nil, err
		}
		return st.newFromPath(re, prefix(s, "")), nil
	case s.Template != "":
		t, err := s.compileTemplate()
		if err != nil {
			return nil, err
		}
		return st.newFromTemplate(t, s.To), nil
	}
	r := newRedact(s)
	if s.Pattern != "" {
		var err error
		if r.pattern, err = regexp.Compile(s.Pattern); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func prefix(s *Step, otherwise string) string {
	if s.Prefix != nil {
		return *s.Prefix
	}
	return otherwise
}
