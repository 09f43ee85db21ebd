package kinds

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"logskiff/conf"
	"logskiff/parsers/fields"
	"logskiff/record/template"
	"logskiff/senders"
	"logskiff/senders/elasticsearch"
	sendfile "logskiff/senders/file"
	sendhttp "logskiff/senders/http"
	"logskiff/senders/kafka"
	"logskiff/senders/victorialogs"
)

// SenderEnv is what the agent lends a sender.
type SenderEnv struct {
	Log     *slog.Logger
	Version string
}

type senderRow struct {
	row[SenderEnv, *senders.Sender]
	// folder returns that in which it keeps what was sent to it, which `store check` reads; nil: it has none.
	folder func(settings any) string
	// templates returns those that its settings have, by their keys; nil: they have none.
	templates func(settings any) map[string]*template.Template
}

func senderRows() []senderRow {
	return []senderRow{
		{
			row: newRow("http", "Posts batches to forwarders, or to anything that takes lines over HTTP.", sendhttp.Default,
				func(c sendhttp.Config, env SenderEnv) (*senders.Sender, error) {
					return sendhttp.New(c, sendhttp.Env{Log: env.Log, UserAgent: "logskiff/" + env.Version})
				}),
		},
		{
			row: newRow("file", "Writes ndjson files, synced before they are acknowledged, without repeats.", sendfile.Default,
				func(c sendfile.Config, env SenderEnv) (*senders.Sender, error) {
					return sendfile.New(c, sendfile.Env{Log: env.Log})
				}),
			folder: of(func(c sendfile.Config) string { return c.Path }),
		},
		{
			row: newRow("kafka", "Writes records to topics of Kafka, with a partition's whole in-sync set as witness, and numbered so that repeats are recognised.", kafka.Default,
				func(c kafka.Config, env SenderEnv) (*senders.Sender, error) {
					return kafka.New(c, kafka.Env{Log: env.Log, Version: env.Version})
				}),
			templates: of(func(c kafka.Config) map[string]*template.Template { return c.Templates() }),
		},
		{
			row: newRow("elasticsearch", "Writes records to indexes and data streams of Elasticsearch and OpenSearch, under ids by which repeats change nothing.", elasticsearch.Default,
				func(c elasticsearch.Config, env SenderEnv) (*senders.Sender, error) {
					return elasticsearch.New(c, elasticsearch.Env{Log: env.Log, UserAgent: "logskiff/" + env.Version})
				}),
			templates: of(func(c elasticsearch.Config) map[string]*template.Template { return c.Templates() }),
		},
		{
			row: newRow("victorialogs", "Writes records to VictoriaLogs as JSON lines.", victorialogs.Default,
				func(c victorialogs.Config, env SenderEnv) (*senders.Sender, error) {
					return victorialogs.New(c, victorialogs.Env{Log: env.Log, UserAgent: "logskiff/" + env.Version})
				}),
		},
	}
}

func senderOf(p conf.Plugin) senderRow {
	return named(senderRows(), p.Kind, func(r senderRow) string { return r.Name })
}

// Folder returns the folder in which a sender keeps what was sent to it, if it does.
func Folder(p conf.Plugin) (folder string, ok bool) {
	r := senderOf(p)
	if r.folder == nil {
		return "", false
	}
	return r.folder(p.Settings), true
}

// UnknownNames finds fields that templates of a sender name and that no record of a source can have, so far as its parser
// says what they have. Keys are below the sender.
func UnknownNames(s conf.Source, to conf.Plugin) (bad []*conf.FieldError) {
	r := senderOf(to)
	if r.templates == nil {
		return nil
	}
	p, err := BuildParser(s.Parser)
	if err != nil {
		return nil // BuildStages says it
	}
	known := knownFields(s, p).Behind(stepsOf(s))
	all := r.templates(to.Settings)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		for _, b := range fields.CheckTemplate(all[key], known) {
			b.Key = to.Kind + "." + key
			b.Msg += fmt.Sprintf(" in records of source %q: parser.%s makes none, nor does a step behind it", s.Name, s.Parser.Kind)
			bad = append(bad, b)
		}
	}
	return bad
}
