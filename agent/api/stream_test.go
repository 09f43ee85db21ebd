package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"logskiff/agent/api/access"
)

// waitLimit is what only a failure meets.
const waitLimit = 30 * time.Second

// open starts the page on a real connection.
func (s *site) open() *httptest.Server {
	server := httptest.NewServer(s.page)
	s.t.Cleanup(server.Close)
	return server
}

// stream opens one; its lines are decoded by next.
func stream(t *testing.T, ctx context.Context, url, token string) (*http.Response, *bufio.Scanner) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", url+"/api/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp, bufio.NewScanner(resp.Body)
}

func (s *site) eventually(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(waitLimit); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("never %s", what)
		}
	}
}

func TestAStreamSendsSnapshotsUntilItsSessionEnds(t *testing.T) {
	s := newSite(t)
	web := s.open()
	token := s.as(access.Viewer)
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	resp, lines := stream(t, ctx, web.URL, token)
	if kind := resp.Header.Get("Content-Type"); kind != "application/x-ndjson" || resp.StatusCode != 200 {
		t.Fatalf("%d, %s", resp.StatusCode, kind)
	}
	var doc object
	if err := json.Unmarshal(description, &doc); err != nil {
		t.Fatal(err)
	}
	schema := doc["components"].(object)["schemas"].(object)["StreamLine"].(object)
	for i := range 3 {
		if !lines.Scan() {
			t.Fatalf("it ended after %d lines: %v", i, lines.Err())
		}
		var v any
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range fits(doc, schema, v, "line") {
			t.Error(wrong)
		}
		if strings.Contains(lines.Text(), "anna") {
			t.Error("a viewer sees a text")
		}
	}
	s.sessions.End(token)
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	if last != `{"end":"session_ended"}` {
		t.Errorf("it ended with %.100s, %v", last, lines.Err())
	}
	s.eventually("is its place free", func() bool { return len(s.streams) == 0 })
}

func TestThereAreEightStreamsAtMost(t *testing.T) {
	s := newSite(t)
	web := s.open()
	token := s.as(access.Viewer)
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	var first context.CancelFunc
	for i := range streamsMost {
		one, end := context.WithCancel(ctx)
		defer end()
		if i == 0 {
			first = end
		}
		if resp, lines := stream(t, one, web.URL, token); resp.StatusCode != 200 || !lines.Scan() {
			t.Fatalf("stream %d: %d", i, resp.StatusCode)
		}
	}
	if resp, _ := stream(t, ctx, web.URL, token); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("the ninth: %d", resp.StatusCode)
	}
	first()
	s.eventually("is there a place again", func() bool {
		resp, _ := stream(t, ctx, web.URL, token)
		return resp.StatusCode == 200
	})
}

// A client that opens a stream and reads nothing gives its place back when the kernel's buffers are full.
func TestAClientThatReadsNothingIsGivenUp(t *testing.T) {
	s := newSite(t)
	for range 2000 {
		s.fake.shown.Sources = append(s.fake.shown.Sources, s.fake.shown.Sources[0])
	}
	web := s.open()
	c, err := net.Dial("tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", s.as(access.Viewer))
	s.eventually("did it begin", func() bool { return len(s.streams) == 1 })
	s.eventually("was it given up", func() bool { return len(s.streams) == 0 })
}

// Who sends the body of a log-in slowly keeps its connection for two seconds.
func TestASlowLogInIsGivenUp(t *testing.T) {
	s := newSite(t)
	web := s.open()
	c, err := net.Dial("tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
	if err := c.SetReadDeadline(time.Now().Add(waitLimit)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("it was answered %d", resp.StatusCode)
	}
}
