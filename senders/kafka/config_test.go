package kafka

import (
	"log/slog"
	"strings"
	"testing"

	"logskiff/senders/httpclient/httpclienttest"
)

func TestNewConnectsToNothingAndSaysWhatItIs(t *testing.T) {
	cfg := Default()
	cfg.Brokers, cfg.Topic, cfg.Value, cfg.Order = []string{httpclienttest.Nobody(t)}, "x", "raw", true
	s, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if !s.AsRead || s.Recounted || !s.Ordered || !s.Ends || len(s.Endpoints) != 1 {
		t.Errorf("got %+v", s)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	cfg.TLS.CA = "/nowhere.pem"
	if _, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "cannot use tls.ca") {
		t.Errorf("got %v", err)
	}
}

func TestAPasswordInTheClearIsSaid(t *testing.T) {
	var said strings.Builder
	cfg := Default()
	cfg.Brokers, cfg.Topic, cfg.SASL = []string{"127.0.0.1:1"}, "x", SASL{"PLAIN", "u", "hush-hush"}
	s, err := New(cfg, Env{Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !strings.Contains(said.String(), "insecure: sasl PLAIN without tls") || strings.Contains(said.String(), "hush") {
		t.Error(said.String())
	}
}
