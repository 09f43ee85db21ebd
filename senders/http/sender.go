package httpsend

import (
	"encoding/base64"
	"log/slog"
	"net/http"

	"logskiff/senders"
	"logskiff/senders/encode"
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
	tlsConfig, roots, err := cfg.TLS.config(env.Log)
	if err != nil {
		return nil, err
	}
	headers := cfg.fixedHeaders(env.UserAgent)
	hide := cfg.secrets()
	s := &senders.Sender{
		Strategy:      cfg.Strategy,
		Hedge:         cfg.Hedge,
		NewEncoder:    encode.NewLines,
		NewCompressor: map[string]func() senders.Compressor{"zstd": encode.NewZstd, "gzip": encode.NewGzip, "none": encode.NewNone}[cfg.Compression],
	}
	if cfg.Format != "lines" {
		s.NewEncoder = func() senders.Encoder { return encode.NewSized(cfg.Repeat) }
	}
	if cfg.Format == "auto" && len(cfg.Repeat) == 0 {
		s.NewShortcut = encode.NewBare
	}
	for _, raw := range cfg.Endpoints {
		u, _, _ := parseEndpoint(raw)
		s.Endpoints = append(s.Endpoints, &endpoint{
			url: u, name: nameOf(u), headers: headers, hide: hide,
			timeout:   cfg.Timeout.Std(),
			transport: newTransport(tlsConfig, roots, cfg.ConnectTimeout.Std()),
			fresh:     once(newTransport(tlsConfig, roots, cfg.ConnectTimeout.Std())),
		})
	}
	return s, nil
}

// fixedHeaders are the same in every request; they are never written to again.
func (c *Config) fixedHeaders(userAgent string) http.Header {
	h := http.Header{"User-Agent": {userAgent}}
	for k, v := range c.Headers {
		h.Set(k, v.Reveal())
	}
	switch {
	case c.Bearer != "":
		h.Set("Authorization", "Bearer "+c.Bearer.Reveal())
	case c.Basic.Username != "":
		h.Set("Authorization", "Basic "+c.Basic.encoded())
	}
	return h
}

func (b *Basic) encoded() string {
	return base64.StdEncoding.EncodeToString([]byte(b.Username + ":" + b.Password.Reveal()))
}

// secrets are what a destination may echo in its answer and people must not
// see. Custom headers count too: they often are API keys.
func (c *Config) secrets() []string {
	const tooShortToHide = 6 // hiding "1" would make every reason unreadable
	all := []string{c.Bearer.Reveal(), c.Basic.Password.Reveal()}
	if c.Basic != (Basic{}) {
		all = append(all, c.Basic.encoded())
	}
	for _, v := range c.Headers {
		all = append(all, v.Reveal())
	}
	var long []string
	for _, s := range all {
		if len(s) >= tooShortToHide {
			long = append(long, s)
		}
	}
	return long
}
