package httpclient

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/conf"
	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

func TestAReasonNamesTheLimitThatWasReached(t *testing.T) {
	mute := httpclienttest.RawServer(t, func(_ int, c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) })
	plain := httpclienttest.NewDestination(t)
	for _, c := range []struct{ name, url, want string }{
		{"TLS handshake", strings.Replace(mute, "http:", "https:", 1), "the TLS handshake with 127.0.0.1:"},
		{"answer", mute, "no answer within LIMIT (timeout)"},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), "write the endpoint with http://"},
	} {
		httpclienttest.Slowly(t, func(limit time.Duration) error {
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
	const short = 100 * time.Millisecond
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
	deaf := func(ctx context.Context, _, _ string, _ syscall.RawConn) error {
		<-ctx.Done()
		return ctx.Err()
	}
	for _, c := range []struct {
		name, addr string
		limit      time.Duration
		with       net.Dialer
		want       string
	}{
		{"name, our limit", "host.example.:1", short, net.Dialer{Resolver: late(time.Minute)}, "no name server told the address of host.example. within 100ms (connect_timeout)"},
		{"name, its limit", "host.example.:1", time.Minute, net.Dialer{Resolver: late(20 * time.Millisecond)}, "within its own limit"},
		{"connection", "127.0.0.1:1", short, net.Dialer{ControlContext: deaf}, "no connection to 127.0.0.1:1 within 100ms (connect_timeout)"},
		{"one of several addresses", "127.0.0.1:1", time.Minute, net.Dialer{ControlContext: deaf, Timeout: short}, "no connection to 127.0.0.1:1 within 100ms, the share of connect_timeout (1m0s) that one of its addresses has"},
	} {
		for _, secure := range []bool{false, true} {
			d := dialer{open: c.with.DialContext, limit: c.limit, trust: &trust{config: &tls.Config{}}}
			dial := d.plain
			if secure {
				dial = d.secure
			}
			_, err := dial(t.Context(), "tcp", c.addr)
			if err == nil {
				t.Errorf("%s: connected", c.name)
				continue
			}
			e := open(t, "http://127.0.0.1:1", nil)
			if why := e.why(t.Context(), t.Context(), time.Now(), lend(nil), err); !strings.Contains(why, c.want) {
				t.Errorf("%s, TLS %t: %q", c.name, secure, why)
			}
		}
	}
}

// The handshake has what the connection left of the limit, so that both are one: a server that
// takes half of it to be there leaves the other half.
func TestConnectionAndHandshakeHaveOneLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mute, other := net.Pipe()
		defer mute.Close()
		go func() { _, _ = io.Copy(io.Discard, mute) }()
		d := dialer{limit: time.Second, trust: &trust{config: &tls.Config{}}, open: func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(700 * time.Millisecond)
			return other, nil
		}}
		began := time.Now()
		_, err := d.secure(t.Context(), "tcp", "host.example:1")
		if took := time.Since(began); err == nil || took != time.Second || !strings.Contains(err.Error(), "TLS handshake with host.example:1 was not done within 1s (connect_timeout)") {
			t.Errorf("after %v: %v", took, err)
		}
	})
}
