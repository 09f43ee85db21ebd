package httpclient

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/senders"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// poster is the least that a sender makes of a client: what is posted is text, and HTTP
// alone says what became of it.
type poster struct{ *Client }

func (e poster) Send(ctx context.Context, p *senders.Payload) senders.Result {
	h := e.Header(2)
	h["Content-Type"] = []string{p.ContentType}
	q := Request{Header: h, Body: p.Body, Fresh: p.Fresh, Repeatable: true}
	a, err := e.Do(ctx, &q)
	if err != nil {
		return senders.Result{Class: senders.Retry, Reason: err.Error()}
	}
	return e.Result(&q, &a, e.Classify(&a))
}

// open returns a poster to one URL.
func open(t *testing.T, url string, change func(*Config)) poster {
	t.Helper()
	return poster{client(t, url, change)}
}

func client(t *testing.T, url string, change func(*Config)) *Client {
	t.Helper()
	cfg := Default()
	if change != nil {
		change(&cfg)
	}
	urls, errs := ReadEndpoints([]string{url}, "/")
	if errs = append(errs, cfg.Check(AnyHTTPS(urls))...); len(errs) > 0 {
		t.Fatal(errs)
	}
	all, err := cfg.Clients(urls, Env{Log: slog.New(slog.DiscardHandler), UserAgent: "logskiff/test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(all[0].CloseIdle)
	return all[0]
}

// body is a payload without a batch.
func body(n int) *senders.Payload {
	return &senders.Payload{Body: []byte(strings.Repeat("x", n)), ContentType: "text/plain"}
}

// within is the test's context with a limit.
func within(t *testing.T, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}
