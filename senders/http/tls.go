package httpsend

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"

	"logskiff/conf"
)

// config reads the certificate files. roots returns the certificates to trust at this
// moment, nil for the system's: tls.ca is read again when it has changed, so that a
// forwarder may be moved to another authority without a restart of its agents.
func (t *TLS) config(log *slog.Logger) (c *tls.Config, roots func() *x509.CertPool, err error) {
	roots = func() *x509.CertPool { return nil }
	c = &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: t.ServerName,
		NextProtos: []string{"http/1.1"},
		// No session cache: a resumed session would go on showing the old client
		// certificate, and connections are kept, so handshakes are rare.
	}
	if t.CA != "" {
		ca, err := conf.ReadAuthorities(t.CA)
		if err != nil {
			return nil, nil, fmt.Errorf("cannot use tls.ca: %w", err)
		}
		roots = func() *x509.CertPool {
			pool, err := ca.Pool()
			if err != nil {
				log.Warn("cannot read tls.ca again; going on with the certificates read before", "path", t.CA, "error", err)
			}
			return pool
		}
		c.RootCAs = roots()
	}
	if t.Cert != "" {
		if err := t.showCertificate(c, log); err != nil {
			return nil, nil, err
		}
	}
	if t.InsecureSkipVerify {
		c.InsecureSkipVerify = true
		log.Warn("insecure: tls.insecure_skip_verify is on: the forwarder's certificate is not checked, and anyone on the way can read and change the logs")
	}
	return c, roots, nil
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
