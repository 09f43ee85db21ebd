package http

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"logskiff/conf"
)

// Config is the table of `reader.http = {...}`.
type Config struct {
	Listen        string        `toml:"listen" doc:"Address and port to listen on. The default 127.0.0.1:7711 is reachable from this host only; \":7711\" listens everywhere. A socket for this address that systemd passes (socket activation) is used instead of a new one."`
	Path          string        `toml:"path" doc:"URL path that takes batches. Agents post to /v1/batch unless their endpoint says otherwise."`
	MaxBody       conf.Size     `toml:"max_body" doc:"Largest request body as sent, in bytes; a larger one is answered 413, and agents then send halves. 8MiB is eight times what agents put into one."`
	MaxDecoded    conf.Size     `toml:"max_decoded" doc:"Largest request body after decompression, in bytes; a larger one is answered 413. 16MiB holds a line of 1 MiB however it is escaped."`
	Queue         conf.Size     `toml:"queue" doc:"Memory for requests that are being read or wait for their turn, in bytes, taken as their bytes arrive; when it is full, 503 asks clients to come back, and the last quarter is for those that hold less than an equal share. 32MiB keeps a forwarder below 64 MiB; at least max_body + max_decoded."`
	HeaderTimeout conf.Duration `toml:"header_timeout" doc:"Longest time a client may take to send the request header. 5s, since a header is one packet."`
	BodyTimeout   conf.Duration `toml:"body_timeout" doc:"Longest time a client may take to send the body. 30s is enough for 8 MiB over a slow line."`
	MinRate       conf.Size     `toml:"min_rate" doc:"Least number of bytes a second that a body must come with, after the first 5s; it may stand still for 5s. When memory is short, bodies that stand still for 0.5s, or come with less than 16KiB a second, give way. 1KiB is far below any line in use."`
	Connections   int           `toml:"max_connections" doc:"Most connections at a time, each of which costs some tens of KiB, with TLS twice as much. When there are as many, idle ones are closed for new ones, longest idle first; when none is idle, new ones are answered 503 (with TLS: closed)."`
	AnswerTimeout conf.Duration `toml:"answer_timeout" doc:"Longest time a client waits for its records to be delivered before it is told 503 and to come back. 25s is below the 30s after which agents give up."`
	IdleTimeout   conf.Duration `toml:"idle_timeout" doc:"How long a connection without a request stays open. 2m spares agents new connections."`
	Tokens        []conf.Secret `toml:"tokens" doc:"Clients must send one of these as \"Authorization: Bearer\"; several, so that they can be changed without a gap. None, the default, asks for no token."`
	BindStreams   bool          `toml:"bind_streams" doc:"Whether a stream belongs to the client that first sent it: to the agent by the word it sends with its batches, else to its certificate's names, its token, or the host it says. Another client's request for it is answered 409; where only the word is missing, as after going back to an agent that has none, 503, and its lines wait. false lets streams change hands: set it, reload, and set it back once they have."`
	TLS           TLS           `toml:"tls" doc:"Certificate of this forwarder; with it, only https is spoken."`
}

// TLS is how the forwarder shows who it is, and whom it trusts.
type TLS struct {
	Cert     string `toml:"cert" doc:"PEM file of the certificate, and those between it and its root. It is read again when it changes, so it can be renewed in place."`
	Key      string `toml:"key" doc:"PEM file of the private key of cert."`
	ClientCA string `toml:"client_ca" doc:"PEM file of the certificates that clients' certificates must be signed by. It is read again when it changes. Empty, the default, asks for none."`
}

// Default returns the settings used for what is not set.
func Default() Config {
	const second = conf.Duration(time.Second)
	return Config{
		Listen: "127.0.0.1:7711", Path: "/v1/batch",
		MaxBody: 8 << 20, MaxDecoded: 16 << 20, Queue: 32 << 20,
		HeaderTimeout: 5 * second, BodyTimeout: 30 * second, AnswerTimeout: 25 * second, IdleTimeout: 120 * second,
		BindStreams: true, MinRate: 1 << 10, Connections: 2048,
	}
}

// Validate returns one *conf.FieldError for each wrong key, joined.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }

	if msg, hint := conf.CheckListen(c.Listen); msg != "" {
		bad("listen", msg, hint)
	}
	if !strings.HasPrefix(c.Path, "/") || strings.ContainsAny(c.Path, "{}?# ") {
		bad("path", fmt.Sprintf("%q is not a plain URL path", c.Path), `"/v1/batch" is the default`)
	}
	const most = 1 << 30 // spans in a batch are 32 bits wide
	for key, size := range map[string]conf.Size{"max_body": c.MaxBody, "max_decoded": c.MaxDecoded} {
		if size < 64<<10 || size > most {
			bad(key, "must be between 64KiB and 1GiB", "8MiB and 16MiB are the defaults")
		}
	}
	if c.Queue < c.MaxBody+c.MaxDecoded {
		bad("queue", fmt.Sprintf("is %s, less than max_body + max_decoded, %s: the largest request could never be taken", c.Queue, c.MaxBody+c.MaxDecoded), "make it larger, or the others smaller")
	}
	if c.MinRate < 1 || c.MinRate > most {
		bad("min_rate", "must be between 1B and 1GiB", "1KiB is the default")
	}
	if c.Connections < 1 || c.Connections > 1<<20 {
		bad("max_connections", "must be between 1 and 1048576", "2048 is the default")
	}
	for key, d := range map[string]conf.Duration{"header_timeout": c.HeaderTimeout, "body_timeout": c.BodyTimeout,
		"answer_timeout": c.AnswerTimeout, "idle_timeout": c.IdleTimeout} {
		if d.Std() < 10*time.Millisecond {
			bad(key, "must be at least 10ms", "remove it for the default")
		}
	}
	for i, t := range c.Tokens {
		if strings.TrimSpace(t.Reveal()) == "" {
			bad("tokens", fmt.Sprintf("number %d is empty, so it would protect nothing", i+1), "check the file or variable it comes from")
		}
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		bad("tls", "needs both cert and key", "add the one that is missing")
	}
	if c.TLS.ClientCA != "" && c.TLS.Cert == "" {
		bad("tls.client_ca", "needs cert and key too", "add them")
	}
	return errors.Join(errs...)
}

// CheckFiles finds out whether the certificate files can be used.
func (c *Config) CheckFiles() error {
	var errs []error
	if c.TLS.Cert != "" && c.TLS.Key != "" {
		errs = append(errs, conf.Below("tls", conf.CheckKeyPair(c.TLS.Cert, c.TLS.Key)))
	}
	if c.TLS.ClientCA != "" {
		_, err := conf.ReadAuthorities(c.TLS.ClientCA)
		errs = append(errs, conf.Below("tls.client_ca", err))
	}
	return errors.Join(errs...)
}

// exposed reports whether others than this host can reach the listener unasked.
func (c *Config) exposed() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil || len(c.Tokens) > 0 || c.TLS.ClientCA != "" {
		return false
	}
	ip := net.ParseIP(host)
	return host != "localhost" && (ip == nil || !ip.IsLoopback())
}
