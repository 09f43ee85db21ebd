package httpclient

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"logskiff/conf"
)

// Config is the settings of every sender that speaks HTTP. A sender embeds it in
// its own, so that these keys mean the same, and are explained in the same words, everywhere.
type Config struct {
	Timeout        conf.Duration          `toml:"timeout" doc:"Longest time for one whole request, answer included; then it is tried again. 30s leaves a busy receiver time to sync its disk."`
	ConnectTimeout conf.Duration          `toml:"connect_timeout" doc:"Longest time to connect, name server and TLS handshake included. 5s, so that a dead endpoint is noticed long before the request's own timeout."`
	Proxy          conf.Secret            `toml:"proxy" doc:"URL of the proxy for all endpoints (http, https or socks5; it may hold a user name and a password), or none. Without it HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the agent's environment are honoured."`
	Headers        map[string]conf.Secret `toml:"headers" doc:"Further header lines of every request."`
	Bearer         conf.Secret            `toml:"bearer" doc:"Token sent as \"Authorization: Bearer\"; write it as ${NAME} or ${file:/path} to keep it out of the file."`
	Basic          Basic                  `toml:"basic" doc:"User name and password sent as \"Authorization: Basic\"."`
	TLS            TLS                    `toml:"tls" doc:"Certificates for https endpoints."`
}

// Basic is basic authentication (RFC 7617).
type Basic struct {
	Username string      `toml:"username" doc:"User name; it cannot contain a colon."`
	Password conf.Secret `toml:"password" doc:"Password."`
}

// TLS is how https endpoints are trusted, and how they know this host.
type TLS struct {
	CA                 string `toml:"ca" doc:"PEM file of the certificates to trust instead of the system's. It is read again when it changes, so it can be renewed in place."`
	Cert               string `toml:"cert" doc:"PEM file of the certificate to show to the server; read again at each handshake, so it can be renewed in place."`
	Key                string `toml:"key" doc:"PEM file of the private key of cert."`
	ServerName         string `toml:"server_name" doc:"Name to expect in the server's certificate; the default is the host of the URL."`
	InsecureSkipVerify bool   `toml:"insecure_skip_verify" doc:"Trust any certificate. Anyone between the hosts can then read and change the logs; only for tests."`
}

// Default returns the settings used for what is not set.
func Default() Config {
	return Config{
		Timeout:        conf.Duration(30 * time.Second),
		ConnectTimeout: conf.Duration(5 * time.Second),
	}
}

// Check returns a *conf.FieldError for each wrong key. https says that one of the URLs
// is https; own are the headers that the sender sets itself, beside those that all do.
func (c *Config) Check(https bool, own ...string) []error {
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	if c.Timeout.Std() < 100*time.Millisecond {
		bad("timeout", "must be at least 100ms", "30s is the default")
	}
	if c.ConnectTimeout.Std() < 10*time.Millisecond {
		bad("connect_timeout", "must be at least 10ms", "5s is the default")
	}
	if _, msg, hint := parseProxy(c.Proxy.Reveal()); msg != "" {
		bad("proxy", msg, hint)
	}
	for _, k := range slices.Sorted(maps.Keys(c.Headers)) {
		if msg := checkHeader(k, c.Headers[k].Reveal(), own); msg != "" {
			bad("headers."+k, msg, "remove it, or change it")
		}
	}
	c.checkAuth(bad)
	if c.TLS != (TLS{}) && !https {
		bad("tls", "is set but no endpoint begins with https://", "change the endpoints, or remove tls")
	}
	return append(errs, c.TLS.Check()...)
}

func (c *Config) checkAuth(bad func(key, msg, hint string)) {
	if !validHeaderValue(c.Bearer.Reveal()) {
		bad("bearer", "contains a line break or another control character", "check the file or variable it comes from")
	}
	switch {
	case c.Bearer != "" && c.Basic != (Basic{}):
		bad("basic", "cannot be used together with bearer", "remove one of them")
	case c.Basic.Username == "" && c.Basic.Password != "":
		bad("basic.username", "is missing", `add username = "..."`)
	case strings.Contains(c.Basic.Username, ":"):
		bad("basic.username", "contains a colon, which basic authentication does not allow", "use another user")
	}
}

// Check returns a *conf.FieldError for each wrong key, as of a table that stands under tls.
func (t *TLS) Check() (errs []error) {
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	if t.Cert != "" && t.Key == "" {
		bad("tls.key", "is missing beside tls.cert", `add key = "..."`)
	}
	if t.Key != "" && t.Cert == "" {
		bad("tls.cert", "is missing beside tls.key", `add cert = "..."`)
	}
	if t.ServerName != "" {
		if msg := conf.CheckHost(t.ServerName); msg != "" {
			bad("tls.server_name", msg, "write the name that is in the certificate, without a port")
		}
	}
	if t.InsecureSkipVerify && t.CA != "" {
		bad("tls.ca", "has no effect with insecure_skip_verify", "remove insecure_skip_verify")
	}
	return errs
}

// CheckFiles finds out whether the certificate files can be used.
func (c *Config) CheckFiles() error { return c.TLS.CheckFiles() }

// CheckFiles finds out whether the files can be used.
func (t *TLS) CheckFiles() error {
	var errs []error
	if t.CA != "" {
		_, err := conf.ReadAuthorities(t.CA)
		errs = append(errs, conf.Below("tls.ca", err))
	}
	if t.Cert != "" && t.Key != "" {
		errs = append(errs, conf.Below("tls", conf.CheckKeyPair(t.Cert, t.Key)))
	}
	return errors.Join(errs...)
}

// CheckChoice returns a *conf.FieldError unless got is one of the choices.
func CheckChoice(key, got string, choices ...string) error {
	if slices.Contains(choices, got) {
		return nil
	}
	return &conf.FieldError{Key: key, Msg: fmt.Sprintf("%q is not known", got), Hint: "use " + strings.Join(choices, ", ")}
}
