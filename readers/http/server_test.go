package http

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/record"
	"logskiff/record/wire"
)

// Whatever is answered, an agent learns what may be sent.
func TestEveryAnswerSaysThatBareLinesAreTaken(t *testing.T) {
	g := start(t, true, nil)
	for _, contentType := range []string{ndjson, plain, linesOnly, "image/png"} {
		resp, _, err := g.try("{}", "Content-Type", contentType)
		if err != nil || resp.Header.Get(wire.AcceptHeader) != wire.AcceptLines {
			t.Errorf("%s: %v, %v", contentType, resp, err)
		}
	}
	if !strings.Contains(fullHouse, "\r\n"+wire.AcceptHeader+": "+wire.AcceptLines+"\r\n") {
		t.Error("a full house does not say it")
	}
}

func TestAgentsBatchArrivesWithItsIdentityAndOrigin(t *testing.T) {
	body := `{"_offset":10,"m":"x"}` + "\n" + `{"_offset":25,"m":"y"}` + "\n"
	want := []got{
		{idA, "web-1", "nginx", "/var/log/a", `{"m":"x"}`, 10, 15},
		{idA, "web-1", "nginx", "/var/log/a", `{"m":"y"}`, 25, 5},
	}
	header := batchHeader(wire.Segment{Stream: idA, Path: "/var/log/a", Start: 10, End: 30, Records: 2})
	f := func(body string, more ...string) {
		t.Helper()
		g := start(t, true, nil)
		code, text := g.post(body, append([]string{"Logskiff-Batch", header}, more...)...)
		if code != 200 || text != "{\"records\":2}\n" || !reflect.DeepEqual(g.seen, want) {
			t.Errorf("got %d %s %+v", code, text, g.seen)
		}
	}
	f(body)
	f(body, "Content-Type", "application/x-ndjson; charset=UTF-8")
	f(zstdOf(body), "Content-Encoding", "zstd")
	f(gzipOf(body), "Content-Encoding", "gzip")
	f(zstdOf(body[:30])+zstdOf(body[30:]), "Content-Encoding", "zstd")
	f(gzipOf(body[:30])+gzipOf(body[30:]), "Content-Encoding", "GZIP")
}

func TestTagsOfThisSourceAreAddedAndTheClientsWin(t *testing.T) {
	g := start(t, false, nil)
	o := g.r.originOf(&http.Request{}, &wire.Header{Tags: map[string]string{"env": "prod", "a": "b"}})
	want := []record.Tag{{Key: "a", Value: "b"}, {Key: "env", Value: "prod"}, {Key: "zone", Value: "z"}}
	if !reflect.DeepEqual(o.Tags, want) {
		t.Fatalf("got %v", o.Tags)
	}
}

func TestAnybodyMayPostLines(t *testing.T) {
	g := start(t, true, nil)
	for range 2 {
		if code, text := g.post("one\ntwo", "Content-Type", "text/plain"); code != 200 {
			t.Fatal(code, text)
		}
	}
	if len(g.seen) != 4 || g.seen[1].Text != "two" || g.seen[0].Host != "127.0.0.1" || g.seen[0].Source != "in" {
		t.Fatalf("got %+v", g.seen)
	}
	if g.seen[0].Stream == g.seen[2].Stream {
		t.Fatal("two requests share a stream, so the second would be taken for a repeat")
	}
	if code, text := g.post(""); code != 200 || text != "{\"records\":0}\n" {
		t.Fatal(code, text)
	}
}

func TestEachWrongRequestGetsItsStatus(t *testing.T) {
	g := start(t, true, func(c *Config) { c.MaxBody, c.MaxDecoded, c.Queue = 64<<10, 64<<10, 128<<10 })
	f := func(code int, reason, body string, header ...string) {
		t.Helper()
		if got, text := g.post(body, header...); got != code || !strings.Contains(text, reason) {
			t.Errorf("got %d %q, want %d %q", got, text, code, reason)
		}
	}
	big := strings.Repeat(`{"a":"`+strings.Repeat("x", 90)+`"}`+"\n", 1000)
	f(413, "more than 65536", big)
	f(413, "more than 65536", zstdOf(big), "Content-Encoding", "zstd")
	f(413, "more than 65536", gzipOf(big), "Content-Encoding", "gzip")
	f(413, "bytes of memory", strings.Repeat("\n", 60<<10), "Content-Type", "text/plain") // 60 K records
	f(400, "cannot decompress", "hello", "Content-Encoding", "zstd")
	f(400, "cannot decompress", "hello", "Content-Encoding", "gzip")
	f(400, "cannot decompress", zstdOf(big[:9000])[:30], "Content-Encoding", "zstd")
	f(400, "cannot decompress", gzipOf(big[:9000])[:50], "Content-Encoding", "gzip")
	f(400, "Logskiff-Batch", "{}", "Logskiff-Batch", "{")
	f(400, "line 1", "hello")
	f(415, "brotli", "{}", "Content-Encoding", "brotli")
	f(415, "application/json", "{}", "Content-Type", "application/json")
	f(415, "Content-Type", "{}", "Content-Type", "")
	f(415, "utf-16", "{}", "Content-Type", "text/plain; charset=utf-16")
	g.url = strings.TrimSuffix(g.url, "batch")
	f(404, "", "{}")
	if resp, err := g.client.Get(g.url + "batch"); err != nil || resp.StatusCode != 405 || resp.Header.Get("Allow") == "" {
		t.Errorf("GET: %v %v", resp, err)
	} else {
		resp.Body.Close()
	}
	if g.texts() != "" || g.r.budget.Used() != 0 {
		t.Fatalf("%q arrived, %d bytes still in use", g.texts(), g.r.budget.Used())
	}
}

func TestChunkedBodiesAreBoundedToo(t *testing.T) {
	g := start(t, true, func(c *Config) { c.MaxBody, c.MaxDecoded, c.Queue = 64<<10, 64<<10, 192<<10 })
	f := func(size, code int) {
		t.Helper()
		body := strings.Repeat("x", size-1) + "\n"
		req, _ := http.NewRequest("POST", g.url, struct{ *strings.Reader }{strings.NewReader(body)})
		req.ContentLength = -1
		req.Header.Set("Content-Type", "text/plain")
		resp, err := g.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != code {
			t.Errorf("%d bytes: got %d", size, resp.StatusCode)
		}
	}
	f(10, 200)
	f(64<<10, 200)
	f(64<<10+1, 413)
	if n := g.r.budget.Used(); n != 0 {
		t.Fatalf("%d bytes still in use", n)
	}
}

func TestTokensAreAskedForAndOldOnesMayOverlap(t *testing.T) {
	g := start(t, true, func(c *Config) { c.Tokens = []conf.Secret{"old", "new"} })
	for auth, code := range map[string]int{"": 401, "Bearer": 401, "Bearer x": 401, "Basic old": 401, "Bearer old": 200, "bearer new": 200} {
		if got, _ := g.post("{}", "Authorization", auth); got != code {
			t.Errorf("%q: got %d, want %d", auth, got, code)
		}
	}
}

func TestARequestLargerThanABatchIsAnsweredWhenAllOfItIsDelivered(t *testing.T) {
	g := start(t, false, nil)
	var body strings.Builder
	var want []string
	for i := range 1000 {
		body.WriteString(strconv.Itoa(i) + "\n")
		want = append(want, strconv.Itoa(i))
	}
	type answer struct {
		code int
		text string
	}
	answered := make(chan answer, 1)
	go func() {
		resp, text, err := g.try(body.String(), "Content-Type", "text/plain",
			"Logskiff-Batch", batchHeader(wire.Segment{Stream: idA, End: int64(body.Len()), Records: 1000}))
		if err != nil {
			t.Error(err)
		}
		answered <- answer{resp.StatusCode, text}
	}()
	<-g.r.Ready()
	var batches []*record.Batch
	for more := true; more; {
		b := &record.Batch{}
		more = g.r.Fill(b, record.Limits{Bytes: 500, Lines: 90})
		if len(b.Records) > 90 || len(b.Buf) > 510 {
			t.Fatalf("a batch of %d records, %d bytes", len(b.Records), len(b.Buf))
		}
		batches = append(batches, b)
	}
	for i, b := range batches {
		select {
		case a := <-answered:
			t.Fatalf("answered %v before batch %d of %d was done", a, i, len(batches))
		default:
		}
		g.note(b)
		g.r.Done(b, true)
	}
	if a := <-answered; a.code != 200 || a.text != "{\"records\":1000}\n" || g.texts() != strings.Join(want, "|") {
		t.Fatalf("got %+v", a)
	}
	at := int64(0)
	for _, r := range g.seen {
		if r.Offset != at {
			t.Fatalf("record %q at %d, want %d", r.Text, r.Offset, at)
		}
		at += int64(r.Size)
	}
}

func TestManyRequestsShareABatch(t *testing.T) {
	g := start(t, false, nil)
	codes := make(chan int, 5)
	for range 5 {
		go func() {
			resp, _, err := g.try("{}\n{}\n")
			if err != nil {
				t.Error(err)
			}
			codes <- resp.StatusCode
		}()
	}
	b := g.next(10)
	g.note(b)
	g.r.Done(b, true)
	for range 5 {
		if c := <-codes; c != 200 {
			t.Fatal(c)
		}
	}
	if len(g.seen) != 10 {
		t.Fatalf("%d records", len(g.seen))
	}
}

func TestABatchHoldsRecordsOfOneOriginOnly(t *testing.T) {
	g := start(t, false, nil)
	segment := batchHeader(wire.Segment{Stream: idA, Path: "/a", Start: 0, End: 5, Records: 1})
	codes := make(chan int, 2)
	for _, host := range []string{"web-1", "web-2"} {
		go func() {
			resp, _, err := g.try(`{"_offset":0}`+"\n", "Logskiff-Batch", strings.Replace(segment, "web-1", host, 1))
			if err != nil {
				t.Error(err)
			}
			codes <- resp.StatusCode
		}()
	}
	limits := record.Limits{Bytes: 1 << 20, Segments: 100}
	a, b := &record.Batch{}, &record.Batch{}
	for more := false; !more; {
		<-g.r.Ready()
		more = g.r.Fill(a, limits)
	}
	g.r.Fill(b, limits)
	if len(a.Records) != 1 || len(b.Records) != 1 || a.Segments[0].Stream.Origin.Host == b.Segments[0].Stream.Origin.Host {
		t.Fatalf("%d and %d records; want one of each host", len(a.Records), len(b.Records))
	}
	g.r.Done(a, true)
	g.r.Done(b, true)
	for range 2 {
		if c := <-codes; c != 200 {
			t.Fatal(c)
		}
	}
}

func TestUndeliveredFullLateAndStoppingAre503WithRetryAfter(t *testing.T) {
	f := func(name, reason string, change func(*Config), act func(g *rig)) {
		t.Run(name, func(t *testing.T) {
			g := start(t, false, change)
			answered := make(chan *http.Response, 1)
			text := make(chan string, 1)
			go func() {
				resp, body, err := g.try("{}\n")
				if err != nil {
					t.Error(err)
				}
				answered <- resp
				text <- body
			}()
			<-g.r.Ready()
			act(g)
			resp := <-answered
			if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
				t.Fatalf("got %d %v", resp.StatusCode, resp.Header)
			}
			if got := <-text; !strings.Contains(got, reason) {
				t.Fatalf("got %q", got)
			}
		})
	}
	f("undelivered", "could not be delivered", nil, func(g *rig) {
		b := &record.Batch{}
		g.r.Fill(b, g.limits)
		g.r.Done(b, false)
	})
	f("stopping", "before the forwarder stopped", nil, func(g *rig) { g.r.queue.Close() })
	f("late", "not delivered within", func(c *Config) { c.AnswerTimeout = 10e6 }, func(*rig) {})
	f("full", "before the forwarder stopped", func(c *Config) { c.MaxBody, c.MaxDecoded, c.Queue = 64<<10, 64<<10, 128<<10 },
		func(g *rig) {
			rest := g.r.budget.Lease("127.0.0.1 ")
			if err := rest.Take(g.r.budget.Size() - g.r.budget.Used()); err != nil {
				g.t.Error(err)
			}
			resp, text, err := g.try("{}\n")
			if err != nil || resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "1" || !strings.Contains(text, "queue is full") {
				g.t.Errorf("got %v %q %v", resp, text, err)
			}
			rest.End()
			g.r.queue.Close() // lets the first request go
		})
}

func TestAClientThatGoesAwayHarmsNothing(t *testing.T) {
	g := start(t, false, nil)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		req, _ := http.NewRequestWithContext(ctx, "POST", g.url, strings.NewReader("{}\n"))
		req.Header.Set("Content-Type", "application/x-ndjson")
		_, err := g.client.Do(req)
		gone <- err
	}()
	<-g.r.Ready()
	cancel()
	if err := <-gone; err == nil {
		t.Fatal("it was answered")
	}
	b := &record.Batch{}
	g.r.Fill(b, g.limits)
	g.r.Done(b, true)
	if len(b.Records) != 1 || g.r.budget.Used() != 0 {
		t.Fatalf("%d records, %d bytes in use", len(b.Records), g.r.budget.Used())
	}
}

func TestValidateNamesEachWrongKey(t *testing.T) {
	d := Default()
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	c := Config{Listen: "7711", Path: "v1", MaxBody: 2 << 30, MaxDecoded: 1, Tokens: []conf.Secret{" "}, TLS: TLS{Key: "x", ClientCA: "y"}}
	err := c.Validate()
	for _, key := range []string{"listen", "path", "max_body", "max_decoded", "queue", "header_timeout", "body_timeout",
		"answer_timeout", "idle_timeout", "min_rate", "max_connections", "tokens", "tls", "tls.client_ca"} {
		if err == nil || !strings.Contains(err.Error(), key+": ") {
			t.Errorf("%s is not named in %v", key, err)
		}
	}
}

func TestOnlyAnOpenAddressIsExposed(t *testing.T) {
	for listen, want := range map[string]bool{"127.0.0.1:1": false, "[::1]:1": false, "localhost:1": false,
		":1": true, "0.0.0.0:1": true, "10.0.0.1:1": true, "forwarder:1": true} {
		if c := (Config{Listen: listen}); c.exposed() != want {
			t.Errorf("%s: %v", listen, !want)
		}
	}
	if c := (Config{Listen: ":1", Tokens: []conf.Secret{"x"}}); c.exposed() {
		t.Error("a token protects")
	}
}
