package httpclient

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTLSWithOwnAuthorityAndClientCertificate(t *testing.T) {
	a := httpclienttest.NewAuthority(t)
	d := a.Serve("server", true)
	cert, key := a.Client("agent")
	e := open(t, d.URL, func(c *Config) { c.TLS = TLS{CA: a.File, Cert: cert, Key: key} })
	p := body(3 << 20)
	for range 3 {
		if r := e.Send(t.Context(), p); r.Class != senders.Delivered {
			t.Fatalf("got %+v", r)
		}
	}
	if got := d.Bodies(); !bytes.Equal(got[2], p.Body) {
		t.Errorf("%d bytes arrived of %d", len(got[2]), len(p.Body))
	}
	if d.Last().TLS.PeerCertificates[0].Subject.CommonName != "agent" || d.Last().ProtoMajor != 1 {
		t.Errorf("client %v, protocol %s", d.Last().TLS.PeerCertificates[0].Subject, d.Last().Proto)
	}
}

func TestTLSServerNameReplacesTheHostOfTheURL(t *testing.T) {
	a := httpclienttest.NewAuthority(t)
	d := a.Serve("server", true)
	cert, key := a.Client("agent")
	f := func(name string, want senders.Class) {
		t.Helper()
		e := open(t, d.URL, func(c *Config) { c.TLS = TLS{CA: a.File, Cert: cert, Key: key, ServerName: name} })
		if r := e.Send(t.Context(), body(10)); r.Class != want {
			t.Errorf("%s: got %+v", name, r)
		}
	}
	f("inner.example", senders.Delivered)
	f("other.example", senders.Retry)
}

func TestTLSTrustsNobodyElse(t *testing.T) {
	a, other := httpclienttest.NewAuthority(t), httpclienttest.NewAuthority(t)
	d := a.Serve("server", true)
	cert, key := a.Client("agent")
	f := func(tls TLS, why string) {
		t.Helper()
		r := open(t, d.URL, func(c *Config) { c.TLS = tls }).Send(t.Context(), body(1<<20))
		if r.Class != senders.Retry || !strings.Contains(r.Reason, why) {
			t.Errorf("got %+v, want %q", r, why)
		}
	}
	f(TLS{Cert: cert, Key: key}, "unknown authority")
	f(TLS{CA: other.File, Cert: cert, Key: key}, "unknown authority")
	f(TLS{CA: a.File}, "certificate required")
	if n := d.Attempts.Load(); n != 0 {
		t.Errorf("%d requests got through", n)
	}
}

func TestARenewedClientCertificateIsUsedWithoutARestart(t *testing.T) {
	a := httpclienttest.NewAuthority(t)
	d := a.Serve("server", true)
	cert, key := a.Client("agent")
	e := open(t, d.URL, func(c *Config) { c.TLS = TLS{CA: a.File, Cert: cert, Key: key} })
	serial := func() string {
		t.Helper()
		if r := e.Send(t.Context(), body(10)); r.Class != senders.Delivered {
			t.Fatalf("got %+v", r)
		}
		return d.Last().TLS.PeerCertificates[0].SerialNumber.String()
	}
	first := serial()
	a.Client("agent") // the same files again
	d.CloseClientConnections()
	if second := serial(); second == first {
		t.Error("the old certificate was shown")
	}
	must(t, os.WriteFile(cert, []byte("half wri"), 0o600))
	d.CloseClientConnections()
	serial() // the one read at start still works
}

// The forwarders move to another authority: agents that are given the new one need no restart.
func TestARenewedAuthorityIsTrustedWithoutARestart(t *testing.T) {
	a, other := httpclienttest.NewAuthority(t), httpclienttest.NewAuthority(t)
	before, after := a.Serve("server", true), other.Serve("server", true)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	put := func(from string) {
		t.Helper()
		text, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile(ca, text, 0o600))
		later := time.Now().Add(time.Duration(len(text)) * time.Second)
		must(t, os.Chtimes(ca, later, later))
	}
	put(a.File)
	reach := func(authority *httpclienttest.Authority, d *httpclienttest.Destination) senders.Result {
		cert, key := authority.Client("agent")
		e := open(t, d.URL, func(c *Config) { c.TLS = TLS{CA: ca, Cert: cert, Key: key} })
		first := e.Send(t.Context(), body(10))
		d.CloseClientConnections()
		if first.Class == senders.Delivered {
			put(other.File)
		} else {
			put(authority.File)
		}
		return e.Send(t.Context(), body(10))
	}
	if r := reach(other, after); r.Class != senders.Delivered {
		t.Errorf("the new authority is not trusted: %+v", r)
	}
	put(a.File)
	if r := reach(a, before); r.Class == senders.Delivered {
		t.Error("an authority that was taken out of the file is trusted still")
	}
}

func TestBadCertificateFilesAreFoundAtStart(t *testing.T) {
	a := httpclienttest.NewAuthority(t)
	cert, _ := a.Client("one")
	_, key := a.Client("two")
	f := func(tls TLS, want string) {
		t.Helper()
		cfg := Default()
		cfg.TLS = tls
		if _, err := cfg.Clients(nil, Env{Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f(TLS{CA: "/nowhere.pem"}, "cannot use tls.ca: cannot read file: stat /nowhere.pem")
	f(TLS{CA: key}, "holds no certificate")
	f(TLS{Cert: cert, Key: key}, "cannot use tls.cert and tls.key")
}

func TestSkippingVerificationIsLoud(t *testing.T) {
	var log bytes.Buffer
	trust, err := (&TLS{InsecureSkipVerify: true}).trust(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil || !trust.config.InsecureSkipVerify || !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("log %q, error %v", log.String(), err)
	}
}

func TestTheServerNameIsTheEndpointsAndNotAProxys(t *testing.T) {
	trust, err := (&TLS{ServerName: "inner.example"}).trust(nil)
	must(t, err)
	if n := trust.of("127.0.0.1", true).ServerName; n != "inner.example" {
		t.Errorf("of the endpoint %q is expected", n)
	}
	if n := trust.of("proxy.example", false).ServerName; n != "proxy.example" {
		t.Errorf("of the proxy %q is expected", n)
	}
}
