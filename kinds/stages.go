package kinds

import (
	_ "embed"
	"fmt"
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

// BuildStages returns the parser of a source with the stages that it has behind it.
func BuildStages(s conf.Source) (parsers.Parser, error) {
	p, err := BuildParser(s.Parser)
	if err != nil {
		return nil, err
	}
	all := []parsers.Parser{p}
	if s.Time != nil {
		stage, err := parsers.NewTime(*s.Time.(*parsers.TimeConfig))
		if err != nil {
			return nil, fmt.Errorf("time: %w", err)
		}
		all = append(all, stage)
	}
	if len(s.Fields) > 0 {
		var steps []fields.Step
		for _, step := range s.Fields {
			steps = append(steps, *step.(*fields.Step))
		}
		stage, err := fields.New(steps)
		if err != nil {
			return nil, fmt.Errorf("fields: %w", err)
		}
		all = append(all, stage)
	}
	return parsers.Chain(all...), nil
}
