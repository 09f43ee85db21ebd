package victorialogs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/httpclient"
)

// Env is what the agent lends the sender.
type Env struct {
	Log       *slog.Logger
	UserAgent string
}

// endpoint is one URL. It implements senders.Endpoint.
type endpoint struct {
	client *httpclient.Client
	cfg    *Config
	fields http.Header // what says which fields are what

	tooLarge string // why a record is not sent
}

// New builds the sender of a validated Config. It reads the certificate files and fails when they cannot be used; it
// connects to nothing.
func New(cfg Config, env Env) (*senders.Sender, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	urls, _ := httpclient.ReadEndpoints(cfg.Endpoints, defaultPath)
	clients, err := cfg.Clients(urls, httpclient.Env{Log: env.Log, UserAgent: env.UserAgent})
	if err != nil {
		return nil, err
	}
	s := &senders.Sender{
		Strategy: cfg.Strategy,
		Ends:     true,
		Beside:   256, // the time some 70, the origin with the stream 150 to 200
		NewEncoder: func() senders.Encoder {
			return &lines{document: encode.NewDocument(cfg.Origin), most: int(cfg.MaxRecord), mostFields: cfg.MaxFields}
		},
		NewCompressor: encode.Compressors(cfg.Compression),
	}
	fields := http.Header{}
	fields.Set(timeHeader, encode.TimeName)
	fields.Set(messageHeader, strings.Join(cfg.Message, ","))
	if len(cfg.Stream) > 0 {
		fields.Set(streamHeader, strings.Join(cfg.Stream, ","))
	}
	tooLarge := fmt.Sprintf("VictoriaLogs would leave it out: it has more than max_record (%s), more than max_fields (%d), or more than %d objects in each other", cfg.MaxRecord, cfg.MaxFields, maxDepth)
	for _, c := range clients {
		s.Endpoints = append(s.Endpoints, &endpoint{client: c, cfg: &cfg, fields: fields, tooLarge: tooLarge})
	}
	return s, nil
}

func (e *endpoint) Name() string { return e.client.Name() }

func (e *endpoint) Close() error {
	e.client.Close()
	return nil
}

// Probe implements senders.Prober.
func (e *endpoint) Probe(ctx context.Context) error { return e.client.Probe(ctx) }

// answerMost is how much of an answer is read; one of VictoriaLogs is empty, or some words.
const answerMost = 2 << 10

// Send posts p once. It is not sent again by itself when a kept connection turns out to be closed: VictoriaLogs knows no repeats.
func (e *endpoint) Send(ctx context.Context, p *senders.Payload) senders.Result {
	left := p.LeftOut(senders.Item{Class: senders.TooLarge, Reason: e.tooLarge})
	if len(left) == p.Last-p.First {
		return senders.Partly(left)
	}
	request := e.request(p.ContentType, p.ContentEncoding)
	request.Body, request.Fresh = p.Body, p.Fresh
	answer, err := e.client.Do(ctx, &request)
	if err != nil {
		return senders.Result{Class: senders.Retry, Reason: err.Error()}
	}
	r := e.client.Result(&request, &answer, e.verdict(&answer))
	if r.Class == senders.Delivered {
		some := senders.Partly(left)
		r.Items, r.Reason = some.Items, some.Reason
	}
	return r
}

func (e *endpoint) request(contentType, encoding string) httpclient.Request {
	h := e.client.Header(6)
	for name, v := range e.fields {
		h[name] = v
	}
	h["Content-Type"] = []string{contentType}
	if encoding != "" {
		h["Content-Encoding"] = []string{encoding}
	}
	return httpclient.Request{Header: h, Want: answerMost}
}

// verdict is what an answer means. A success has no words; of a line it says something when it could read none before that.
func (e *endpoint) verdict(a *httpclient.Answer) httpclient.Verdict {
	v := e.client.Classify(a)
	switch {
	case a.Status == http.StatusBadRequest && strings.HasPrefix(string(a.Body), "cannot process jsonline request"):
		return httpclient.Verdict{Class: senders.Refused}
	case a.Status == http.StatusBadRequest, v.Class == senders.Refused:
		return httpclient.Verdict{Class: senders.Held, Advice: "it does not take this request; check the endpoint and headers"}
	case v.Class == senders.Delivered && len(a.Body) > 0:
		return httpclient.Verdict{Class: senders.Held, Advice: "VictoriaLogs says nothing when it takes a request; check the endpoint"}
	}
	return v
}

// Check posts an empty body, which is no record.
func (e *endpoint) Check(ctx context.Context, say func(step string)) error {
	request := e.request("application/x-ndjson", "")
	answer, err := e.client.Check(ctx, &request, say)
	if err != nil {
		return err
	}
	if v := e.verdict(&answer); v.Class != senders.Delivered {
		return errors.New(e.client.Reason(&answer, v.Advice))
	}
	say(e.client.Clean(fmt.Sprintf("stream: by %s; text: %s", strings.Join(e.cfg.Stream, ", "), strings.Join(e.cfg.Message, ", else "))))
	say("whether the times of records lie within its retention is not known: it leaves out others without a word")
	return nil
}

var _ senders.Checker = (*endpoint)(nil)
