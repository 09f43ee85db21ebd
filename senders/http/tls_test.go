package httpsend

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logskiff/senders"
)

// authority signs certificates for one test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.file, _, a.cert, a.key = a.issue("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// issue writes NAME.pem and NAME.key, signed by the authority, or by itself
// when there is none yet.
func (a *authority) issue(name string, c *x509.Certificate) (certFile, keyFile string, cert *x509.Certificate, key *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	c.SerialNumber, c.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	a.must(err)
	cert, err = x509.ParseCertificate(der)
	a.must(err)
	keyDER, err := x509.MarshalECPrivateKey(key)
	a.must(err)
	certFile, keyFile = filepath.Join(a.dir, name+".pem"), filepath.Join(a.dir, name+".key")
	a.must(os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	a.must(os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}), 0o600))
	return certFile, keyFile, cert, key
}

func (a *authority) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// serve starts a server with a certificate for 127.0.0.1 that demands one from clients.
func (a *authority) serve(name string) *destination {
	cert, key, _, _ := a.issue(name, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"inner.example"}})
	pair, err := tls.LoadX509KeyPair(cert, key)
	a.must(err)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	d := &destination{}
	d.Server = httptest.NewUnstartedServer(d)
	d.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	d.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	d.StartTLS()
	a.t.Cleanup(d.Close)
	return d
}

func (a *authority) client(name string) (certFile, keyFile string) {
	certFile, keyFile, _, _ = a.issue(name, &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return certFile, keyFile
}

func TestTLSWithOwnAuthorityAndClientCertificate(t *testing.T) {
	a := newAuthority(t)
	d := a.serve("server")
	cert, key := a.client("agent")
	e := open(t, d.URL, func(c *Config) { c.TLS = TLS{CA: a.file, Cert: cert, Key: key} })
	p := body(3 << 20)
	for range 3 {
		if r := e.Send(t.Context(), p); r.Class != senders.Delivered {
			t.Fatalf("got %+v", r)
		}
	}
	if got := d.bodies(); !bytes.Equal(got[2], p.Body) {
		t.Errorf("%d bytes arrived of %d", len(got[2]), len(p.Body))
	}
	if d.last.TLS.PeerCertificates[0].Subject.CommonName != "agent" || d.last.ProtoMajor != 1 {
		t.Errorf("client %v, protocol %s", d.last.TLS.PeerCertificates[0].Subject, d.last.Proto)
	}
}

func TestTLSServerNameReplacesTheHostOfTheURL(t *testing.T) {
	a := newAuthority(t)
	d := a.serve("server")
	cert, key := a.client("agent")
	f := func(name string, want senders.Class) {
		t.Helper()
		e := open(t, d.URL, func(c *Config) { c.TLS = TLS{CA: a.file, Cert: cert, Key: key, ServerName: name} })
		if r := e.Send(t.Context(), body(10)); r.Class != want {
			t.Errorf("%s: got %+v", name, r)
		}
	}
	f("inner.example", senders.Delivered)
	f("other.example", senders.Retry)
}

func TestTLSTrustsNobodyElse(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	d := a.serve("server")
	cert, key := a.client("agent")
	f := func(tls TLS, why string) {
		t.Helper()
		r := open(t, d.URL, func(c *Config) { c.TLS = tls }).Send(t.Context(), body(1<<20))
		if r.Class != senders.Retry || !strings.Contains(r.Reason, why) {
			t.Errorf("got %+v, want %q", r, why)
		}
	}
	f(TLS{Cert: cert, Key: key}, "unknown authority")
	f(TLS{CA: other.file, Cert: cert, Key: key}, "unknown authority")
	f(TLS{CA: a.file}, "certificate required")
	if n := d.attempts.Load(); n != 0 {
		t.Errorf("%d requests got through", n)
	}
}

func TestARenewedClientCertificateIsUsedWithoutARestart(t *testing.T) {
	a := newAuthority(t)
	d := a.serve("server")
	cert, key := a.client("agent")
	e := open(t, d.URL, func(c *Config) { c.TLS = TLS{CA: a.file, Cert: cert, Key: key} })
	serial := func() string {
		t.Helper()
		if r := e.Send(t.Context(), body(10)); r.Class != senders.Delivered {
			t.Fatalf("got %+v", r)
		}
		return d.last.TLS.PeerCertificates[0].SerialNumber.String()
	}
	first := serial()
	a.client("agent") // the same files again
	d.CloseClientConnections()
	if second := serial(); second == first {
		t.Error("the old certificate was shown")
	}
	a.must(os.WriteFile(cert, []byte("half wri"), 0o600))
	d.CloseClientConnections()
	serial() // the one read at start still works
}

// The forwarders move to another authority: agents that are given the new one need no restart.
func TestARenewedAuthorityIsTrustedWithoutARestart(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	before, after := a.serve("server"), other.serve("server")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	put := func(from string) {
		t.Helper()
		text, err := os.ReadFile(from)
		a.must(err)
		a.must(os.WriteFile(ca, text, 0o600))
		later := time.Now().Add(time.Duration(len(text)) * time.Second)
		a.must(os.Chtimes(ca, later, later))
	}
	put(a.file)
	reach := func(authority *authority, d *destination) senders.Result {
		cert, key := authority.client("agent")
		e := open(t, d.URL, func(c *Config) { c.TLS = TLS{CA: ca, Cert: cert, Key: key} })
		first := e.Send(t.Context(), body(10))
		d.CloseClientConnections()
		if first.Class == senders.Delivered {
			put(other.file)
		} else {
			put(authority.file)
		}
		return e.Send(t.Context(), body(10))
	}
	if r := reach(other, after); r.Class != senders.Delivered {
		t.Errorf("the new authority is not trusted: %+v", r)
	}
	put(a.file)
	if r := reach(a, before); r.Class == senders.Delivered {
		t.Error("an authority that was taken out of the file is trusted still")
	}
}

func TestBadCertificateFilesAreFoundAtStart(t *testing.T) {
	a := newAuthority(t)
	cert, _ := a.client("one")
	_, key := a.client("two")
	f := func(tls TLS, want string) {
		t.Helper()
		cfg := Default()
		cfg.Endpoints, cfg.TLS = []string{"https://a"}, tls
		if _, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f(TLS{CA: "/nowhere.pem"}, "cannot use tls.ca: cannot read file: stat /nowhere.pem")
	f(TLS{CA: key}, "holds no certificate")
	f(TLS{Cert: cert, Key: key}, "cannot use tls.cert and tls.key")
}

func TestSkippingVerificationIsLoud(t *testing.T) {
	var log bytes.Buffer
	c, _, err := (&TLS{InsecureSkipVerify: true}).config(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil || !c.InsecureSkipVerify || !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("log %q, error %v", log.String(), err)
	}
}
