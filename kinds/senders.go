package kinds

import (
	"log/slog"

	"logskiff/conf"
	"logskiff/senders"
	sendfile "logskiff/senders/file"
	sendhttp "logskiff/senders/http"
)

// SenderEnv is what the agent lends a sender.
type SenderEnv struct {
	Log     *slog.Logger
	Version string
}

type senderRow struct {
	row[SenderEnv, *senders.Sender]
	// asRead says whether it sends lines as they were read, whatever stages made of
	// them; nil: it never does.
	asRead func(settings any) bool
}

func senderRows() []senderRow {
	return []senderRow{
		{
			row: newRow("http", "Posts batches to forwarders, or to anything that takes lines over HTTP.", sendhttp.Default,
				func(c sendhttp.Config, env SenderEnv) (*senders.Sender, error) {
					return sendhttp.New(c, sendhttp.Env{Log: env.Log, UserAgent: "logskiff/" + env.Version})
				}),
			asRead: of(func(c sendhttp.Config) bool { return c.Format == "lines" }),
		},
		{
			row: newRow("file", "Writes ndjson files, synced before they are acknowledged, without repeats.", sendfile.Default,
				func(c sendfile.Config, env SenderEnv) (*senders.Sender, error) {
					return sendfile.New(c, sendfile.Env{Log: env.Log})
				}),
		},
	}
}

func senderOf(p conf.Plugin) senderRow {
	return named(senderRows(), p.Kind, func(r senderRow) string { return r.Name })
}

// SendsAsRead says whether a sender sends lines as they were read, whatever stages made
// of them.
func SendsAsRead(p conf.Plugin) bool {
	r := senderOf(p)
	return r.asRead != nil && r.asRead(p.Settings)
}
