package httpsend

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/senders"
)

func TestAReasonNamesTheLimitThatWasReached(t *testing.T) {
	mute := rawServer(t, func(_ int, c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) })
	plain := newDestination(t)
	for _, c := range []struct{ name, url, want string }{
		{"TLS handshake", strings.Replace(mute, "http:", "https:", 1), "the TLS handshake with 127.0.0.1:"},
		{"answer", mute, "no answer within LIMIT (timeout)"},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), "write the endpoint with http://"},
	} {
		slowly(t, func(limit time.Duration) error {
			e := open(t, c.url, func(cfg *Config) {
				cfg.ConnectTimeout, cfg.Timeout = conf.Duration(limit), conf.Duration(limit)
				if c.name == "TLS handshake" {
					cfg.Timeout = conf.Duration(time.Minute)
				}
			})
			want := strings.Replace(c.want, "LIMIT", limit.String(), 1)
			if r := e.Send(t.Context(), body(10)); r.Class != senders.Retry || !strings.Contains(r.Reason, want) {
				return fmt.Errorf("%s: %+v", c.name, r)
			}
			return nil
		})
	}
}

// No address of the test's own host refuses to connect for long, so these are told from outside.
func TestADialNamesTheLimitThatWasReached(t *testing.T) {
	hang := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	late := func(d time.Duration) *net.Resolver {
		return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, d)
			defer cancel()
			return hang(ctx, network, addr)
		}}
	}
	for _, c := range []struct {
		name, addr string
		change     func(d *dialer)
		want       string
	}{
		{"name, our limit", "host.example.:1", func(d *dialer) { d.Resolver = late(time.Minute) }, "no name server told the address of host.example. within 100ms (connect_timeout)"},
		{"name, its limit", "host.example.:1", func(d *dialer) {
			d.Timeout, d.Resolver = time.Minute, late(20*time.Millisecond)
		}, "within its own limit"},
		{"connection", "127.0.0.1:1", func(d *dialer) {
			d.ControlContext = func(ctx context.Context, _, _ string, _ syscall.RawConn) error {
				<-ctx.Done()
				return ctx.Err()
			}
		}, "no connection to 127.0.0.1:1 within 100ms (connect_timeout)"},
	} {
		d := dialer{Dialer: net.Dialer{Timeout: 100 * time.Millisecond}}
		c.change(&d)
		_, err := d.plain(t.Context(), "tcp", c.addr)
		e := open(t, "http://127.0.0.1:1", nil)
		if err == nil {
			t.Errorf("%s: connected", c.name)
			continue
		}
		if r := e.failed(t.Context(), t.Context(), lend(nil), err); !strings.Contains(r.Reason, c.want) {
			t.Errorf("%s: %q", c.name, r.Reason)
		}
	}
}
