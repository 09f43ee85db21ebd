package kinds

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"logskiff/conf"
	"logskiff/parsers"
	"logskiff/parsers/fields"
)

//go:embed fields.md
var fieldsDoc string

// stages are what can stand behind a source's parser.
func stages() conf.Stages {
	return conf.Stages{
		Time: kind("",
			"Takes a record's time from one of its fields, whichever parser found it: `time = { field = \"ts\" }`. It comes before `fields`. "+
				"When the field is missing or cannot be read, the time is when the line was read: the record says so (`\"time_from\":\"read\"`), keeps the field, and is counted.",
			parsers.DefaultTime),
		Step: kind("", strings.TrimSpace(fieldsDoc), none[fields.Step]),
	}
}

// stepsOf returns the steps of a source.
func stepsOf(s conf.Source) []fields.Step {
	var steps []fields.Step
	for _, step := range s.Fields {
		steps = append(steps, *step.(*fields.Step))
	}
	return steps
}

// knownFields returns what fields the records of a source can have before its steps: of its parser, and of its reader.
func knownFields(s conf.Source, p parsers.Parser) fields.Known {
	says, ok := p.(parsers.Fixed)
	if !ok {
		return fields.AnyName()
	}
	names, fixed := says.FieldNames()
	if !fixed || s.Time != nil && slices.Contains(names, "time") { // which may get another name
		return fields.AnyName()
	}
	if b, ok := s.Reader.Settings.(brings); ok {
		brought, fixed := b.Brings()
		if !fixed {
			return fields.AnyName()
		}
		names = append(slices.Clip(names), brought...)
	}
	return fields.KnownNames(names)
}

// UnknownFields finds fields that a source names and that none of its records can have, so far as its parser says what
// they have. Keys are below the source.
func UnknownFields(s conf.Source) []*conf.FieldError {
	p, err := BuildParser(s.Parser)
	if err != nil {
		return nil // BuildStages says it
	}
	bad := fields.CheckNames(stepsOf(s), knownFields(s, p), "parser."+s.Parser.Kind)
	for _, b := range bad {
		b.Key = "fields" + b.Key
	}
	return bad
}

// TwinNames finds names in templates of a source that stand for what is known of a record, though its parser makes a
// field of that name.
func TwinNames(s conf.Source) []string {
	p, err := BuildParser(s.Parser)
	if err != nil {
		return nil // BuildStages says it
	}
	return fields.Twins(stepsOf(s), knownFields(s, p))
}

// BuildStages returns the parser of a source with the stages that it has behind it.
func BuildStages(s conf.Source) (parsers.Parser, error) {
	p, err := BuildParser(s.Parser)
	if err != nil {
		return nil, err
	}
	all := []parsers.Parser{parsers.KeepTimes(p)}
	if s.Time != nil {
		stage, err := parsers.NewTime(*s.Time.(*parsers.TimeConfig))
		if err != nil {
			return nil, fmt.Errorf("time: %w", err)
		}
		all = append(all, stage)
	}
	if len(s.Fields) > 0 {
		stage, err := fields.New(stepsOf(s))
		if err != nil {
			return nil, fmt.Errorf("fields: %w", err)
		}
		all = append(all, stage)
	}
	return parsers.Chain(all...), nil
}
