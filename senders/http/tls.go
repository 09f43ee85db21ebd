package httpsend

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
)

// config reads the certificate files.
func (t *TLS) config(log *slog.Logger) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: t.ServerName,
		NextProtos: []string{"http/1.1"},
		// No session cache: a resumed session would go on showing the old client
		// certificate, and connections are kept, so handshakes are rare.
	}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("cannot read tls.ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("cannot use tls.ca: %s holds no certificate in PEM form", t.CA)
		}
	}
	if t.Cert != "" {
		if err := t.showCertificate(c, log); err != nil {
			return nil, err
		}
	}
	if t.InsecureSkipVerify {
		c.InsecureSkipVerify = true
		log.Warn("tls.insecure_skip_verify is on: the forwarder's certificate is not checked, and anyone on the way can read and change the logs")
	}
	return c, nil
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
			log.Warn("cannot read the client certificate again; using the one read at start", "cert", certFile, "error", err)
			return &first, nil
		}
		return &pair, nil
	}
	return nil
}
