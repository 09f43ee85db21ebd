package http

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/senders"
	"logskiff/senders/httpclient"
)

func TestEachBadKeyIsNamedWithWhatToDo(t *testing.T) {
	f := func(want string, change func(*Config)) {
		t.Helper()
		cfg := Default()
		cfg.Endpoints = []string{"https://a:7711"}
		change(&cfg)
		err := cfg.Validate()
		if err == nil {
			t.Errorf("taken; want %q", want)
			return
		}
		if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %q, want %q", err, want)
		}
		if field := (*conf.FieldError)(nil); !errors.As(err, &field) {
			t.Errorf("%q is no FieldError", err)
		}
		if _, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("New took what Validate refuses: %q", want)
		}
	}
	f("endpoints: must name at least one URL", func(c *Config) { c.Endpoints = nil })
	f("endpoints[1]: must begin with http", func(c *Config) { c.Endpoints = []string{"http://a", "b:7711"} })
	f("endpoints[0]: must not have a space", func(c *Config) { c.Endpoints = []string{"http://a b:c"} })
	f("endpoints[0]: must name a host", func(c *Config) { c.Endpoints = []string{"http:///x"} })
	f("endpoints[0]: has a fragment", func(c *Config) { c.Endpoints = []string{"http://a/#x"} })
	f("endpoints[1]: http://a/v1/batch is there twice", func(c *Config) { c.Endpoints = []string{"http://a", "http://a/"} })
	f("endpoints[0]: must not hold a user name", func(c *Config) { c.Endpoints = []string{"http://u:secret@a"} })
	f(`strategy: "random" is not known; use round-robin, failover`, func(c *Config) { c.Strategy = "random" })
	f(`compression: "lz4" is not known`, func(c *Config) { c.Compression = "lz4" })
	f(`format: "xml" is not known`, func(c *Config) { c.Format = "xml" })
	f("repeat: cannot repeat", func(c *Config) { c.Repeat = []string{"colour"} })
	f("repeat: cannot go with format", func(c *Config) { c.Format, c.Repeat = "lines", []string{"host"} })
	f("timeout: must be at least", func(c *Config) { c.Timeout = 0 })
	f("connect_timeout: must be at least", func(c *Config) { c.ConnectTimeout = conf.Duration(time.Microsecond) })
	f("headers.Authorization: belongs in bearer", func(c *Config) { c.Headers = map[string]conf.Secret{"Authorization": "x"} })
	f("headers.a b: is not a header name", func(c *Config) { c.Headers = map[string]conf.Secret{"a b": "x"} })
	f("headers.X: has a value with a line break", func(c *Config) { c.Headers = map[string]conf.Secret{"X": "a\r\nB: c"} })
	f("headers.logskiff-batch: is set by the sender", func(c *Config) { c.Headers = map[string]conf.Secret{"logskiff-batch": "x"} })
	f("headers.Accept-Encoding: is set by the sender", func(c *Config) { c.Headers = map[string]conf.Secret{"Accept-Encoding": "br"} })
	f("headers.Proxy-Authorization: belongs in proxy", func(c *Config) { c.Headers = map[string]conf.Secret{"Proxy-Authorization": "x"} })
	f("proxy: must begin with", func(c *Config) { c.Proxy = "proxy:3128" })
	f("bearer: contains a line break", func(c *Config) { c.Bearer = "a\n" })
	f("basic: cannot be used together", func(c *Config) { c.Bearer, c.Basic = "a", httpclient.Basic{Username: "u", Password: "p"} })
	f("basic.username: is missing", func(c *Config) { c.Basic.Password = "p" })
	f("basic.username: contains a colon", func(c *Config) { c.Basic.Username = "a:b" })
	f("tls: is set but no endpoint begins with https", func(c *Config) { c.Endpoints, c.TLS.CA = []string{"http://a"}, "x" })
	f("tls.key: is missing", func(c *Config) { c.TLS.Cert = "x" })
	f("tls.cert: is missing", func(c *Config) { c.TLS.Key = "x" })
	f("tls.ca: has no effect", func(c *Config) { c.TLS.CA, c.TLS.InsecureSkipVerify = "x", true })
}

func TestAllMistakesAreReportedAtOnceAndNoSecretWithThem(t *testing.T) {
	cfg := Default()
	cfg.Endpoints, cfg.Format = []string{"http://u:hunter2@a", "ftp://hunter2@b"}, "xml"
	cfg.Bearer = "hunter2\n"
	err := cfg.Validate()
	if n := strings.Count(fmt.Sprint(err), "\n") + 1; n != 4 {
		t.Errorf("%d errors: %v", n, err)
	}
	if all := fmt.Sprintf("%v %+v %#v", err, cfg, cfg.Bearer); strings.Contains(fmt.Sprint(err)+cfg.Bearer.String(), "hunter2") {
		t.Errorf("a secret is shown: %s", all)
	}
}

func TestNewBuildsWhatTheSettingsSay(t *testing.T) {
	f := func(change func(*Config), contentType, contentEncoding string) {
		t.Helper()
		cfg := Default()
		cfg.Endpoints = []string{"http://a:7711", "https://b/take"}
		change(&cfg)
		s, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.NewEncoder().ContentType(); got != contentType {
			t.Errorf("content type %q, want %q", got, contentType)
		}
		if got := s.NewCompressor().ContentEncoding(); got != contentEncoding {
			t.Errorf("content encoding %q, want %q", got, contentEncoding)
		}
		if s.Endpoints[0].Name() != "http://a:7711/v1/batch" || s.Endpoints[1].Name() != "https://b/take" {
			t.Errorf("endpoints %q and %q", s.Endpoints[0].Name(), s.Endpoints[1].Name())
		}
	}
	f(func(*Config) {}, "application/x-ndjson", "zstd")
	f(func(c *Config) { c.Compression = "gzip" }, "application/x-ndjson", "gzip")
	f(func(c *Config) { c.Compression, c.Format = "none", "lines" }, "text/plain", "")
	if s, err := New(Config{}, Env{}); err == nil {
		t.Errorf("an empty Config made %v", s)
	}
	if Default().Strategy != senders.RoundRobin {
		t.Error("the default strategy is not round-robin")
	}
}
