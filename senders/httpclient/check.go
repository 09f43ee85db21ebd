package httpclient

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// Check makes one request on a new connection, and tells say of each step on the way. What it
// says is safe to show.
func (c *Client) Check(ctx context.Context, q *Request, say func(step string)) (Answer, error) {
	s := &steps{client: c, say: say}
	if c.transport.Proxy != nil {
		proxy, err := c.transport.Proxy(&http.Request{URL: c.url})
		switch {
		case err != nil:
			return Answer{}, c.failure(err, fmt.Sprintf("cannot use the proxy of the environment: %v", err))
		case proxy != nil:
			s.tell("proxy: %s://%s", proxy.Scheme, proxy.Host)
		}
	}
	q.Fresh = true
	began := time.Now()
	a, err := c.Do(httptrace.WithClientTrace(ctx, s.trace()), q)
	s.end()
	if err != nil {
		return a, err
	}
	say(c.Clean(fmt.Sprintf("answer: %d %s to a %s with a body of %d bytes, after %s", a.Status, http.StatusText(a.Status), c.method(q), len(q.Body), Since(began))))
	return a, nil
}

func (c *Client) method(q *Request) string {
	if q.Method == "" {
		return http.MethodPost
	}
	return q.Method
}

// steps tells of what net/http does, from its goroutines, until end.
type steps struct {
	client *Client

	mu  sync.Mutex
	say func(step string) // nil: it is over
	at  time.Time         // when the last step began
}

func (s *steps) trace() *httptrace.ClientTrace {
	s.at = time.Now()
	return &httptrace.ClientTrace{
		DNSDone: func(i httptrace.DNSDoneInfo) {
			if i.Err != nil {
				return // it is what Do fails with
			}
			var all []string
			for _, a := range i.Addrs {
				all = append(all, a.String())
			}
			s.tell("name: %s, after %s", strings.Join(all, ", "), s.took())
		},
		ConnectDone: func(_, addr string, err error) {
			if err != nil {
				s.tell("connection: none to %s (%v)", addr, err)
				return
			}
			s.tell("connection: to %s, after %s", addr, s.took())
		},
		TLSHandshakeDone: func(t tls.ConnectionState, err error) {
			if err == nil {
				s.tell("%s", Handshake(t, s.took()))
			}
		},
	}
}

// Handshake tells of TLS that was made with a server, and how long that took.
func Handshake(t tls.ConnectionState, took string) string {
	return fmt.Sprintf("TLS: %s, after %s%s", tls.VersionName(t.Version), took, certificate(t))
}

// certificate says whose certificate the server showed, and until when it is good; "": it showed none.
func certificate(t tls.ConnectionState) string {
	if len(t.PeerCertificates) == 0 {
		return ""
	}
	c := t.PeerCertificates[0]
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, net.IP(ip).String())
	}
	return fmt.Sprintf("; its certificate is for %s, until %s", strings.Join(names, ", "), c.NotAfter.UTC().Format(time.DateTime))
}

func (s *steps) tell(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.say != nil {
		s.say(s.client.Clean(fmt.Sprintf(format, args...)))
	}
}

func (s *steps) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say = nil
}

// took returns how long the step that ends now took.
func (s *steps) took() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	began := s.at
	s.at = time.Now()
	return Since(began)
}

// Since is how long ago a step began, as steps are told.
func Since(t time.Time) string { return time.Since(t).Round(10 * time.Microsecond).String() }
