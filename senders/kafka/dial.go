package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// dialer opens connections to brokers.
type dialer struct {
	limit time.Duration                 // name, connection and handshake together
	tls   func(host string) *tls.Config // nil: in the clear
}

// dialError says that there is no connection, so nothing was sent over it.
type dialError struct{ err error }

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

func newDialer(c *Config, log *slog.Logger) (*dialer, error) {
	d := &dialer{limit: c.ConnectTimeout.Std()}
	if c.TLS.on() {
		var err error
		if d.tls, err = c.TLS.Handshake(log); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// dial opens a connection.
func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	within, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	c, err := d.connect(within, network, addr)
	if err == nil && d.tls != nil {
		c, err = d.handshake(within, c, addr)
	}
	if err != nil {
		if errors.Is(within.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
			err = fmt.Errorf("no connection to %s within %s (connect_timeout)", addr, d.limit)
		}
		return nil, &dialError{err}
	}
	return c, nil
}

func (d *dialer) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	return (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext(ctx, network, addr)
}

// handshake makes TLS of a connection, which it closes when that fails.
func (d *dialer) handshake(ctx context.Context, c net.Conn, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	secure := tls.Client(c, d.tls(host))
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = c.Close() // the handshake's error is what matters
		var clear tls.RecordHeaderError
		if errors.As(err, &clear) {
			return nil, fmt.Errorf("TLS with %s: %w (this listener does not speak TLS)", addr, err)
		}
		return nil, fmt.Errorf("TLS with %s: %w", addr, err)
	}
	return secure, nil
}

// mechanisms of SASL.
var mechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

// mechanism returns nil when there is none.
func (s *SASL) mechanism() sasl.Mechanism {
	user, password := s.Username, s.Password.Reveal()
	switch s.Mechanism {
	case "PLAIN":
		return plain.Auth{User: user, Pass: password}.AsMechanism()
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism()
	case "SCRAM-SHA-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism()
	}
	return nil
}
