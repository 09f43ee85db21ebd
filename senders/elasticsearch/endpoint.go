package elasticsearch

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"logskiff/record/template"
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
	index  *template.Template // cloned for use
}

// New builds the sender of a validated Config. It reads the certificate files and fails when they cannot be used; it
// connects to nothing.
func New(cfg Config, env Env) (*senders.Sender, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	index, err := cfg.indexTemplate()
	if err != nil {
		return nil, err
	}
	urls, _ := cfg.urls()
	settings := cfg.client()
	clients, err := settings.Clients(urls, httpclient.Env{Log: env.Log, UserAgent: env.UserAgent})
	if err != nil {
		return nil, err
	}
	s := &senders.Sender{
		Strategy:      cfg.Strategy,
		Ends:          true,
		Beside:        320, // the action some 100, the time 70, the origin 100 to 150
		NewEncoder:    func() senders.Encoder { return newBulk(&cfg, index) },
		NewCompressor: encode.Compressors(cfg.Compression),
	}
	for _, c := range clients {
		s.Endpoints = append(s.Endpoints, &endpoint{client: c, cfg: &cfg, index: index})
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

// An answer has some 25 bytes for each document that was taken, and some hundreds for one that was not.
const (
	answerBase   = 64 << 10
	answerRecord = 1 << 10
)

// Send makes one bulk request. Ids make it harmless that it arrives twice.
func (e *endpoint) Send(ctx context.Context, p *senders.Payload) senders.Result {
	left := p.LeftOut(senders.Item{Class: senders.Refused, Reason: "it has no index: it lacks what the template names; {NAME:-default} gives it one"})
	sent := others(p, left)
	if len(sent) == 0 {
		return senders.Partly(left)
	}
	h := e.client.Header(4)
	h["Content-Type"] = []string{p.ContentType}
	if p.ContentEncoding != "" {
		h["Content-Encoding"] = []string{p.ContentEncoding}
	}
	request := httpclient.Request{Header: h, Body: p.Body, Fresh: p.Fresh, Repeatable: true, Want: answerBase + answerRecord*len(sent)}
	answer, err := e.client.Do(ctx, &request)
	switch {
	case err != nil:
		return senders.Result{Class: senders.Retry, Reason: err.Error()}
	case answer.Status != http.StatusOK:
		v := e.whole(&answer)
		answer.Body = refusal(answer.Body)
		return e.client.Result(&request, &answer, v)
	case answer.Cut && len(sent) > 1: // smaller bodies have smaller answers, and what was taken is known by its id
		return senders.Result{Class: senders.TooLarge, Status: answer.Status,
			Reason: fmt.Sprintf("the answer has more than %d bytes for %d documents", request.Want, len(sent))}
	}
	items, err := e.judge(p, sent, &answer)
	if err != nil {
		answer.Body = answer.Body[:min(len(answer.Body), 200)]
		return e.client.Result(&request, &answer, httpclient.Verdict{Class: senders.Held, Advice: "this is no answer to a bulk request: " + err.Error() + "; check the endpoint"})
	}
	r := senders.Partly(merged(left, items))
	r.Status = answer.Status
	if len(r.Items) == 0 && p.Fresh {
		e.client.CloseIdle()
	}
	return r
}

// others are the records of p that are not left out, in their order.
func others(p *senders.Payload, left []senders.Item) []int {
	sent := make([]int, 0, p.Last-p.First-len(left))
	for i := p.First; i < p.Last; i++ {
		if len(left) > 0 && left[0].Record == i {
			left = left[1:]
			continue
		}
		sent = append(sent, i)
	}
	return sent
}

// whole is what an answer means that says nothing of single documents.
func (e *endpoint) whole(a *httpclient.Answer) httpclient.Verdict {
	v := e.client.Classify(a)
	switch a.Status {
	case http.StatusUnauthorized:
		v.Advice = "check api_key, basic or bearer"
	case http.StatusNotAcceptable:
		v = httpclient.Verdict{Class: senders.Held, Advice: "it does not take this format; check the endpoint"}
	}
	if a.Status/100 == 2 { // and not 200, which all bulk answers have
		v = httpclient.Verdict{Class: senders.Held, Advice: "this is no answer to a bulk request; check the endpoint"}
	}
	return v
}

// judge returns what was not delivered of the records that were sent.
func (e *endpoint) judge(p *senders.Payload, sent []int, a *httpclient.Answer) (items []senders.Item, _ error) {
	names := keys{p: p, index: e.index}
	n, err := readAnswer(a.Body, func(i int, s said) {
		v := verdictOf(&s)
		if v.class == senders.Delivered || i >= len(sent) {
			return
		}
		one := senders.Item{Record: sent[i], Class: v.class, Status: s.status}
		words := strconv.AppendInt(nil, int64(s.status), 10)
		if v.keyed {
			one.Key = names.of(sent[i])
			words = append(append(words, " index "...), one.Key...)
		}
		words = append(words, ' ')
		words = inWords(words, s.kind, s.reason, s.caused)
		if v.advice != "" {
			words = append(append(append(words, " ("...), v.advice...), ')')
		}
		one.Reason = e.client.Clean(string(words))
		items = append(items, one)
	})
	if err == nil && n != len(sent) {
		err = fmt.Errorf("it has %d items for %d documents", n, len(sent))
	}
	return items, err
}

// keys finds out again to which index a record goes.
type keys struct {
	p     *senders.Payload
	index *template.Template
	own   *template.Template
	in    template.Input
	name  []byte
}

func (k *keys) of(i int) string {
	if k.own == nil {
		k.own = k.index.Clone()
	}
	b := k.p.Batch
	k.in = template.Input{Batch: b, Record: &b.Records[i]}
	if s := b.SegmentOf(i); s >= 0 {
		k.in.Stream = b.Segments[s].Stream
	}
	k.name, _ = k.own.Append(k.name[:0], &k.in)
	return string(k.name)
}

// merged returns both lists in the order of their records.
func merged(a, b []senders.Item) []senders.Item {
	if len(a) == 0 {
		return b
	}
	all := make([]senders.Item, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].Record < b[0].Record {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}
