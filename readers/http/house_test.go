package http

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"logskiff/readers/inbox"
)

// dial opens a connection and sends what is given.
func (g *rig) dial(text string) net.Conn {
	g.t.Helper()
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(g.url, "http://"), "/v1/batch"))
	if err == nil {
		_, err = io.WriteString(c, text)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { c.Close() })
	return c
}

const announce = "POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"

// answered returns the status that a connection reads, 0 for none within the time.
func answered(c net.Conn, within time.Duration) (int, http.Header) {
	c.SetReadDeadline(time.Now().Add(within))
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, nil
	}
	resp.Body.Close()
	return resp.StatusCode, resp.Header
}

// until waits for what others bring about.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never happened: " + what)
		}
	}
}

func TestWhoAnnouncesMuchAndSendsNothingHoldsNothing(t *testing.T) {
	g := start(t, true, nil)
	for range 40 {
		g.dial(fmt.Sprintf(announce, 8<<20))
	}
	until(t, "all are being read", func() bool {
		return g.r.arrivals.Len() == 40
	})
	var wg sync.WaitGroup
	body := strings.Repeat("line\n", 300) // all of them together are a tenth of the queue: none waits for the pump
	for range 118 {
		wg.Go(func() {
			if resp, text, err := g.try(body, "Content-Type", "text/plain"); err != nil || resp.StatusCode != 200 {
				t.Error("refused:", text, err)
			}
		})
	}
	wg.Wait()
	if held := g.r.budget.Used(); held > 40*(first+1) {
		t.Fatalf("%d bytes are held by nothing", held)
	}
}

func TestBodiesThatStandStillGiveWayWhenOthersAreRefused(t *testing.T) {
	g := start(t, true, func(c *Config) { c.MaxBody, c.MaxDecoded, c.Queue = 1<<20, 1<<20, 2<<20+8<<10 })
	full := fmt.Sprintf(announce, 1<<20) + strings.Repeat("x", 1<<20-2)
	stalled := []net.Conn{g.dial(full), g.dial(full)}
	until(t, "both hold what they sent", func() bool { return g.r.budget.Used() >= 2<<20-2 })
	until(t, "a client that sends is taken", func() bool { // within 20 s: alone they would stand for body_timeout, 30 s
		code, text := g.post(strings.Repeat("y\n", 20_000), "Content-Type", "text/plain")
		if code != 200 && code != 503 {
			t.Fatal(code, text)
		}
		return code == 200
	})
	gave := make(chan bool, len(stalled))
	for _, c := range stalled { // the other one goes on when one was enough
		go func() {
			code, _ := answered(c, 20*time.Second)
			gave <- code == http.StatusRequestTimeout
		}()
	}
	if !<-gave {
		t.Fatal("no body that stands still is answered 408")
	}
	for _, c := range stalled {
		c.Close()
	}
	<-gave
}

func TestAFullHouseClosesIdleConnectionsAndElseAnswers503(t *testing.T) {
	g := start(t, false, func(c *Config) { c.Connections = 4 })
	var working []net.Conn
	for range 4 {
		working = append(working, g.dial(fmt.Sprintf(announce, 2)+"x\n"))
	}
	b := g.next(4)
	code, header := answered(g.dial(fmt.Sprintf(announce, 2)+"y\n"), 20*time.Second)
	if code != 503 || header.Get("Retry-After") == "" {
		t.Fatalf("a newcomer is answered %d %v", code, header)
	}
	g.note(b)
	g.r.Done(b, true)
	for _, c := range working {
		if code, _ := answered(c, 20*time.Second); code != 200 {
			t.Fatalf("who was there is answered %d", code)
		}
	}
	until(t, "the answered are idle", func() bool { // the server says so after its answer has left
		return g.r.house.Idle() == 4
	})
	time.Sleep(inbox.LeastIdle) // they are idle for that long
	newcomer := g.dial(fmt.Sprintf(announce, 2) + "z\n")
	g.r.Done(g.next(1), true)
	if code, _ := answered(newcomer, 20*time.Second); code != 200 {
		t.Fatalf("a newcomer is answered %d while others are idle", code)
	}
	if st := g.r.Received(); st.Connections != 4 || st.Closed != 1 || st.Turned != 1 {
		t.Fatalf("%+v", st)
	}
	until(t, "one idle connection is closed", func() bool { // and no more than Closed says
		closed := 0
		for _, c := range working {
			c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); err == io.EOF {
				closed++
			}
		}
		return closed == 1
	})
}

func TestIdleConnectionsAreBounded(t *testing.T) {
	g := start(t, true, func(c *Config) { c.Connections = 50 })
	for i := range 300 {
		if i%50 == 0 {
			time.Sleep(inbox.LeastIdle)
		}
		g.dial("")
	}
	until(t, "those that are too many are gone", func() bool { return g.r.Received().Connections <= 50 })
	// Who is turned away, since the last were let in just now, comes again and is let in.
	until(t, "a newcomer is let in", func() bool {
		resp, _, err := g.try("{}")
		return err == nil && resp.StatusCode == 200
	})
}

func TestLongHeadersArePaidFor(t *testing.T) {
	g := start(t, true, func(c *Config) { c.MaxBody, c.MaxDecoded, c.Queue = 64<<10, 64<<10, 128<<10 })
	open := "POST /v1/batch HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("x", 20<<10)
	g.dial(open)
	g.dial(open)
	until(t, "two headers fill the queue", func() bool { return g.r.budget.Used() == 2*maxHeader })
	if code, _ := answered(g.dial(open), 20*time.Second); code != 503 {
		t.Fatalf("a third one is answered %d", code)
	}
	if code, _ := g.post("{}"); code != 503 {
		t.Fatal(code)
	}
}

func TestABombIsPaidForAsItExplodes(t *testing.T) {
	g := start(t, true, func(c *Config) { c.MaxBody, c.MaxDecoded, c.Queue = 1<<20, 16<<20, 20<<20 })
	bomb := zstdOf(strings.Repeat("\x00", 64<<20))
	if code, _ := g.post(bomb, "Content-Encoding", "zstd"); code != 413 {
		t.Fatal(code)
	}
	claims := zstdOf(strings.Repeat("\x00", 15<<20))[:20] // says 15 MiB, and holds nothing
	if hint := decodedHint("zstd", []byte(claims)); hint < 15<<20 {
		t.Fatal(hint)
	}
	other := g.r.budget.Lease("another client")
	if err := other.Take(19 << 20); err != nil {
		t.Fatal(err)
	}
	if code, _ := g.post(claims, "Content-Encoding", "zstd"); code != 400 {
		t.Fatalf("what is announced is paid for: %d", code)
	}
	other.End()
	if n := g.r.budget.Used(); n != 0 {
		t.Fatal(n)
	}
}
