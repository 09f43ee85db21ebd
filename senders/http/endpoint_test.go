package httpsend

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/record"
	"logskiff/record/wire"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/sendertest"
)

func TestEndpointKeepsTheContract(t *testing.T) {
	sendertest.Run(t, func(t *testing.T) sendertest.Fixture {
		d := newDestination(t)
		stop := make(chan struct{})
		t.Cleanup(func() { close(stop) })
		return sendertest.Fixture{
			Endpoint: open(t, d.URL, nil),
			Received: d.bodies,
			Attempts: func() int { return int(d.attempts.Load()) },
			Answers: map[senders.Class]func(){
				senders.Delivered: func() { d.handle(nil) },
				senders.Retry:     d.status(500),
				senders.Throttled: d.status(503),
				senders.Held:      d.status(401),
				senders.TooLarge:  d.status(413),
				senders.Refused:   d.status(422),
			},
			Hang: func() { d.handle(func(http.ResponseWriter, *http.Request) { <-stop }) },
		}
	})
}

func TestStatusesAreClassifiedAsPromised(t *testing.T) {
	d := newDestination(t)
	e := open(t, d.URL, nil)
	f := func(want senders.Class, codes ...int) {
		t.Helper()
		for _, code := range codes {
			d.status(code)()
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

func TestRetryAfterIsReadAndCapped(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := func(v string, want time.Duration) {
		t.Helper()
		if got := retryAfter(v, now); got != want {
			t.Errorf("%q: got %v, want %v", v, got, want)
		}
	}
	f("", 0)
	f("0", 0)
	f(" 7 ", 7*time.Second)
	f("86400", maxWait)
	f("99999999999999999999", maxWait)
	f("-3", 0)
	f("soon", 0)
	f(now.Add(time.Minute).Format(http.TimeFormat), time.Minute)
	f(now.Add(-time.Minute).Format(http.TimeFormat), 0)
	f(now.Add(time.Hour).Format(http.TimeFormat), maxWait)
}

func TestThrottledCarriesTheWait(t *testing.T) {
	d := newDestination(t)
	d.status(503, "Retry-After", "17")()
	if r := open(t, d.URL, nil).Send(t.Context(), body(10)); r.Class != senders.Throttled || r.Wait != 17*time.Second {
		t.Errorf("got %+v", r)
	}
}

func TestRequestSaysWhatTheBodyIs(t *testing.T) {
	d := newDestination(t)
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
	if got := string(d.bodies()[0]); got != "hello\n" {
		t.Errorf("body %q", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd", "User-Agent": "logskiff/test",
		"X-Tenant": "blue", "Host-Role": "web", "Authorization": "Bearer s3cret-token", "X-Idempotency-Key": "",
		wire.HeaderName: string(encode.AppendHeader(nil, b, 0, 1)), "Accept-Encoding": "",
	} {
		if got := d.header(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if d.last.URL.String() != "/take?it=1" || d.last.Method != "POST" || d.last.ContentLength != int64(len(p.Body)) {
		t.Errorf("got %s %s, %d bytes", d.last.Method, d.last.URL, d.last.ContentLength)
	}
	if strings.Contains(e.Name(), "?") {
		t.Errorf("name %q shows the query", e.Name())
	}
}

func TestReasonsAreSafeToShow(t *testing.T) {
	d := newDestination(t)
	e := open(t, d.URL, func(c *Config) {
		c.Basic = Basic{"me", "hunter2hunter2"}
		c.Headers = map[string]conf.Secret{"X-Api-Key": "abcdef123456"}
	})
	d.handle(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(401)
		_, _ = io.WriteString(w, "you sent "+r.Header.Get("Authorization")+" and hunter2hunter2, abcdef123456\n\x1b[31mred\x00\xff"+strings.Repeat("é", 5000))
	})
	r := e.Send(t.Context(), body(1))
	for _, secret := range []string{"hunter2", "abcdef123456", e.headers.Get("Authorization")[6:], "\x1b", "\x00", "\n"} {
		if strings.Contains(r.Reason, secret) {
			t.Errorf("the reason shows %q: %q", secret, r.Reason)
		}
	}
	if len(r.Reason) > maxReason || !strings.HasPrefix(r.Reason, `401 Unauthorized (check bearer or basic): you sent Basic *** and ***, *** \x1b[31mred`) {
		t.Errorf("reason of %d bytes: %q", len(r.Reason), r.Reason)
	}
}

func TestRedirectsAreHeldAndNotFollowed(t *testing.T) {
	other, d := newDestination(t), newDestination(t)
	d.status(307, "Location", other.URL)()
	r := open(t, d.URL, nil).Send(t.Context(), body(10))
	if r.Class != senders.Held || !strings.Contains(r.Reason, other.URL) || other.attempts.Load() != 0 {
		t.Errorf("got %+v, followed %d times", r, other.attempts.Load())
	}
}

func TestAHungDestinationEndsWithTheTimeout(t *testing.T) {
	d := newDestination(t)
	stop := make(chan struct{})
	defer close(stop)
	d.handle(func(http.ResponseWriter, *http.Request) { <-stop })
	for size, want := range map[int]string{
		10:       "no answer within %v (timeout)",
		32 << 20: "bytes of the body were not taken within %v (timeout)",
	} {
		slowly(t, func(limit time.Duration) error {
			e := open(t, d.URL, func(c *Config) { c.Timeout = conf.Duration(limit) })
			if r := e.Send(t.Context(), body(size)); r.Class != senders.Retry || !strings.Contains(r.Reason, fmt.Sprintf(want, limit)) {
				return fmt.Errorf("%d bytes: got %+v", size, r)
			}
			return nil
		})
	}
}

func TestAnAnswerWhoseBodyNeverEndsIsStillAnAnswer(t *testing.T) {
	d := newDestination(t)
	stop := make(chan struct{})
	defer close(stop)
	d.handle(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(200)
		_, _ = io.WriteString(w, "ok so far")
		_ = http.NewResponseController(w).Flush()
		<-stop
	})
	began := time.Now()
	e := open(t, d.URL, func(c *Config) { c.Timeout = conf.Duration(time.Minute) })
	if r := e.Send(t.Context(), body(10)); r.Class != senders.Delivered {
		t.Errorf("got %+v", r)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it kept us for %v", took)
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	d := newDestination(t)
	e, from := open(t, d.URL, nil), map[string]bool{}
	for i := range 20 {
		switch i % 3 {
		case 0:
			d.handle(nil)
		case 1:
			d.handle(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(400)
				_, _ = io.WriteString(w, strings.Repeat("no", 20_000))
			})
		case 2:
			d.handle(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, "thanks")
			})
		}
		_ = e.Send(t.Context(), body(100_000))
		from[d.client()] = true
	}
	if len(from) != 1 {
		t.Errorf("%d connections for 20 requests, one after another", len(from))
	}
}
