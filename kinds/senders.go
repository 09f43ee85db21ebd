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
	// folder returns that in which it keeps what was sent to it, which `store check` reads; nil: it has none.
	folder func(settings any) string
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
