package parseencode

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"logskiff/parsers"
	readhttp "logskiff/readers/http"
	"logskiff/record"
	"logskiff/record/wire"
	"logskiff/senders/encode"
)

// forwarder is a reader.http to which bodies are posted as agents post them.
type forwarder struct {
	reader *readhttp.Reader
	url    string
	client *http.Client
}

func newForwarder(t testing.TB) *forwarder {
	t.Helper()
	cfg := readhttp.Default()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &forwarder{url: "http://" + l.Addr().String() + cfg.Path, client: &http.Client{Transport: &http.Transport{}}}
	f.reader, err = readhttp.New(cfg, readhttp.Env{Log: slog.New(slog.DiscardHandler),
		Listen: func(context.Context, string, string) (net.Listener, error) { return l, nil }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- f.reader.Run(ctx) }()
	t.Cleanup(func() {
		f.client.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := f.reader.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// send posts b, as parsed, and returns what the forwarder makes of it and answers.
func (f *forwarder) send(t testing.TB, b *record.Batch) (got *record.Batch, answer string) {
	t.Helper()
	return f.post(t, b, "application/x-ndjson", encode.NewSized(nil).Append(nil, b, 0, len(b.Records)))
}

// post posts a body made of b.
func (f *forwarder) post(t testing.TB, b *record.Batch, contentType string, body []byte) (got *record.Batch, answer string) {
	t.Helper()
	req, err := http.NewRequest("POST", f.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set(wire.HeaderName, string(encode.AppendHeader(nil, b, 0, len(b.Records))))
	answered := make(chan string)
	go func() {
		resp, err := f.client.Do(req)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if resp.StatusCode != 200 || err != nil {
			answered <- resp.Status + " " + string(text)
			return
		}
		answered <- ""
	}()
	got = &record.Batch{}
	for {
		select {
		case answer := <-answered:
			return got, answer
		case <-f.reader.Ready():
			for f.reader.Fill(got, record.Limits{Bytes: 1 << 30}) {
			}
			f.reader.Done(got, true)
		}
	}
}

// mustForward checks that a line, between two others, is the same line with the same place behind
// a forwarder.
func mustForward(t testing.TB, f *forwarder, p parsers.Parser, line string, after int64) {
	t.Helper()
	b := newBatch("before", line, "behind")
	if after != 0 { // the configuration leaves the last line out
		b.Records[2].Kind = record.Dropped
		b.RemoveDropped()
	}
	p.Parse(b)
	got, answer := f.send(t, b)
	if answer != "" {
		t.Fatalf("%q is refused: %s", line, answer)
	}
	if len(got.Records) != len(b.Records) {
		t.Fatalf("%q: %d records", line, len(got.Records))
	}
	for i := range b.Records {
		sent, r := &b.Records[i], &got.Records[i]
		text := got.Bytes(r.Text)
		if r.Offset != sent.Offset || r.Size != sent.Size {
			t.Fatalf("%q: [%d+%d) became [%d+%d): %s", line, sent.Offset, sent.Size, r.Offset, r.Size, text)
		}
		if sent.Kind == record.Object {
			if !bytes.Equal(text, b.Bytes(sent.Text)) && sent.Flags&record.BadUTF8 == 0 {
				t.Fatalf("%q became %q", line, text)
			}
			continue
		}
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatalf("%q became %q: %v", line, text, err)
		}
		// NDJSON replaces each byte that is not UTF-8 as a range over a string does.
		if want := string([]rune(string(b.Bytes(sent.Text)))); sent.Kind == record.Failed && m["message"] != want {
			t.Fatalf("%q became %q", line, text)
		}
	}
}

var ownKeys = []string{
	`{"_size":99999999,"a":1}`, `{"_size":1,"a":1}`, `{"_size":"x"}`, `{"_size":null}`, `{"_size":0}`, `{"_size":1}`, `{"_size":1,"_size":2}`,
	`{"_size": 1}`, `{ "_size":1}`, `{"\u005fsize":1}`, `{"_offset":7,"_size":7}`, `{"_offset":7}`, `{"_stream":"00112233445566778899aabbccddeeff","_offset":0}`,
	`{"time":"2026-11-21T02:20:47Z","time":1}`, `{"time_from":"read"}`, `{"message":"a","message":"b"}`, `{}`, `{"_size":1e3}`, `{"_size":18446744073709551616}`,
	`{"":1,"_size":1}`, `{"a":{"_size":1}}`, `{"_size":{"_size":1}}`, `{"_size":1}x`, `_size=5 a=1`, `,"_size":5`,
}

// Scenario 45: a line's own keys are never taken for the protocol's.
func TestScenario45ALinesOwnKeysArriveAsTheyAre(t *testing.T) {
	f := newForwarder(t)
	for _, line := range ownKeys {
		mustForward(t, f, newParser(t, "json"), line, 0)
		mustForward(t, f, newParser(t, "json"), line, 1)
	}
	logfmt := newBatch("_size=99999999 a=1", "_size=x _size=2")
	newParser(t, "logfmt").Parse(logfmt)
	got, answer := f.send(t, logfmt)
	if answer != "" || len(got.Records) != 2 || got.Records[0].Size != logfmt.Records[0].Size ||
		!strings.HasPrefix(string(got.Bytes(got.Records[0].Text)), `{"_size":`) {
		t.Fatalf("%s %q", answer, got.Buf)
	}
}

func FuzzAnyLineInIsTheSameLineOut(f *testing.F) {
	for _, line := range ownKeys {
		f.Add(line, true)
		f.Add(line, false)
	}
	to := newForwarder(f)
	f.Fuzz(func(t *testing.T, line string, last bool) {
		if strings.ContainsAny(line, "\n\r") {
			t.Skip("not one line")
		}
		after := int64(0)
		if last {
			after = 1
		}
		mustForward(t, to, newParser(t, "json"), line, after)
	})
}

// What a client without identity sends is its own, whatever it is called.
func TestKeysOfClientsWithoutIdentityAreTheirs(t *testing.T) {
	f := newForwarder(t)
	for _, line := range ownKeys[:len(ownKeys)-3] {
		req, err := http.NewRequest("POST", f.url, strings.NewReader(line+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-ndjson")
		go func() {
			if resp, err := f.client.Do(req); err == nil {
				resp.Body.Close()
			}
		}()
		<-f.reader.Ready()
		b := &record.Batch{}
		f.reader.Fill(b, record.Limits{Bytes: 1 << 20})
		f.reader.Done(b, true)
		if len(b.Records) != 1 || string(b.Buf) != line || !b.Segments[0].Stream.Anonymous {
			t.Fatalf("%s became %q", line, b.Buf)
		}
		newParser(t, "json").Parse(b)
		stored := string(encode.NewStored([]string{"stream"}).Append(nil, b, 0, 1))
		if want := `{"_offset":0,"_stream":"` + b.Segments[0].Stream.ID.String() + `"`; !strings.HasPrefix(stored, want) ||
			line != "{}" && !strings.HasSuffix(stored, ","+line[1:]+"\n") {
			t.Fatalf("%s is stored as %s", line, stored)
		}
	}
}
