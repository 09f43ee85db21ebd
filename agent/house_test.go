package agent

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// fullHouse serves with room for so many connections. What is asked for at /wait waits for the returned channel.
func fullHouse(t *testing.T, most int) (address string, release chan struct{}, busy func() int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	release = make(chan struct{})
	h := newHouse(l, most)
	s := &http.Server{ConnState: h.state, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
		io.WriteString(w, "ok")
	})}
	var serving sync.WaitGroup
	serving.Go(func() { s.Serve(h) })
	t.Cleanup(func() {
		s.Close()
		serving.Wait()
	})
	return l.Addr().String(), release, func() int {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.busy)
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// answers says whether a request on c is answered.
func answers(c net.Conn, path string) bool {
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path); err != nil {
		return false
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.Body.Close() == nil && resp.StatusCode == 200
}

// However many open connections and say nothing, half of a request, or nothing more: a new one is answered.
func TestWhoSaysNothingKeepsNobodyOut(t *testing.T) {
	address, _, _ := fullHouse(t, 4)
	for i := range 20 {
		c := dial(t, address)
		switch i % 3 {
		case 0: // half-open: it says nothing
		case 1:
			fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: local")
		case 2:
			if !answers(c, "/") {
				t.Fatal("one that asks is not answered")
			}
		}
	}
	if !answers(dial(t, address), "/") {
		t.Error("a new one is not answered")
	}
}

// Who has a request under way is not closed for a new one: that is closed, until there is room.
func TestWhoWorksIsNotClosed(t *testing.T) {
	address, release, busy := fullHouse(t, 4)
	var waiting sync.WaitGroup
	for range 4 {
		c := dial(t, address)
		waiting.Go(func() {
			if !answers(c, "/wait") {
				t.Error("one that worked was closed")
			}
		})
	}
	soon(t, "all four work", func() bool { return busy() == 4 })
	if answers(dial(t, address), "/") {
		t.Error("a fifth was answered")
	}
	close(release)
	waiting.Wait()
	soon(t, "there is room again", func() bool { return answers(dial(t, address), "/") })
}

// The agent's own server, as it is: 64 connections that say nothing, and metrics are served.
func TestSixtyFourSilentConnectionsDoNotKeepMetricsOut(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server{handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })}
	begin(t, func(ctx context.Context, _ time.Duration) error { return s.serveUntil(ctx, l) })
	for range connectionsMost {
		dial(t, l.Addr().String())
	}
	if !answers(dial(t, l.Addr().String()), "/metrics") {
		t.Error("they are not")
	}
}
