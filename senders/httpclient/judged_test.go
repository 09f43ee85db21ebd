package httpclient

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

func TestWhoNeverSawTheRecordHoldsIt(t *testing.T) {
	nginx := func(title string) string {
		return "<html>\r\n<head><title>400 " + title + "</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n"
	}
	apache := func(reason string) string {
		return "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>400 Bad Request</title>\n</head><body>\n" + reason
	}
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	for _, c := range []struct {
		name, said, advice string
		want               senders.Class
	}{
		{"nginx, TLS port", nginx("The plain HTTP request was sent to HTTPS port"), "https://", senders.Held},
		{"Go, TLS port", "Client sent an HTTP request to an HTTPS server.\n", "https://", senders.Held},
		{"Apache, TLS port", apache("Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />"), "https://", senders.Held},
		{"Tomcat, TLS port", "Bad Request\nThis combination of host and port requires TLS.\r\n", "https://", senders.Held},
		{"nginx, no certificate", nginx("No required SSL certificate was sent"), "tls.cert", senders.Held},
		{"nginx, bad certificate", nginx("The SSL certificate error"), "tls.cert", senders.Held},
		{"nginx, headers", nginx("Request Header Or Cookie Too Large"), "tags", senders.Held},
		{"Apache, headers", apache("Size of a request header field exceeds server limit.<br />"), "tags", senders.Held},
		{"a receiver that repeats a log line", "line 7: client sent: <html> The plain HTTP request was sent to HTTPS port", "", senders.Refused},
		{"a receiver", "line 7 is not an object", "", senders.Refused},
		{"nothing", "", "", senders.Refused},
	} {
		d.Handle(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, c.said)
		})
		if r := e.Send(t.Context(), body(10)); r.Class != c.want || !strings.Contains(r.Reason, c.advice) {
			t.Errorf("%s: got %+v, want class %d and %q", c.name, r, c.want, c.advice)
		}
	}
}

func TestAPlainEndpointOfATLSPortIsHeld(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	r := open(t, "http://"+s.Listener.Addr().String(), nil).Send(t.Context(), body(10))
	if r.Class != senders.Held || !strings.Contains(r.Reason, "https://") {
		t.Errorf("got %+v", r)
	}
}

// Behind a balancer of connections a kept one leads to the same server for ever.
func TestAConnectionThatLeadsToAFaultIsNotKept(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	for _, code := range []int{401, 404, 500, 502} {
		d.Status(code)()
		_ = e.Send(t.Context(), body(10))
		was := d.Client()
		d.Handle(nil)
		if r := e.Send(t.Context(), body(10)); r.Class != senders.Delivered || d.Client() == was {
			t.Errorf("after %d: %+v, on the same connection: %t", code, r, d.Client() == was)
		}
	}
}

func TestAFreshRequestUsesNoKeptConnection(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	seen := map[string]bool{}
	for i := range 6 {
		p := body(10)
		p.Fresh = i%2 == 1
		if r := e.Send(t.Context(), p); r.Class != senders.Delivered {
			t.Fatal(r)
		}
		if p.Fresh && seen[d.Client()] {
			t.Error("a fresh request came on a connection that was used before")
		}
		seen[d.Client()] = true
	}
}
