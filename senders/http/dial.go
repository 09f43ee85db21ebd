package httpsend

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"
)

// dialer opens the connections of one endpoint.
type dialer struct {
	net.Dialer
	config *tls.Config
	roots  func() *x509.CertPool
}

// limitReached says which limit ended an attempt, so that nobody has to guess among them.
type limitReached struct{ what string }

func (l *limitReached) Error() string { return l.what }

func (d *dialer) plain(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &bulkConn{Conn: c}, nil
}

func (d *dialer) secure(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.Timeout, &limitReached{
		fmt.Sprintf("the TLS handshake with %s was not done within %s (connect_timeout)", addr, d.Timeout)})
	defer cancel()
	c, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(c, forHost(d.config, d.roots, addr))
	if err := secure.HandshakeContext(ctx); err != nil {
		var limit *limitReached
		var plain tls.RecordHeaderError
		switch {
		case errors.As(context.Cause(ctx), &limit):
			err = limit
		case errors.As(err, &plain):
			err = fmt.Errorf("%w (it does not speak TLS; if that is meant, write the endpoint with http://)", err)
		}
		return nil, errors.Join(err, ignoreClosed(c.Close()))
	}
	return &bulkConn{Conn: secure}, nil
}

// dial connects, and names the limit that was reached. The resolver has limits of
// its own (resolv.conf(5), timeout and attempts).
func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	began := time.Now()
	c, err := d.DialContext(ctx, network, addr)
	took := time.Since(began)
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case err == nil:
		return c, nil
	case errors.As(err, &dns) && dns.IsTimeout && took < d.Timeout:
		return nil, &limitReached{fmt.Sprintf("no name server told the address of %s within its own limit, %s (resolv.conf)", dns.Name, took.Round(100*time.Millisecond))}
	case errors.As(err, &dns) && dns.IsTimeout:
		return nil, &limitReached{fmt.Sprintf("no name server told the address of %s within %s (connect_timeout)", dns.Name, d.Timeout)}
	case errors.As(err, &timeout) && timeout.Timeout() && took >= d.Timeout:
		return nil, &limitReached{fmt.Sprintf("no connection to %s within %s (connect_timeout)", addr, d.Timeout)}
	}
	return nil, err
}

func forHost(c *tls.Config, roots func() *x509.CertPool, addr string) *tls.Config {
	c = c.Clone()
	c.RootCAs = roots()
	if c.ServerName == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			host = addr
		}
		c.ServerName = host
	}
	return c
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
