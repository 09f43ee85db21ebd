package http

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logskiff/record"
)

func TestStopAnswersWhatWaitsAndWhatIsInBatches(t *testing.T) {
	cfg := Default()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler), Listen: on(l)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- r.Run(ctx) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	post := func() chan int {
		code := make(chan int, 1)
		go func() {
			resp, err := client.Post("http://"+l.Addr().String()+"/v1/batch", ndjson, strings.NewReader("{}\n"))
			if err != nil {
				t.Error(err)
				code <- 0
				return
			}
			resp.Body.Close()
			code <- resp.StatusCode
		}()
		<-r.Ready()
		return code
	}
	inBatch := post()
	b := &record.Batch{}
	r.Fill(b, record.Limits{Bytes: 1 << 20})
	waits := post()
	cancel()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	if code := <-waits; code != 503 {
		t.Fatalf("what waited got %d", code)
	}
	r.Done(b, true)
	if code := <-inBatch; code != 200 {
		t.Fatalf("what was delivered after the stop got %d", code)
	}
	if r.Fill(&record.Batch{}, record.Limits{Bytes: 1}) {
		t.Fatal("there is more to read")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Post("http://"+l.Addr().String()+"/v1/batch", ndjson, strings.NewReader("{}")); err == nil {
		t.Fatal("it still answers")
	}
}

func TestAnAddressInUseIsReportedAndTakenWhenItIsFree(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Listen = taken.Addr().String()
	said := make(chan string, 10)
	r, err := New(cfg, Env{Log: slog.New(slog.NewTextHandler(writerFunc(func(p []byte) { said <- string(p) }), nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- r.Run(ctx) }()
	if s := <-said; !strings.Contains(s, "cannot listen on") || r.Addr() != nil {
		t.Fatal(s)
	}
	if why := r.Received().Trouble; !strings.Contains(why, "address already in use") {
		t.Errorf("it says %q of itself", why)
	}
	taken.Close()
	<-r.Listening()
	if r.Addr().String() != cfg.Listen || r.Received().Trouble != "" {
		t.Fatal(r.Addr(), r.Received().Trouble)
	}
	cancel()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

func TestAClientThatNeverSendsItsBodyIsLetGo(t *testing.T) {
	g := start(t, false, func(c *Config) { c.BodyTimeout = 20e6 })
	c, err := net.Dial("tcp", address(g.r))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf")
	answer, err := io.ReadAll(c) // ends, since the connection is closed
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408") {
		t.Fatalf("got %q, %v", answer, err)
	}
	if n := g.r.budget.Used(); n != 0 {
		t.Fatalf("%d bytes still in use", n)
	}
}

func address(r *Reader) string {
	<-r.Listening()
	return r.Addr().String()
}

// pair writes a self-signed certificate for 127.0.0.1 and returns it.
func pair(t *testing.T, certPath, keyPath string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "t"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{certPath: {Type: "CERTIFICATE", Bytes: der}, keyPath: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTLSAsksForTheClientsCertificateAndReadsARenewedOne(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	clientCert, clientKey := filepath.Join(dir, "client.pem"), filepath.Join(dir, "client-key.pem")
	server := pair(t, cert, key)
	pair(t, clientCert, clientKey)
	g := start(t, true, func(c *Config) { c.TLS = TLS{Cert: cert, Key: key, ClientCA: clientCert} })
	g.url = strings.Replace(g.url, "http:", "https:", 1)

	try := func(trust *x509.Certificate, withCert bool) error {
		conf := &tls.Config{RootCAs: x509.NewCertPool()}
		conf.RootCAs.AddCert(trust)
		if withCert {
			own, err := tls.LoadX509KeyPair(clientCert, clientKey)
			if err != nil {
				t.Fatal(err)
			}
			conf.Certificates = []tls.Certificate{own}
		}
		g.client.CloseIdleConnections()
		g.client.Transport = &http.Transport{TLSClientConfig: conf}
		resp, _, err := g.try("{}")
		if err == nil && resp.StatusCode != 200 {
			t.Fatalf("got %d", resp.StatusCode)
		}
		return err
	}
	if err := try(server, false); err == nil {
		t.Fatal("a client without certificate was let in")
	}
	if err := try(server, true); err != nil {
		t.Fatal(err)
	}
	renewed := pair(t, cert, key)
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if err := try(renewed, true); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(clientCert, clientCert+".kept"); err != nil {
		t.Fatal(err)
	}
	newCert, newKey := clientCert, clientKey+".new"
	pair(t, newCert, newKey) // other clients are let in from now on
	if err := os.Chtimes(newCert, later, later); err != nil {
		t.Fatal(err)
	}
	clientCert += ".kept"
	if err := try(renewed, true); err == nil {
		t.Fatal("a client whose authority was taken out of the file was let in")
	}
	clientCert, clientKey = newCert, newKey
	if err := try(renewed, true); err != nil {
		t.Fatal(err)
	}
	// Half-written files: the last good pair serves on.
	if err := os.WriteFile(key, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := try(renewed, true); err != nil {
		t.Fatal(err)
	}
}

func TestBadCertificatesAreReportedAtOnce(t *testing.T) {
	dir := t.TempDir()
	cert, key, ca := filepath.Join(dir, "cert"), filepath.Join(dir, "key"), filepath.Join(dir, "ca")
	f := func(reason string) {
		t.Helper()
		cfg := Default()
		cfg.TLS = TLS{Cert: cert, Key: key, ClientCA: ca}
		if _, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("got %v, want %q", err, reason)
		}
	}
	f("cannot load the certificate")
	pair(t, cert, key)
	f("cannot use client_ca")
	if err := os.WriteFile(ca, bytes.Repeat([]byte("x"), 10), 0o600); err != nil {
		t.Fatal(err)
	}
	f("holds no certificate")
}
