package http

import (
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"logskiff/senders"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns the endpoint of a configuration with one URL.
func open(t *testing.T, url string, change func(*Config)) *endpoint {
	t.Helper()
	cfg := Default()
	cfg.Endpoints = []string{url}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler), UserAgent: "logskiff/test"})
	if err != nil {
		t.Fatal(err)
	}
	e := s.Endpoints[0].(*endpoint)
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// body is a payload without a batch.
func body(n int) *senders.Payload {
	return &senders.Payload{Body: []byte(strings.Repeat("x", n)), ContentType: "text/plain"}
}
