package http

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"logskiff/conf"
)

// load returns the server's TLS settings; nil without a certificate.
func (t *TLS) load() (*tls.Config, error) {
	if t.Cert == "" {
		return nil, nil
	}
	pair := &certificate{cert: t.Cert, key: t.Key}
	if _, err := pair.get(nil); err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.get}
	if t.ClientCA != "" {
		ca, err := conf.ReadAuthorities(t.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("cannot use client_ca: %w", err)
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
		c.ClientCAs, _ = ca.Pool() // it was read just now
		c.GetConfigForClient = renewed(c.Clone(), ca)
	}
	return c, nil
}

// renewed returns c with the authorities of this moment: their file may be renewed in
// place. While that cannot be used, those read before count.
func renewed(c *tls.Config, ca *conf.Authorities) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	return func(*tls.ClientHelloInfo) (*tls.Config, error) {
		fresh := c.Clone()
		fresh.ClientCAs, _ = ca.Pool() // check and the next start say what is wrong with it
		return fresh, nil
	}
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
