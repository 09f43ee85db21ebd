package http

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"logskiff/record"
	"logskiff/record/wire"
)

func TestAClientIsKnownByItsWordItsCertificateItsTokenOrItsHost(t *testing.T) {
	f := func(agent, cert, token, host string) record.Owner {
		req := &http.Request{Header: http.Header{}}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		if cert != "" {
			req.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: cert}}}}
		}
		return ownerOf(req, &wire.Header{Agent: agent, Host: host})
	}
	seen := map[record.Owner]string{}
	for _, o := range []struct{ agent, cert, token, host string }{
		{"", "", "", "a"}, {"", "", "", "b"}, {"", "", "t", "a"}, {"", "", "u", "a"}, {"", "c", "t", "a"}, {"", "d", "t", "a"}, {"w", "", "", "a"}, {"", "", "a", ""}, {"", "a", "", ""},
	} {
		got := f(o.agent, o.cert, o.token, o.host)
		if other, ok := seen[got]; ok {
			t.Errorf("%v is taken for %s", o, other)
		}
		seen[got] = fmt.Sprint(o)
	}
	if f("", "", "t", "a") != f("", "", "t", "b") || f("", "c", "t", "a") != f("", "c", "u", "b") {
		t.Error("a token tells more than a host, and a certificate more than a token")
	}
	if (ownerOf(&http.Request{}, nil) != record.Owner{}) {
		t.Error("a client without identity owns streams")
	}
}

func TestAMissingWordIsWaitedForAndCounted(t *testing.T) {
	g := start(t, true, nil)
	g.r.claim = func(record.Owner, []record.StreamID) (func(), error) {
		return nil, fmt.Errorf("stream x: %w", record.ErrNoWord)
	}
	resp, text, err := g.try(`{"_offset":10}`, "Logskiff-Batch", batchHeader(wire.Segment{Stream: idA, Start: 10, End: 30, Records: 1}))
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "10" || resp.Header.Get(wire.MissingName) != wire.MissingAgent ||
		!strings.Contains(text, "bind_streams = false") {
		t.Fatal(resp.StatusCode, resp.Header, text)
	}
	if got := g.r.Received(); got.Wordless != 1 || got.Busy != 1 || got.Foreign != 0 || got.Refused != 0 {
		t.Fatalf("%+v", got)
	}
}

func TestAnothersStreamIsAnswered409AndCounted(t *testing.T) {
	released := 0
	f := func(err error, bind bool, want int, said string) {
		t.Helper()
		g := start(t, true, func(c *Config) { c.BindStreams = bind })
		g.r.claim = func(client record.Owner, ids []record.StreamID) (func(), error) {
			if client.Credential == ([16]byte{}) || len(ids) != 1 {
				t.Errorf("asked for %v, %v", client, ids)
			}
			return func() { released++ }, err
		}
		code, text := g.post(`{"_offset":10}`, "Logskiff-Batch", batchHeader(wire.Segment{Stream: idA, Start: 10, End: 30, Records: 1}))
		if code != want || !strings.Contains(text, said) {
			t.Fatalf("%d %s", code, text)
		}
		if foreign := g.r.Counters.Foreign.Load(); (foreign == 1) != (want == 409) {
			t.Fatalf("%d counted", foreign)
		}
		if code, text := g.post(`{"a":1}`); code != 200 {
			t.Fatalf("a client without identity: %d %s", code, text)
		}
	}
	f(fmt.Errorf("stream x: %w", record.ErrNotOwner), true, 409, "belongs to another client")
	f(fmt.Errorf("stream x: %w", record.ErrLent), true, 503, "just sending it")
	f(record.ErrNotOwner, false, 200, "")
	if released != 0 {
		t.Fatal("what was not lent was given back")
	}
	f(nil, true, 200, "")
	if released != 1 {
		t.Fatalf("given back %d times", released)
	}
}

func TestARangeThatNoRecordCoversIsRefused(t *testing.T) {
	f := func(body string, end int64, want int) {
		t.Helper()
		g := start(t, true, nil)
		if code, text := g.post(body, "Logskiff-Batch", batchHeader(wire.Segment{Stream: idA, End: end, Records: 1})); code != want {
			t.Errorf("[0, %d): %d %s", end, code, text)
		}
	}
	f(`{"_offset":0}`, 1e17, 400)
	f(`{"_offset":0,"_size":1}`, 1e17, 400)
	f(`{"_offset":0,"_size":1}`, 2<<30, 400)
	f(`{"_offset":99999999999999999,"_size":1}`, 1e17, 400)
	f(`{"_offset":0,"_size":1}`, 1<<20, 200) // lines were left out behind it
}
