package httpsend

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"logskiff/conf"
	"logskiff/senders"
	"logskiff/senders/encode"
)

// DefaultPath is the path of an endpoint written without one; see docs/protocol.md.
const DefaultPath = "/v1/batch"

// Config is the table of `[[sender]] http = {...}`.
type Config struct {
	Endpoints      []string               `toml:"endpoints" example:"[\"http://ingest-1:7711\"]" doc:"URLs of the forwarders, http or https; one without a path gets /v1/batch. At least one is needed. HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the agent's environment are honoured."`
	Strategy       senders.Strategy       `toml:"strategy" doc:"How to choose among endpoints: round-robin uses all healthy ones in turn, failover the first healthy one in the listed order."`
	Hedge          bool                   `toml:"hedge" doc:"With several endpoints: when one has not answered for a second (longer where its answers, or large bodies, take longer), send the batch to another one too, and go on with whichever answers first. A batch can then be stored by both. Forwarders recognise that each for itself, and readers of their output by stream and offset; turn it off for receivers where neither does."`
	Compression    string                 `toml:"compression" doc:"Compression of bodies: zstd (the default: small and cheap), gzip or none."`
	Format         string                 `toml:"format" doc:"Format of bodies: auto (ndjson, one JSON object a line; lines that were not parsed go as they are to forwarders that say they take that, and become the same records there), ndjson, or lines (text as it was read, without fields, for receivers that want no JSON)."`
	Repeat         []string               `toml:"repeat" doc:"What to write into every ndjson record although it travels once in the batch's header: any of stream, host, source, path, tags. Only for receivers that do not read the header."`
	Timeout        conf.Duration          `toml:"timeout" doc:"Longest time for one whole request, answer included; then it is tried again. 30s leaves a busy forwarder time to sync its disk."`
	ConnectTimeout conf.Duration          `toml:"connect_timeout" doc:"Longest time to connect, TLS handshake included. 5s, so that a dead endpoint is noticed long before the request's own timeout."`
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
	CA                 string `toml:"ca" doc:"PEM file of the certificates to trust instead of the system's. It is read again when it changes, so it can be renewed in place; through a proxy, after a restart."`
	Cert               string `toml:"cert" doc:"PEM file of the certificate to show to the forwarder; read again at each handshake, so it can be renewed in place."`
	Key                string `toml:"key" doc:"PEM file of the private key of cert."`
	ServerName         string `toml:"server_name" doc:"Name to expect in the forwarder's certificate; the default is the host of the URL."`
	InsecureSkipVerify bool   `toml:"insecure_skip_verify" doc:"Trust any certificate. Anyone between the hosts can then read and change the logs; only for tests."`
}

// Default returns the settings used for what is not set.
func Default() Config {
	return Config{
		Strategy: senders.RoundRobin, Hedge: true, Compression: "zstd", Format: "auto",
		Timeout:        conf.Duration(30 * time.Second),
		ConnectTimeout: conf.Duration(5 * time.Second),
	}
}

// Validate returns one *conf.FieldError for each wrong key, joined.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	oneOf := func(key, got string, choices ...string) {
		if !slices.Contains(choices, got) {
			bad(key, fmt.Sprintf("%q is not known", got), "use "+strings.Join(choices, ", "))
		}
	}

	if len(c.Endpoints) == 0 {
		bad("endpoints", "must name at least one URL", `write endpoints = ["http://host:7711"]`)
	}
	seen := map[string]bool{}
	https := false
	for i, e := range c.Endpoints {
		u, msg, hint := parseEndpoint(e)
		if msg != "" {
			bad(fmt.Sprintf("endpoints[%d]", i), msg, hint)
			continue
		}
		if seen[u.String()] {
			bad(fmt.Sprintf("endpoints[%d]", i), nameOf(u)+" is there twice", "remove one")
		}
		seen[u.String()] = true
		https = https || u.Scheme == "https"
	}
	oneOf("strategy", string(c.Strategy), string(senders.RoundRobin), string(senders.Failover))
	oneOf("compression", c.Compression, "zstd", "gzip", "none")
	oneOf("format", c.Format, "auto", "ndjson", "lines")
	if err := encode.CheckRepeat(c.Repeat); err != nil {
		bad("repeat", err.Error(), "name some of stream, host, source, path, tags")
	}
	if len(c.Repeat) > 0 && c.Format == "lines" {
		bad("repeat", "cannot go with format = \"lines\": plain lines have no fields", "remove it, or change format")
	}
	if c.Timeout.Std() < 100*time.Millisecond {
		bad("timeout", "must be at least 100ms", "30s is the default")
	}
	if c.ConnectTimeout.Std() < 10*time.Millisecond {
		bad("connect_timeout", "must be at least 10ms", "5s is the default")
	}
	for _, k := range slices.Sorted(maps.Keys(c.Headers)) {
		if msg := checkHeader(k, c.Headers[k].Reveal()); msg != "" {
			bad("headers."+k, msg, "remove it, or change it")
		}
	}
	c.checkAuth(bad)
	c.TLS.check(bad, https)
	return errors.Join(errs...)
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

// CheckFiles finds out whether the certificate files can be used.
func (c *Config) CheckFiles() error {
	var errs []error
	if c.TLS.CA != "" {
		_, err := conf.ReadAuthorities(c.TLS.CA)
		errs = append(errs, conf.Below("tls.ca", err))
	}
	if c.TLS.Cert != "" && c.TLS.Key != "" {
		errs = append(errs, conf.Below("tls", conf.CheckKeyPair(c.TLS.Cert, c.TLS.Key)))
	}
	return errors.Join(errs...)
}

func (t *TLS) check(bad func(key, msg, hint string), https bool) {
	if *t != (TLS{}) && !https {
		bad("tls", "is set but no endpoint begins with https://", "change the endpoints, or remove tls")
	}
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
}

// parseEndpoint reads one URL and adds the default path. The message of a URL
// that cannot be used never repeats it whole, since it may hold a password.
func parseEndpoint(s string) (u *url.URL, msg, hint string) {
	s = strings.TrimSpace(s)
	const want = `write it as "https://host:7711"`
	scheme, rest, found := strings.Cut(s, "://")
	switch {
	case !found || scheme != "http" && scheme != "https":
		return nil, "must begin with http:// or https://", want
	case strings.Contains(rest, "://"):
		return nil, "must be one URL", `write several as ["http://a:7711", "http://b:7711"]`
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, whyNoURL(rest), want
	}
	host := conf.CheckHostPort(u.Hostname(), u.Port())
	switch {
	case u.User != nil:
		return nil, "must not hold a user name or password", `use basic = { username = "...", password = "${file:/path}" }`
	case host != "":
		return nil, host, want
	case strings.HasSuffix(u.Host, ":"):
		return nil, "must have a port behind the colon", want
	case u.Fragment != "":
		return nil, "has a fragment (#...), which is never sent", "remove it"
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = DefaultPath
	}
	return u, "", ""
}

// whyNoURL says what is wrong with what stands behind the scheme. It may hold a
// password, so nothing of it is shown.
func whyNoURL(rest string) string {
	authority, _, _ := strings.Cut(rest, "/")
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	if host, port, err := net.SplitHostPort(authority); err == nil && conf.CheckHost(host) == "" && port != "" {
		return "must have a number for its port"
	}
	switch {
	case strings.Count(authority, ":") > 1:
		return "must have [ and ] around an address of IPv6"
	case strings.ContainsAny(authority, " \t"):
		return "must not have a space in the name of a host"
	}
	return "is not a URL"
}

// nameOf is the URL as people may see it: a query can hold a token.
func nameOf(u *url.URL) string {
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// checkHeader follows RFC 9110, section 5.
func checkHeader(name, value string) string {
	const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if name == "" || strings.Trim(name, token) != "" {
		return "is not a header name"
	}
	switch strings.ToLower(name) {
	case "content-type", "content-encoding", "content-length", "transfer-encoding", "connection", "logskiff-batch":
		return "is set by the sender itself"
	case "authorization":
		return "belongs in bearer or basic, where it is kept secret"
	}
	if !validHeaderValue(value) {
		return "has a value with a line break or another control character"
	}
	return ""
}

func validHeaderValue(v string) bool {
	return !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
