package victorialogs

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
	"logskiff/senders/sendertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(tb testing.TB, url string, change func(*Config)) *senders.Sender {
	tb.Helper()
	cfg := Default()
	cfg.Endpoints = []string{url}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler), UserAgent: "logskiff/test"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func TestContract(t *testing.T) {
	sendertest.Run(t, func(t *testing.T) sendertest.Fixture {
		d := httpclienttest.NewDestination(t)
		s := open(t, d.URL, nil)
		stop := make(chan struct{})
		t.Cleanup(func() { close(stop) })
		return sendertest.Fixture{
			Endpoint:   s.Endpoints[0],
			NewEncoder: s.NewEncoder,
			Received:   d.Bodies,
			Attempts:   func() int { return int(d.Attempts.Load()) },
			Answers: map[senders.Class]func(){
				senders.Delivered: func() { d.Handle(nil) },
				senders.Retry:     d.Status(500),
				senders.Throttled: d.Status(503),
				senders.Held:      d.Status(401),
				senders.TooLarge:  d.Status(413),
			},
			Hang: func() { d.Handle(func(http.ResponseWriter, *http.Request) { <-stop }) },
		}
	})
}

// batchOf returns a batch of lines in one stream; those with a brace are objects.
func batchOf(texts ...string) *record.Batch {
	b := &record.Batch{ReadAt: 1_800_000_000e9}
	s := &record.Stream{ID: record.StreamID{0xab, 1}, Path: "/var/log/app.log", Origin: &record.Origin{Host: "web-1", Source: "app"}}
	seg := record.Segment{Stream: s, N: len(texts)}
	for _, l := range texts {
		r := record.Record{Offset: seg.End, Size: uint32(len(l) + 1), Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(l))}}
		if strings.HasPrefix(l, "{") {
			r.Kind = record.Object
		}
		b.Buf = append(append(b.Buf, l...), '\n')
		b.Records = append(b.Records, r)
		seg.End += int64(len(l) + 1)
	}
	b.Segments = []record.Segment{seg}
	return b
}

func payloadOf(s *senders.Sender, b *record.Batch) *senders.Payload {
	e, z := s.NewEncoder().(senders.Marking), s.NewCompressor()
	p := &senders.Payload{Batch: b, Last: len(b.Records), ContentType: e.ContentType(), ContentEncoding: z.ContentEncoding()}
	plain, ends := e.AppendMarked(nil, nil, b, 0, len(b.Records))
	p.Body, p.Ends = z.Append(nil, plain), ends
	return p
}

func TestARequestSaysWhichFieldsAreWhat(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	s := open(t, d.URL, func(c *Config) { c.Stream = []string{"logskiff.host", "app"} })
	if r := s.Endpoints[0].Send(t.Context(), payloadOf(s, batchOf("one", `{"app":"a","msg":"m"}`))); r.Class != senders.Delivered || len(r.Items) > 0 {
		t.Fatalf("got %+v", r)
	}
	const origin = `{"logskiff":{"host":"web-1","source":"app","path":"/var/log/app.log","stream":"ab010000000000000000000000000000","offset":`
	want := origin + `0},"message":"one","time_from":"read","@timestamp":"2027-01-15T08:00:00Z"}` + "\n" +
		origin + `4},"app":"a","msg":"m","time_from":"read","@timestamp":"2027-01-15T08:00:00Z"}` + "\n"
	if got := string(d.Bodies()[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for name, want := range map[string]string{"VL-Time-Field": "@timestamp", "VL-Msg-Field": "message,msg", "VL-Stream-Fields": "logskiff.host,app",
		"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"} {
		if got := d.Header(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := d.Last().URL.String(); got != "/insert/jsonline" {
		t.Error(got)
	}
}

func TestWhatWouldBeLeftOutIsNamedAndNotSent(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	s := open(t, d.URL, func(c *Config) { c.MaxRecord = 1 << 10 })
	long := strings.Repeat("x", 1100)
	r := s.Endpoints[0].Send(t.Context(), payloadOf(s, batchOf("a", long, "b", long)))
	if r.Class != senders.Delivered || len(r.Items) != 2 || r.Items[0].Record != 1 || r.Items[1].Record != 3 || r.Items[0].Class != senders.TooLarge || !strings.Contains(r.Items[0].Reason, "max_record (1KiB), more than max_fields (1000), or more than 299 objects in each other") {
		t.Errorf("got %+v", r)
	}
	if body := string(d.Bodies()[0]); strings.Count(body, "\n") != 2 || strings.Contains(body, "xxx") {
		t.Errorf("sent: %.300s", body)
	}
	fields := func(n int) string {
		all := make([]string, n/2)
		for i := range all {
			all[i] = fmt.Sprintf(`"f%d":{"a":1,"b":[{"c":1,"d":2}]}`, i)
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	s = open(t, d.URL, nil)
	deep := func(n int) string { return `{"d":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}" }
	r = s.Endpoints[0].Send(t.Context(), payloadOf(s, batchOf(deep(298), fields(1200), deep(299), fields(800))))
	if len(r.Items) != 2 || r.Items[0].Record != 1 || r.Items[1].Record != 2 {
		t.Errorf("got %+v", r)
	}
	s = open(t, d.URL, func(c *Config) { c.MaxRecord = 1 << 10 })
	before := d.Attempts.Load()
	if r := s.Endpoints[0].Send(t.Context(), payloadOf(s, batchOf(long))); len(r.Items) != 1 || r.Taken(1) != 0 || r.Reason == "" || d.Attempts.Load() != before {
		t.Errorf("got %+v", r)
	}
	// What was left out is not named where nothing was taken.
	d.Status(503)()
	if r := s.Endpoints[0].Send(t.Context(), payloadOf(s, batchOf("a", long))); r.Class != senders.Throttled || len(r.Items) > 0 {
		t.Errorf("got %+v", r)
	}
}

func TestEachAnswer(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	s := open(t, d.URL, nil)
	f := func(status int, body string, want senders.Class, reason string) {
		t.Helper()
		d.Handle(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
		if r := s.Endpoints[0].Send(t.Context(), payloadOf(s, batchOf("a"))); r.Class != want || !strings.Contains(r.Reason, reason) {
			t.Errorf("%d: got %+v, want %v", status, r, want)
		}
	}
	f(200, "", senders.Delivered, "")
	f(204, "", senders.Delivered, "")
	f(200, "<html>please log in</html>", senders.Held, "check the endpoint")
	f(400, "cannot process jsonline request; error: cannot parse JSON: too big depth", senders.Refused, "too big depth")
	f(400, "cannot parse AccountID", senders.Held, "check the endpoint and headers): cannot parse AccountID")
	f(422, "", senders.Held, "check the endpoint and headers")
	f(401, "", senders.Held, "check bearer or basic")
	f(404, "", senders.Held, "check the path")
	f(413, "", senders.TooLarge, "413")
	f(429, "", senders.Throttled, "429")
	f(503, "cannot add rows: the storage is in read-only mode", senders.Throttled, "read-only")
	f(502, "", senders.Retry, "502")
}

func TestACheckSaysWhatItCannotKnow(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	s := open(t, d.URL, nil)
	var steps []string
	check := func() error {
		steps = nil
		return s.Endpoints[0].(senders.Checker).Check(t.Context(), func(s string) { steps = append(steps, s) })
	}
	if err := check(); err != nil || !strings.Contains(strings.Join(steps, "\n"), "stream: by logskiff.host, logskiff.source; text: message, else msg\nwhether the times") {
		t.Errorf("%v\n%q", err, steps)
	}
	d.Status(400)()
	if err := check(); err == nil || !strings.Contains(err.Error(), "400 Bad Request") {
		t.Error(err)
	}
}

func TestNothingIsAllocatedForARecord(t *testing.T) {
	s := open(t, "http://127.0.0.1:1", nil)
	e, b := s.NewEncoder().(senders.Marking), batchOf(strings.Split(strings.Repeat(line+"\n", 2000), "\n")...)
	dst, ends := e.AppendMarked(nil, nil, b, 0, 2000)
	if got := testing.AllocsPerRun(20, func() { dst, ends = e.AppendMarked(dst[:0], ends[:0], b, 0, 2000) }); got > 0 {
		t.Errorf("%.0f allocations for a body of 2,000 records", got)
	}
}

const line = `10.0.0.1 - - [28/Nov/2026:13:00:00 +0000] "GET /api/v1/items/12?page=2 HTTP/1.1" 200 5123 "https://example.org/list" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" 0.012 upstream-3 cache=MISS`

func BenchmarkLines(b *testing.B) {
	s := open(b, "http://127.0.0.1:1", nil)
	e, batch := s.NewEncoder().(senders.Marking), batchOf(strings.Split(strings.Repeat(line+"\n", 2000), "\n")...)
	var dst []byte
	var ends []uint32
	b.SetBytes(int64(len(batch.Buf)))
	b.ReportAllocs()
	for b.Loop() {
		dst, ends = e.AppendMarked(dst[:0], ends[:0], batch, 0, len(batch.Records))
	}
}
