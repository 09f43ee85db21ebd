package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"

	"logskiff/conf"
)

// trust is whom a client trusts and what it shows of itself.
type trust struct {
	config *tls.Config
	// roots returns the certificates to trust at this moment, nil for the system's: tls.ca is
	// read again when it has changed, so that a server may be moved to another authority
	// without a restart of its agents. nil: no file is named.
	roots func() *x509.CertPool
}

// Handshake reads the certificate files, and returns what to use for a handshake with a host, for
// senders that speak another protocol: protocols are what it offers by ALPN. Files that change are read again.
func (t *TLS) Handshake(log *slog.Logger, protocols ...string) (func(host string) *tls.Config, error) {
	trust, err := t.trust(log)
	if err != nil {
		return nil, err
	}
	trust.config.NextProtos = protocols
	return func(host string) *tls.Config { return trust.of(host, true) }, nil
}

// trust reads the certificate files.
func (t *TLS) trust(log *slog.Logger) (*trust, error) {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: t.ServerName,
		NextProtos: []string{"http/1.1"},
		// No session cache: a resumed session would go on showing the old client
		// certificate, and connections are kept, so handshakes are rare.
	}
	all := &trust{config: c}
	if t.CA != "" {
		ca, err := conf.ReadAuthorities(t.CA)
		if err != nil {
			return nil, fmt.Errorf("cannot use tls.ca: %w", err)
		}
		all.roots = func() *x509.CertPool {
			pool, err := ca.Pool()
			if err != nil {
				log.Warn("cannot read tls.ca again; going on with the certificates read before", "path", t.CA, "error", err)
			}
			return pool
		}
	}
	if t.Cert != "" {
		if err := t.showCertificate(c, log); err != nil {
			return nil, err
		}
	}
	if t.InsecureSkipVerify {
		c.InsecureSkipVerify = true
		log.Warn("insecure: tls.insecure_skip_verify is on: the server's certificate is not checked, and anyone on the way can read and change the logs")
	}
	return all, nil
}

// of returns what to use for a handshake with a host. tls.server_name is a name of the
// endpoint's, not of a proxy before it.
func (t *trust) of(host string, endpoint bool) *tls.Config {
	c := t.config.Clone()
	if t.roots != nil {
		c.RootCAs = t.roots()
	}
	if c.ServerName == "" || !endpoint {
		c.ServerName = host
	}
	return c
}

// behindProxy returns what net/http uses for all handshakes with host that go through a proxy. It
// is asked for once, so the trusted certificates of the moment are found when a certificate is there.
func (t *trust) behindProxy(host string) *tls.Config {
	c := t.config.Clone()
	if t.roots == nil || c.InsecureSkipVerify {
		return c
	}
	if c.ServerName != "" {
		host = c.ServerName
	}
	c.InsecureSkipVerify = true // verify does it instead
	c.VerifyConnection = func(s tls.ConnectionState) error { return verify(s, host, t.roots()) }
	return c
}

// verify does what crypto/tls does by itself, with other roots each time. The state names
// the host, unless that is an address, which is not sent: then it is that of host.
func verify(s tls.ConnectionState, host string, roots *x509.CertPool) error {
	if s.ServerName != "" {
		host = s.ServerName
	}
	if host == "" || len(s.PeerCertificates) == 0 {
		return errors.New("there is no name or no certificate to check")
	}
	o := x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range s.PeerCertificates[1:] {
		o.Intermediates.AddCert(c)
	}
	if _, err := s.PeerCertificates[0].Verify(o); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: err}
	}
	return nil
}

// showCertificate reads the pair once to find mistakes at once, and then again
// at each handshake: short-lived certificates are renewed while the agent runs.
func (t *TLS) showCertificate(c *tls.Config, log *slog.Logger) error {
	first, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return fmt.Errorf("cannot use tls.cert and tls.key: %w", err)
	}
	certFile, keyFile := t.Cert, t.Key
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			log.Warn("cannot read the client certificate again; using the one read at start", "path", certFile, "error", err)
			return &first, nil
		}
		return &pair, nil
	}
	return nil
}
