package http

import (
	"context"

	"logskiff/record/wire"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/httpclient"
)

// endpoint is one URL. It implements senders.Endpoint.
type endpoint struct {
	client      *httpclient.Client
	forms       forms
	contentType string // of the sender's own form
	shortcut    bool   // there is another one
}

func (e *endpoint) Name() string { return e.client.Name() }

func (e *endpoint) Close() error {
	e.client.Close()
	return nil
}

// Probe implements senders.Prober.
func (e *endpoint) Probe(ctx context.Context) error { return e.client.Probe(ctx) }

// Send posts p once. Only when a kept connection turns out to be closed before
// any answer came, the same body is sent on another one: the batch header makes it idempotent.
func (e *endpoint) Send(ctx context.Context, p *senders.Payload) senders.Result {
	h := e.client.Header(5)
	h["Content-Type"] = []string{p.ContentType}
	if p.ContentEncoding != "" {
		h["Content-Encoding"] = []string{p.ContentEncoding}
	}
	if p.Batch != nil {
		h[wire.HeaderName] = []string{string(encode.AppendHeader(nil, p.Batch, p.First, p.Last))}
	}
	request := httpclient.Request{Header: h, Body: p.Body, Fresh: p.Fresh, Repeatable: true}
	answer, err := e.client.Do(ctx, &request)
	if err != nil {
		if ctx.Err() == nil {
			e.forms.unheard()
		}
		return senders.Result{Class: senders.Retry, Reason: err.Error()}
	}
	takesLines := e.forms.heard(answer.Header)
	result := e.client.Result(&request, &answer, e.verdict(&answer, p))
	if e.forms.misread(p, &result, takesLines) {
		result.Class = senders.Misread
	}
	return result
}
