package httpsend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"logskiff/record"
	"logskiff/record/wire"
	"logskiff/senders"
	"logskiff/senders/encode"
)

const (
	maxReason = 512      // bytes of an answer that people get to see
	maxSaid   = 2 << 10  // bytes of an answer that are looked at
	maxDrain  = 64 << 10 // bytes of an answer read so that its connection can be used again
	drainTime = time.Second
)

// endpoint is one URL. It implements senders.Endpoint.
type endpoint struct {
	url       *url.URL
	name      string
	headers   http.Header // shared by all requests, never changed
	hide      []string    // secrets
	timeout   time.Duration
	transport *http.Transport
	fresh     *http.Transport // keeps no connection: each request has a new one
	forms     forms
}

func (e *endpoint) Name() string { return e.name }

func (e *endpoint) Close() error {
	e.transport.CloseIdleConnections()
	return nil
}

// Send posts p once. Only when a kept connection turns out to be closed before
// any answer came, the transport sends the same body on another one.
//
// Kept connections end where something behind them is at fault: behind a balancer
// each can lead to another server, and the next request must be free to find a good one.
func (e *endpoint) Send(ctx context.Context, p *senders.Payload) senders.Result {
	within, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	lent := lend(p.Body)
	defer lent.takeBack()

	transport := e.transport
	if p.Fresh {
		transport = e.fresh
	}
	answer, err := transport.RoundTrip(e.request(within, p, lent))
	if err != nil {
		if ctx.Err() == nil {
			e.forms.unheard()
		}
		return e.failed(ctx, within, lent, err)
	}
	takesLines := e.forms.heard(answer.Header)
	result := e.result(answer, p, cancel)
	answer.Body.Close()
	if e.forms.misread(p, &result, takesLines) {
		result.Class = senders.Misread
	}
	if p.Fresh && result.Class == senders.Delivered || result.Class == senders.Retry || result.Class == senders.Held {
		e.transport.CloseIdleConnections()
	}
	return result
}

// result reads an answer. It is known by its status; its body must not keep us for long.
func (e *endpoint) result(answer *http.Response, p *senders.Payload, cancel func()) senders.Result {
	result := senders.Result{Status: answer.StatusCode}
	if answer.Body == http.NoBody && answer.StatusCode/100 == 2 {
		return result
	}
	defer time.AfterFunc(drainTime, cancel).Stop()
	var said []byte
	if answer.StatusCode/100 != 2 {
		said, _ = io.ReadAll(io.LimitReader(answer.Body, maxSaid)) // what came is shown
	}
	v := e.classify(answer.StatusCode, said)
	result.Class = v.Class
	switch {
	case ofAnother(answer) && sentOn(p):
		result.Class = senders.Refused
	case v.Class == senders.TooManySegments && segmentsOf(p) < 2:
		result.Class = senders.Held
	case v.Class == senders.Throttled || v.Class == senders.Retry:
		result.Wait = retryAfter(answer.Header.Get("Retry-After"), time.Now())
	}
	if v.Class != senders.Delivered {
		result.Reason = e.reason(answer, said, v.advice)
	}
	_, _ = io.CopyN(io.Discard, answer.Body, maxDrain) // if it fails, the connection is closed
	return result
}

// request builds the request by hand: http.NewRequest would parse the URL anew.
func (e *endpoint) request(ctx context.Context, p *senders.Payload, lent *lentBody) *http.Request {
	h := make(http.Header, len(e.headers)+5)
	for k, v := range e.headers {
		h[k] = v
	}
	h["Content-Type"] = []string{p.ContentType}
	if p.ContentEncoding != "" {
		h["Content-Encoding"] = []string{p.ContentEncoding}
	}
	if p.Batch != nil {
		h[wire.HeaderName] = []string{string(encode.AppendHeader(nil, p.Batch, p.First, p.Last))}
	}
	// An empty list is not sent; it tells the transport that the request may be
	// repeated on a fresh connection, as the batch header makes it idempotent.
	h["X-Idempotency-Key"] = []string{}
	r := &http.Request{
		Method: http.MethodPost, URL: e.url, Host: e.url.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(p.Body)),
		Body:          lent.reader(),
		GetBody:       func() (io.ReadCloser, error) { return lent.reader(), nil },
	}
	return r.WithContext(ctx)
}

// failed says what an attempt without an answer was, and which limit ended it.
func (e *endpoint) failed(ctx, within context.Context, lent *lentBody, err error) senders.Result {
	var limit *limitReached
	left := lent.left.Load()
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("given up: %w", ctx.Err())
	case errors.As(err, &limit):
		err = limit
	case within.Err() != nil && left > 0:
		err = fmt.Errorf("%d bytes of the body were not taken within %s (timeout)", left, e.timeout)
	case within.Err() != nil:
		err = fmt.Errorf("no answer within %s (timeout)", e.timeout)
	}
	return senders.Result{Class: senders.Retry, Reason: e.clean(err.Error())}
}

// ofAnother reports whether an answer says that a stream is another client's, or lacks its agent's word.
func ofAnother(answer *http.Response) bool {
	return answer.StatusCode == http.StatusConflict || answer.Header.Get(wire.MissingName) == wire.MissingAgent
}

// sentOn reports whether p holds streams of clients of ours. If one of them sends what belongs to
// another, that is set aside: holding it would hold all who send by way of us.
func sentOn(p *senders.Payload) bool {
	if p.Batch == nil {
		return false
	}
	for i := range p.Batch.Segments {
		s := &p.Batch.Segments[i]
		if s.First < p.Last && s.First+s.N > p.First && s.Stream.Owner != (record.Owner{}) {
			return true
		}
	}
	return false
}
