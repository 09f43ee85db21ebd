package agent

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
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
		Time: conf.Kind{
			Doc: "Takes a record's time from one of its fields, whichever parser found it: `time = { field = \"ts\" }`. It comes before `fields`. " +
				"When the field is missing or cannot be read, the time is when the line was read: the record says so (`\"time_from\":\"read\"`), keeps the field, and is counted.",
			New: func() any { c := parsers.DefaultTime(); return &c },
		},
		Step: conf.Kind{
			Doc: strings.TrimSpace(fieldsDoc),
			New: func() any { return &fields.Step{} },
		},
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

// checkStages refuses sources whose stages would silently do nothing: what must be
// redacted would be sent.
func checkStages(cfg *conf.Config) error {
	var errs []error
	pipelines := pipelinesOf(cfg)
	for _, name := range slices.Sorted(maps.Keys(pipelines)) {
		p, stage := pipelines[name], ""
		switch {
		case len(p.source.Fields) > 0:
			stage = "fields"
		case p.source.Time != nil:
			stage = "time"
		default:
			continue
		}
		kind := find(senderKinds(), p.sender.Kind, func(k senderKind) string { return k.Name })
		if kind.asRead != nil && kind.asRead(p.sender.Settings) {
			errs = append(errs, wrong("source "+p.source.Name, stage, fmt.Sprintf("does nothing for sender %q, which sends lines as they were read", p.sender.Name),
				"write format = \"ndjson\" there, or send from a source of its own"))
		}
	}
	return errors.Join(errs...)
}
