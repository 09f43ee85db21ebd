package httpread

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
	"time"
)

// load returns the server's TLS settings; nil without a certificate.
func (t *TLS) load() (*tls.Config, error) {
	if t.Cert == "" {
		return nil, nil
	}
	c := &certificate{cert: t.Cert, key: t.Key}
	if _, err := c.get(nil); err != nil {
		return nil, err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
	if t.ClientCA != "" {
		pem, err := os.ReadFile(t.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("cannot read client_ca: %w", err)
		}
		conf.ClientCAs = x509.NewCertPool()
		if !conf.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("cannot read client_ca: %s holds no certificate", t.ClientCA)
		}
		conf.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return conf, nil
}

// certificate is a key pair that may be renewed in place.
type certificate struct {
	cert, key string

	mu       sync.Mutex
	current  *tls.Certificate
	modified [2]time.Time
}

// get returns the certificate, read anew when a file has changed. While the new
// files do not fit together (one is written after the other) the old pair serves on.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var modified [2]time.Time
	for i, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err == nil {
			modified[i] = info.ModTime()
		}
	}
	if c.current != nil && modified == c.modified {
		return c.current, nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		if c.current != nil {
			return c.current, nil
		}
		return nil, fmt.Errorf("cannot load the certificate: %w", err)
	}
	c.current, c.modified = &pair, modified
	return c.current, nil
}
