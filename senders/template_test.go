package senders_test

import (
	"errors"
	"testing"

	"logskiff/conf"
	"logskiff/record"
	"logskiff/record/template"
	"logskiff/senders"
)

func TestATemplateOfASenderHasAKeyInItsMistakes(t *testing.T) {
	_, err := senders.CompileTemplate("topic", "logs/{source}", template.Options{Safe: template.ForTopic()})
	bad, ok := errors.AsType[*conf.FieldError](err)
	if !ok || bad.Key != "topic" || bad.Msg != `no topic can have '/' in its name` || bad.Hint == "" {
		t.Errorf("got %v", err)
	}
	topic, err := senders.CompileTemplate("topic", "logs-{source}", template.Options{Safe: template.ForTopic()})
	if err != nil {
		t.Fatal(err)
	}
	b := &record.Batch{Records: make([]record.Record, 1)}
	name, ok := topic.Append(nil, &template.Input{Batch: b, Record: &b.Records[0], Stream: &record.Stream{Origin: &record.Origin{Source: "a/b"}}})
	if !ok || string(name) != "logs-a_b" {
		t.Errorf("got %q, %v", name, ok)
	}
}
