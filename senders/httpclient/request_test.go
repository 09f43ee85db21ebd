package httpclient

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

func TestThrottledCarriesTheWait(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	d.Status(503, "Retry-After", "17")()
	if r := open(t, d.URL, nil).Send(t.Context(), body(10)); r.Class != senders.Throttled || r.Wait != 17*time.Second {
		t.Errorf("got %+v", r)
	}
}

func TestReasonsAreSafeToShow(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, func(c *Config) {
		c.Basic = Basic{"me", "hunter2hunter2"}
		c.Headers = map[string]conf.Secret{"X-Api-Key": "abcdef123456"}
	})
	d.Handle(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(401)
		_, _ = io.WriteString(w, "you sent "+r.Header.Get("Authorization")+" and hunter2hunter2, abcdef123456\n\x1b[31mred\x00\xff"+strings.Repeat("é", 5000))
	})
	r := e.Send(t.Context(), body(1))
	for _, secret := range []string{"hunter2", "abcdef123456", e.Header(0).Get("Authorization")[6:], "\x1b", "\x00", "\n"} {
		if strings.Contains(r.Reason, secret) {
			t.Errorf("the reason shows %q: %q", secret, r.Reason)
		}
	}
	if len(r.Reason) > MaxReason || !strings.HasPrefix(r.Reason, `401 Unauthorized (check bearer or basic): you sent Basic *** and ***, *** \x1b[31mred`) {
		t.Errorf("reason of %d bytes: %q", len(r.Reason), r.Reason)
	}
}

func TestRedirectsAreHeldAndNotFollowed(t *testing.T) {
	other, d := httpclienttest.NewDestination(t), httpclienttest.NewDestination(t)
	d.Status(307, "Location", other.URL)()
	r := open(t, d.URL, nil).Send(t.Context(), body(10))
	if r.Class != senders.Held || !strings.Contains(r.Reason, other.URL) || other.Attempts.Load() != 0 {
		t.Errorf("got %+v, followed %d times", r, other.Attempts.Load())
	}
}

func TestAHungDestinationEndsWithTheTimeout(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	stop := make(chan struct{})
	defer close(stop)
	d.Handle(func(http.ResponseWriter, *http.Request) { <-stop })
	for size, want := range map[int]string{
		10:       "no answer within %v (timeout)",
		32 << 20: "bytes of the body were not taken within %v (timeout)",
	} {
		httpclienttest.Slowly(t, func(limit time.Duration) error {
			e := open(t, d.URL, func(c *Config) { c.Timeout = conf.Duration(limit) })
			if r := e.Send(t.Context(), body(size)); r.Class != senders.Retry || !strings.Contains(r.Reason, fmt.Sprintf(want, limit)) {
				return fmt.Errorf("%d bytes: got %+v", size, r)
			}
			return nil
		})
	}
}

func TestAnAnswerWhoseBodyNeverEndsIsStillAnAnswer(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	stop := make(chan struct{})
	defer close(stop)
	d.Handle(func(w http.ResponseWriter, r *http.Request) {
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
	d := httpclienttest.NewDestination(t)
	e, from := open(t, d.URL, nil), map[string]bool{}
	for i := range 20 {
		switch i % 3 {
		case 0:
			d.Handle(nil)
		case 1:
			d.Handle(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(400)
				_, _ = io.WriteString(w, strings.Repeat("no", 20_000))
			})
		case 2:
			d.Handle(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, "thanks")
			})
		}
		_ = e.Send(t.Context(), body(100_000))
		from[d.Client()] = true
	}
	if len(from) != 1 {
		t.Errorf("%d connections for 20 requests, one after another", len(from))
	}
}

func TestARequestIsWhatItsSenderWants(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	c := client(t, d.URL+"/base?token=abcdef", func(c *Config) {
		c.Headers = map[string]conf.Secret{"Host": "logs.example", "X-Tenant": "blue", "Idempotency-Key": "abc"}
	})
	if c.Name() != d.URL+"/base" {
		t.Errorf("name %q", c.Name())
	}
	u := *c.URL()
	u.Path = "/bucket/key"
	h := c.Header(1)
	h.Set("X-Tenant", "red")
	if _, err := c.Do(t.Context(), &Request{Method: "PUT", URL: &u, Header: h, Body: []byte("abc"), Repeatable: true}); err != nil {
		t.Fatal(err)
	}
	last := d.Last()
	if last.Method != "PUT" || last.URL.String() != "/bucket/key?token=abcdef" || last.Host != "logs.example" || d.Header("X-Tenant") != "red" || string(d.Bodies()[0]) != "abc" {
		t.Errorf("%s %s %s, tenant %q", last.Method, last.Host, last.URL, d.Header("X-Tenant"))
	}
	if _, err := c.Do(t.Context(), &Request{Method: "GET"}); err != nil {
		t.Fatal(err)
	}
	if last := d.Last(); last.Method != "GET" || last.ContentLength != 0 || d.Header("X-Tenant") != "blue" || d.Header("Content-Length") != "" {
		t.Errorf("%s with %d bytes, tenant %q", last.Method, last.ContentLength, d.Header("X-Tenant"))
	}
}
