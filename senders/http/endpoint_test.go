package http

import (
	"net/http"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/record"
	"logskiff/record/wire"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/httpclient/httpclienttest"
	"logskiff/senders/sendertest"
)

func TestEndpointKeepsTheContract(t *testing.T) {
	sendertest.Run(t, func(t *testing.T) sendertest.Fixture {
		d := httpclienttest.NewDestination(t)
		stop := make(chan struct{})
		t.Cleanup(func() { close(stop) })
		return sendertest.Fixture{
			Endpoint: open(t, d.URL, nil),
			Received: d.Bodies,
			Attempts: func() int { return int(d.Attempts.Load()) },
			Answers: map[senders.Class]func(){
				senders.Delivered: func() { d.Handle(nil) },
				senders.Retry:     d.Status(500),
				senders.Throttled: d.Status(503),
				senders.Held:      d.Status(401),
				senders.TooLarge:  d.Status(413),
				senders.Refused:   d.Status(422),
			},
			Hang: func() { d.Handle(func(http.ResponseWriter, *http.Request) { <-stop }) },
		}
	})
}

func TestStatusesAreClassifiedAsPromised(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	f := func(want senders.Class, codes ...int) {
		t.Helper()
		for _, code := range codes {
			d.Status(code)()
			if r := e.Send(t.Context(), body(10)); r.Class != want || r.Status != code {
				t.Errorf("%d: got %+v, want class %d", code, r, want)
			}
		}
	}
	f(senders.Delivered, 200, 201, 202, 204, 206, 299)
	f(senders.TooLarge, 413)
	f(senders.Throttled, 429, 503)
	f(senders.Held, 301, 302, 304, 307, 308, 401, 402, 403, 404, 405, 407, 409, 410, 411, 414, 415, 417, 421, 425, 426, 428, 431, 494, 495, 496, 497,
		501, 505, 506, 510, 511)
	f(senders.Retry, 408, 500, 502, 504, 507, 599, 600, 999)
	f(senders.Refused, 400, 406, 412, 416, 418, 422, 424, 451, 499)
}

func TestRequestSaysWhatTheBodyIs(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL+"/take?it=1", func(c *Config) {
		c.Headers = map[string]conf.Secret{"x-tenant": "blue", "Host-Role": "web"}
		c.Bearer = "s3cret-token"
	})
	b := &record.Batch{Buf: []byte("hello"), Segments: []record.Segment{{
		Stream: &record.Stream{ID: record.StreamID{7}, Path: "/p", Origin: &record.Origin{Host: "h", Source: "s"}}, Start: 5, End: 11, N: 1,
	}}, Records: []record.Record{{Offset: 5, Size: 6, Text: record.Span{Len: 5}}}}
	p := &senders.Payload{
		Body: encode.NewZstd().Append(nil, []byte("hello\n")), ContentType: "application/x-ndjson", ContentEncoding: "zstd", Batch: b, Last: 1,
	}
	if r := e.Send(t.Context(), p); r.Class != senders.Delivered {
		t.Fatal(r)
	}
	if got := string(d.Bodies()[0]); got != "hello\n" {
		t.Errorf("body %q", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd", "User-Agent": "logskiff/test",
		"X-Tenant": "blue", "Host-Role": "web", "Authorization": "Bearer s3cret-token", "X-Idempotency-Key": "",
		wire.HeaderName: string(encode.AppendHeader(nil, b, 0, 1)), "Accept-Encoding": "",
	} {
		if got := d.Header(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if d.Last().URL.String() != "/take?it=1" || d.Last().Method != "POST" || d.Last().ContentLength != int64(len(p.Body)) {
		t.Errorf("got %s %s, %d bytes", d.Last().Method, d.Last().URL, d.Last().ContentLength)
	}
	if strings.Contains(e.Name(), "?") {
		t.Errorf("name %q shows the query", e.Name())
	}
}
