package httpclienttest

import (
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
	"testing"
	"time"
)

// Authority signs certificates for one test.
type Authority struct {
	File string // of its own certificate

	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes one.
func NewAuthority(t *testing.T) *Authority {
	a := &Authority{t: t, dir: t.TempDir()}
	a.File, _, a.cert, a.key = a.issue("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// issue writes NAME.pem and NAME.key, signed by the authority, or by itself
// when there is none yet.
func (a *Authority) issue(name string, c *x509.Certificate) (certFile, keyFile string, cert *x509.Certificate, key *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	a.must(err)
	c.SerialNumber, c.Subject = serial, pkix.Name{CommonName: name}
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

func (a *Authority) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// Serve starts a server with a certificate for 127.0.0.1 and inner.example. It demands one from
// clients, if it is to.
func (a *Authority) Serve(name string, demand bool) *Destination {
	a.t.Helper()
	cert, key := a.Server(name)
	pair, err := tls.LoadX509KeyPair(cert, key)
	a.must(err)
	d := &Destination{}
	d.Server = httptest.NewUnstartedServer(d)
	d.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	d.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	if demand {
		d.TLS.ClientCAs, d.TLS.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		d.TLS.ClientCAs.AddCert(a.cert)
	}
	d.StartTLS()
	a.t.Cleanup(d.Close)
	return d
}

// Server makes a certificate for a server at 127.0.0.1 and inner.example; the files of that name are written anew.
func (a *Authority) Server(name string) (certFile, keyFile string) {
	a.t.Helper()
	certFile, keyFile, _, _ = a.issue(name, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"inner.example"}})
	return certFile, keyFile
}

// Client makes a certificate for a client; the files of that name are written anew.
func (a *Authority) Client(name string) (certFile, keyFile string) {
	a.t.Helper()
	certFile, keyFile, _, _ = a.issue(name, &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return certFile, keyFile
}
