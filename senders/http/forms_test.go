package http

import (
	"context"
	"net/http"
	"testing"
	"time"

	"logskiff/record/wire"
	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

// saying has all answered with a status, and with the word that lines are taken if it is to be said.
func saying(d *httpclienttest.Destination, code int, accept string) {
	d.Handle(func(w http.ResponseWriter, _ *http.Request) {
		if accept != "" {
			w.Header().Set(wire.AcceptHeader, accept)
		}
		w.WriteHeader(code)
	})
}

func sendForm(e *endpoint, contentType string) senders.Result {
	return e.Send(context.Background(), &senders.Payload{Body: []byte("a line\n"), ContentType: contentType})
}

const objects = "application/x-ndjson"

func TestBareLinesGoWhereTheLastAnswerSaidThatTheyMay(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	after := func(code int, accept string, want bool) {
		t.Helper()
		saying(d, code, accept)
		sendForm(e, objects)
		if e.Takes(wire.LinesType) != want || e.Takes("text/plain") {
			t.Errorf("after %d %q: takes lines %v, want %v", code, accept, e.Takes(wire.LinesType), want)
		}
	}
	if e.Takes(wire.LinesType) {
		t.Error("before any answer")
	}
	after(200, "lines", true)
	after(200, "", false)
	after(503, "Something, LINES ", true)
	after(200, "linesman", false)
	after(200, "lines", true)
	d.Handle(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if r := sendForm(e, objects); r.Class != senders.Retry || e.Takes(wire.LinesType) {
		t.Errorf("%+v: no answer came, and it takes lines", r)
	}
}

// What we give up ourselves says nothing of the endpoint.
func TestAnAttemptGivenUpForgetsNothing(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	saying(d, 200, "lines")
	sendForm(e, objects)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e.Send(ctx, &senders.Payload{Body: []byte("x"), ContentType: objects})
	if !e.Takes(wire.LinesType) {
		t.Error("it is forgotten")
	}
}

func TestWhoDoesNotTakeBareLinesIsGivenObjects(t *testing.T) {
	f := func(code int, accept string, want senders.Class) {
		t.Helper()
		d := httpclienttest.NewDestination(t)
		e := open(t, d.URL, nil)
		saying(d, 200, "lines")
		sendForm(e, objects)
		saying(d, code, accept)
		if r := sendForm(e, wire.LinesType); r.Class != want {
			t.Errorf("%d %q: %+v, want class %d", code, accept, r, want)
		}
		if takes := e.Takes(wire.LinesType); takes != (want != senders.Misread && accept != "") {
			t.Errorf("%d %q: takes lines: %v", code, accept, takes)
		}
		if r := sendForm(e, objects); r.Class == senders.Misread {
			t.Errorf("%d %q: objects are misread: %+v", code, accept, r)
		}
	}
	f(200, "lines", senders.Delivered)
	f(204, "", senders.Misread) // another receiver, which may have stored anything
	f(415, "", senders.Misread) // an older forwarder
	f(415, "lines", senders.Misread)
	f(400, "", senders.Misread)
	f(400, "lines", senders.Misread)
	f(422, "", senders.Misread)
	f(413, "lines", senders.TooLarge)
	f(401, "", senders.Held)
	f(409, "lines", senders.Held)
	f(503, "", senders.Throttled)
	f(502, "", senders.Retry)
}

// One of several behind a balancer may be an older one: what it says is believed for a while.
func TestWhoMisreadIsLeftAloneWithBareLines(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	saying(d, 400, "lines")
	sendForm(e, wire.LinesType)
	saying(d, 200, "lines")
	sendForm(e, objects)
	if e.Takes(wire.LinesType) {
		t.Error("lines are sent at once again")
	}
	past := time.Now()
	e.forms.rest.Store(&past)
	if !e.Takes(wire.LinesType) {
		t.Error("lines are not sent any more")
	}
}

func TestOnlyAutoHasAShortcut(t *testing.T) {
	f := func(want bool, change func(*Config)) {
		t.Helper()
		cfg := Default()
		cfg.Endpoints = []string{"http://a"}
		change(&cfg)
		s, err := New(cfg, Env{})
		if err != nil || (s.NewShortcut != nil) != want {
			t.Errorf("%q %q: %v, %v", cfg.Format, cfg.Repeat, s, err)
		}
	}
	f(true, func(*Config) {})
	f(false, func(c *Config) { c.Format = "ndjson" })
	f(false, func(c *Config) { c.Format = "lines" })
	f(false, func(c *Config) { c.Repeat = []string{"host"} }) // these names have no place in lines
}
