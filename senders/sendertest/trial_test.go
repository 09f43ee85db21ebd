package sendertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"testing"

	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/httpclient"
	"logskiff/senders/httpclient/httpclienttest"
)

// trial is the smallest endpoint whose destination answers for each record: a store that takes lines, each behind its
// length, over HTTP, and answers with a status for each. It stands on the same packages as the senders that are
// built into the agent, and shows that they are enough: docs/architecture.md leads here.
type trial struct{ client *httpclient.Client }

// answerSize is what an answer of a status for each record may have.
const answerSize = 1 << 20

func (e *trial) Name() string { return e.client.Name() }

func (e *trial) Close() error {
	e.client.Close()
	return nil
}

func (e *trial) Send(ctx context.Context, p *senders.Payload) senders.Result {
	q := httpclient.Request{Header: e.client.Header(1), Body: counted(p), Fresh: p.Fresh, Want: answerSize}
	q.Header["Content-Type"] = []string{p.ContentType}
	answer, err := e.client.Do(ctx, &q)
	if err != nil {
		return senders.Result{Class: senders.Retry, Reason: err.Error()}
	}
	if answer.Status != http.StatusMultiStatus {
		return e.client.Result(&q, &answer, e.client.Classify(&answer))
	}
	var codes []int
	if err := json.Unmarshal(answer.Body, &codes); err != nil || len(codes) != p.Last-p.First {
		return senders.Result{Class: senders.Retry, Status: answer.Status, Reason: fmt.Sprintf("an answer for %d of %d records (%v)", len(codes), p.Last-p.First, err)}
	}
	var result senders.Result
	for i, code := range codes {
		if item := said(code); item.Class != senders.Delivered {
			item.Record = p.First + i
			result.Items = append(result.Items, item)
		}
	}
	return result
}

// counted puts each record of a body behind its length.
func counted(p *senders.Payload) []byte {
	body := make([]byte, 0, len(p.Body)+8*(p.Last-p.First))
	for i := p.First; i < p.Last; i++ {
		text := p.Record(i)
		body = append(append(strconv.AppendInt(body, int64(len(text)), 10), ' '), text...)
	}
	return body
}

// said is what a status says of one record.
func said(code int) senders.Item {
	item := senders.Item{Status: code, Reason: http.StatusText(code)}
	switch {
	case code < 300:
	case code == http.StatusTooManyRequests:
		item.Class = senders.Throttled
	case code == http.StatusNotFound: // an index that has to be made first; others go on
		item.Class, item.Key = senders.Held, "index"
	case code >= 500:
		item.Class = senders.Retry
	default:
		item.Class = senders.Refused
	}
	return item
}

var codesOf = map[senders.Class]int{senders.Delivered: 201, senders.Throttled: 429, senders.Held: 404, senders.Retry: 503, senders.Refused: 422}

// newTrial builds the sender as a kind's New does.
func newTrial(t *testing.T, endpoints ...string) *senders.Sender {
	t.Helper()
	cfg := httpclient.Default()
	urls, errs := httpclient.ReadEndpoints(endpoints, "/take")
	if errs = append(errs, cfg.Check(httpclient.AnyHTTPS(urls))...); len(errs) > 0 {
		t.Fatal(errs)
	}
	clients, err := cfg.Clients(urls, httpclient.Env{Log: slog.New(slog.DiscardHandler), UserAgent: "logskiff/test"})
	if err != nil {
		t.Fatal(err)
	}
	s := &senders.Sender{
		Strategy: senders.RoundRobin, Ends: true,
		NewEncoder:    func() senders.Encoder { return encode.NewNDJSON([]string{"host"}) },
		NewCompressor: encode.NewNone,
	}
	for _, c := range clients {
		s.Endpoints = append(s.Endpoints, &trial{c})
	}
	return s
}

// uncounted takes the lengths off again, as the destination does.
func uncounted(body []byte) (lines [][]byte) {
	for len(body) > 0 {
		size, rest, _ := bytes.Cut(body, []byte(" "))
		n, err := strconv.Atoi(string(size))
		if err != nil || n > len(rest) {
			return nil
		}
		lines, body = append(lines, rest[:n]), rest[n:]
	}
	return lines
}

func TestASenderThatIsAnsweredForEachRecordKeepsTheContract(t *testing.T) {
	Run(t, func(t *testing.T) Fixture {
		d := httpclienttest.NewDestination(t)
		s := newTrial(t, d.URL)
		stop := make(chan struct{})
		t.Cleanup(func() { close(stop) })
		return Fixture{
			Endpoint:   s.Endpoints[0],
			NewEncoder: s.NewEncoder,
			Received: func() (bodies [][]byte) {
				for _, body := range d.Bodies() {
					bodies = append(bodies, bytes.Join(uncounted(body), nil))
				}
				return bodies
			},
			Attempts: func() int { return int(d.Attempts.Load()) },
			Answers: map[senders.Class]func(){
				senders.Delivered: func() { d.Handle(nil) },
				senders.Retry:     d.Status(500),
				senders.Throttled: d.Status(429),
				senders.Held:      d.Status(401),
			},
			ByRecord: func(judge func(place int) senders.Item) {
				d.Handle(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					var codes []int
					for i := range uncounted(body) {
						codes = append(codes, codesOf[judge(i).Class])
					}
					w.WriteHeader(http.StatusMultiStatus)
					_ = json.NewEncoder(w).Encode(codes)
				})
			},
			Hang: func() { d.Handle(func(http.ResponseWriter, *http.Request) { <-stop }) },
		}
	})
}

// unmarking is an encoder that cannot say where records end.
type unmarking struct{ senders.Encoder }

func (unmarking) Append(dst []byte, _ *record.Batch, _, _ int) []byte { return dst }

func TestASenderThatLacksSomethingIsToldWhat(t *testing.T) {
	f := func(want int, change func(*senders.Sender)) {
		t.Helper()
		s := newTrial(t, "http://a", "http://b")
		change(s)
		if got := Lacks(s); len(got) != want {
			t.Errorf("got %q, want %d problems", got, want)
		}
	}
	f(0, func(*senders.Sender) {})
	f(1, func(s *senders.Sender) { s.Endpoints = nil })
	f(1, func(s *senders.Sender) { s.Endpoints = append(s.Endpoints, s.Endpoints[0]) })
	f(1, func(s *senders.Sender) { s.Strategy = "" })
	f(2, func(s *senders.Sender) { s.NewEncoder, s.NewCompressor = nil, nil })
	f(1, func(s *senders.Sender) {
		s.NewEncoder = func() senders.Encoder { return unmarking{encode.NewLines()} }
	})
}
