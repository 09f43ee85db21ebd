package httpclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Request is one request. Its zero value posts nothing.
type Request struct {
	Method string      // "": POST
	URL    *url.URL    // nil: the client's
	Header http.Header // made by Client.Header, and Do's from then on; nil: as it makes them
	Body   []byte      // lent until Do returns

	// Fresh asks for a connection that nothing was sent on before.
	Fresh bool
	// Repeatable says that it does no harm when the body arrives twice: when a kept connection
	// turns out to be closed before any answer came, the body goes over another one.
	Repeatable bool
	// Want is how many bytes of an answer are read, unpacked if it is compressed, within the
	// timeout. 0: the status says all; of one that is no success, what a person wants to read.
	Want int
}

// Do makes one request. The error says why there is no answer, without secrets, and
// names the limit that was reached: ctx's, or one of the settings.
func (c *Client) Do(ctx context.Context, q *Request) (Answer, error) {
	if c.closed.Load() {
		return Answer{}, c.failure(net.ErrClosed, "the sender is closed")
	}
	began := time.Now()
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	lent := lend(q.Body)
	defer lent.takeBack()

	transport := c.transport
	if q.Fresh {
		transport = c.fresh
	}
	reply, err := transport.RoundTrip(c.request(within, q, lent))
	if err != nil {
		return Answer{}, c.failure(err, c.why(ctx, within, began, lent, err))
	}
	defer reply.Body.Close()
	a := Answer{Status: reply.StatusCode, Header: reply.Header}
	if q.Want == 0 {
		a.glance(reply, cancel)
	} else if err := a.read(reply.Body, q.Want); err != nil && a.Status/100 == 2 {
		return a, c.failure(err, c.whyCut(ctx, within, began, len(a.Body), err))
	}
	return a, nil
}

// request builds the request by hand: http.NewRequest would parse the URL anew.
func (c *Client) request(ctx context.Context, q *Request, lent *lentBody) *http.Request {
	h, u, method := q.Header, q.URL, q.Method
	if h == nil {
		h = c.Header(2)
	}
	if u == nil {
		u = c.url
	}
	if method == "" {
		method = http.MethodPost
	}
	if q.Want > 0 && len(h["Accept-Encoding"]) == 0 {
		h["Accept-Encoding"] = []string{"gzip"}
	}
	if q.Repeatable && h["X-Idempotency-Key"] == nil {
		// An empty list is not sent; it tells the transport that the request may be repeated.
		h["X-Idempotency-Key"] = []string{}
	}
	host := u.Host
	if v := h["Host"]; len(v) > 0 {
		host = v[0]
	}
	r := &http.Request{
		Method: method, URL: u, Host: host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(q.Body)),
		Body:          lent.reader(),
		GetBody:       func() (io.ReadCloser, error) { return lent.reader(), nil },
	}
	if len(q.Body) == 0 {
		r.Body, r.GetBody = http.NoBody, nil
	}
	return r.WithContext(ctx)
}

// Failure is why no answer came.
type Failure struct {
	reason string
	err    error
}

// Error is safe to show: at most 512 bytes, without secrets.
func (f *Failure) Error() string { return f.reason }
func (f *Failure) Unwrap() error { return f.err }

func (c *Client) failure(err error, why string) error { return &Failure{c.Clean(why), err} }

// limitReached says which limit ended an attempt, so that nobody has to guess among them.
type limitReached struct{ what string }

func (l *limitReached) Error() string { return l.what }

// why says what became of a request without an answer, and which limit ended it.
func (c *Client) why(ctx, within context.Context, began time.Time, lent *lentBody, err error) string {
	var limit *limitReached
	left := lent.left.Load()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Sprintf("given up: %v", ctx.Err())
	case errors.As(err, &limit) && ctx.Err() == nil:
		return limit.what
	case within.Err() == nil && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return fmt.Sprintf("the connection was closed before an answer came (%v)", err)
	case within.Err() == nil:
		return handshake(err, c.url.Host).Error()
	case left > 0:
		return fmt.Sprintf("%d bytes of the body were not taken within %s", left, c.limit(ctx, began))
	}
	return "no answer within " + c.limit(ctx, began)
}

// whyCut says why an answer has no end.
func (c *Client) whyCut(ctx, within context.Context, began time.Time, got int, err error) string {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Sprintf("given up: %v", ctx.Err())
	case within.Err() != nil:
		return fmt.Sprintf("the answer did not end within %s: %d bytes of it came", c.limit(ctx, began), got)
	}
	return fmt.Sprintf("the answer cannot be read behind its first %d bytes: %v", got, err)
}

// limit names the one that was reached: the caller's, whatever that is, or ours.
func (c *Client) limit(ctx context.Context, began time.Time) string {
	if end, ok := ctx.Deadline(); ok && ctx.Err() != nil {
		return max(end.Sub(began), 0).Round(time.Millisecond).String()
	}
	return c.timeout.String() + " (timeout)"
}
