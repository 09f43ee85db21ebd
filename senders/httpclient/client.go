package httpclient

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// Env is what a sender lends its clients.
type Env struct {
	Log       *slog.Logger
	UserAgent string
	// Dial opens connections, before TLS. nil: as net.Dialer does.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Client makes requests to one URL. Its connections are its own, so that one place that
// hangs cannot use up what another needs. All methods may be called from any goroutine.
type Client struct {
	url       *url.URL
	name      string
	headers   http.Header // shared by all requests, never changed
	hide      []string    // secrets
	timeout   time.Duration
	transport *http.Transport
	fresh     *http.Transport // keeps no connection: each request has a new one
	closed    atomic.Bool
}

// Clients returns a client for each of the URLs. It reads the certificate files, and fails
// when they cannot be used; it connects to nothing. c was checked before.
func (c *Config) Clients(urls []*url.URL, env Env) ([]*Client, error) {
	trust, err := c.TLS.trust(env.Log)
	if err != nil {
		return nil, err
	}
	headers, hide := c.fixedHeaders(env.UserAgent), c.secrets()
	all := make([]*Client, len(urls))
	for i, u := range urls {
		all[i] = &Client{
			url: u, name: nameOf(u), headers: headers, hide: hide, timeout: c.Timeout.Std(),
			transport: c.transport(u, trust, env),
			fresh:     once(c.transport(u, trust, env)),
		}
	}
	return all, nil
}

// Name is the URL as people may see it, without its query.
func (c *Client) Name() string { return c.name }

// URL is what requests go to. It must not be changed.
func (c *Client) URL() *url.URL { return c.url }

// Header returns the headers of the next request, which the caller may change. n is
// how many more there will be.
func (c *Client) Header(n int) http.Header {
	h := make(http.Header, len(c.headers)+n)
	for k, v := range c.headers {
		h[k] = v
	}
	return h
}

// CloseIdle closes the kept connections that nothing is sent on now.
func (c *Client) CloseIdle() { c.transport.CloseIdleConnections() }

// Close fails all requests from now on. One that is under way goes on until its own limits, and its
// connection ends with it.
func (c *Client) Close() {
	c.closed.Store(true)
	c.CloseIdle()
}
