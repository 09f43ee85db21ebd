package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"time"
)

// dialer opens the connections of one client.
type dialer struct {
	open  func(ctx context.Context, network, addr string) (net.Conn, error)
	limit time.Duration // for all of it: name, connection and handshake
	trust *trust
	host  string // of the URL: what else is dialled is a proxy
}

func newDialer(u *url.URL, trust *trust, limit time.Duration) *dialer {
	d := &net.Dialer{KeepAlive: 15 * time.Second}
	return &dialer{open: d.DialContext, limit: limit, trust: trust, host: u.Hostname()}
}

func (d *dialer) plain(ctx context.Context, network, addr string) (net.Conn, error) {
	within, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	c, err := d.dial(within, network, addr)
	if err != nil {
		return nil, err
	}
	return &bulkConn{Conn: c}, nil
}

func (d *dialer) secure(ctx context.Context, network, addr string) (net.Conn, error) {
	within, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	c, err := d.dial(within, network, addr)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	secure := tls.Client(c, d.trust.of(host, host == d.host))
	err = secure.HandshakeContext(within)
	if t := httptrace.ContextClientTrace(ctx); t != nil && t.TLSHandshakeDone != nil {
		t.TLSHandshakeDone(secure.ConnectionState(), err)
	}
	if err != nil {
		if errors.Is(within.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
			err = handshakeLate(addr, d.limit)
		}
		return nil, errors.Join(err, ignoreClosed(c.Close()))
	}
	return &bulkConn{Conn: secure}, nil
}

// dial connects, and names the limit that was reached: within ends with ours, or earlier
// with its parent. The resolver has limits of its own (resolv.conf(5), timeout
// and attempts), and each of several addresses has a share of the time.
func (d *dialer) dial(within context.Context, network, addr string) (net.Conn, error) {
	began := time.Now()
	c, err := d.open(within, network, addr)
	if err == nil {
		return c, nil
	}
	took := time.Since(began).Round(100 * time.Millisecond)
	var dns *net.DNSError
	nameless := errors.As(err, &dns) && dns.IsTimeout
	switch over := errors.Is(within.Err(), context.DeadlineExceeded); {
	case nameless && over:
		return nil, &limitReached{fmt.Sprintf("no name server told the address of %s within %s (connect_timeout)", dns.Name, d.limit)}
	case nameless:
		return nil, &limitReached{fmt.Sprintf("no name server told the address of %s within its own limit, %s (resolv.conf)", dns.Name, took)}
	case over:
		return nil, &limitReached{fmt.Sprintf("no connection to %s within %s (connect_timeout)", addr, d.limit)}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &limitReached{fmt.Sprintf("no connection to %s within %s, the share of connect_timeout (%s) that one of its addresses has", addr, took, d.limit)}
	}
	return nil, err
}

func handshakeLate(addr string, limit time.Duration) error {
	return &limitReached{fmt.Sprintf("the TLS handshake with %s was not done within %s (connect_timeout)", addr, limit)}
}

// handshake says what the error of a TLS handshake with addr means.
func handshake(err error, addr string) error {
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain):
		return fmt.Errorf("%w (it does not speak TLS; if that is meant, write the endpoint with http://)", err)
	case strings.HasSuffix(err.Error(), "net/http: TLS handshake timeout"): // the transport's, behind a proxy
		return fmt.Errorf("the TLS handshake with %s, through the proxy, was not done within connect_timeout", addr)
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
