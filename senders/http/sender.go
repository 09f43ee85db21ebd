package http

import (
	"log/slog"

	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/httpclient"
)

// Env is what the agent lends the sender.
type Env struct {
	Log       *slog.Logger
	UserAgent string
}

// New builds the sender of a validated Config. It reads the certificate files
// and fails when they cannot be used; it connects to nothing.
func New(cfg Config, env Env) (*senders.Sender, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	urls, _ := httpclient.ReadEndpoints(cfg.Endpoints, DefaultPath)
	clients, err := cfg.Clients(urls, httpclient.Env{Log: env.Log, UserAgent: env.UserAgent})
	if err != nil {
		return nil, err
	}
	s := &senders.Sender{
		Strategy:      cfg.Strategy,
		Hedge:         cfg.Hedge,
		AsRead:        cfg.Format == "lines",
		Recounted:     cfg.Format == "lines",
		Header:        headerSize,
		NewEncoder:    encode.NewLines,
		NewCompressor: encode.Compressors(cfg.Compression),
	}
	if cfg.Format != "lines" {
		s.NewEncoder = func() senders.Encoder { return encode.NewSized(cfg.Repeat) }
	}
	if cfg.Format == "auto" && len(cfg.Repeat) == 0 {
		s.NewShortcut = encode.NewBare
	}
	for _, c := range clients {
		s.Endpoints = append(s.Endpoints, &endpoint{client: c, contentType: s.NewEncoder().ContentType(), shortcut: s.NewShortcut != nil})
	}
	return s, nil
}
