package http

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"logskiff/agent/sdlisten/sdlistentest"
	"logskiff/record"
)

// TestAnInheritedSocketGoesFromReaderToReader: a request that comes while no reader
// runs is answered by the next one.
func TestAnInheritedSocketGoesFromReaderToReader(t *testing.T) {
	f := func(scheme string, cfg Config, client *http.Client) {
		t.Helper()
		sockets, at := sdlistentest.Inherit(t, "tcp", "127.0.0.1:0")
		addr := at.String()
		cfg.Listen = addr
		defer client.CloseIdleConnections()
		for range 3 {
			answered := make(chan int, 1)
			go func() {
				resp, err := client.Post(scheme+"://"+addr+"/v1/batch", ndjson, strings.NewReader("{}\n"))
				if err != nil {
					t.Error(err)
					answered <- 0
					return
				}
				resp.Body.Close()
				answered <- resp.StatusCode
			}()
			r, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler), Listen: sockets.Listen})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ran := make(chan error, 1)
			go func() { ran <- r.Run(ctx) }()
			<-r.Ready()
			b := &record.Batch{}
			r.Fill(b, record.Limits{Bytes: 1 << 20})
			r.Done(b, true)
			if code := <-answered; code != 200 {
				t.Errorf("%s: answered %d", scheme, code)
			}
			cancel()
			if err := <-ran; err != nil {
				t.Error(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	f("http", Default(), &http.Client{Transport: &http.Transport{}})
	dir := t.TempDir()
	cfg := Default()
	cfg.TLS = TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	trust := &tls.Config{RootCAs: x509.NewCertPool()}
	trust.RootCAs.AddCert(pair(t, cfg.TLS.Cert, cfg.TLS.Key))
	f("https", cfg, &http.Client{Transport: &http.Transport{TLSClientConfig: trust}})
}
