package http

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"logskiff/conf"
)

// sendAll sends a head and a body of so many bytes, more than sockets hold, and reads the answer only then.
func sendAll(t *testing.T, g *rig, head string, size int) (*http.Response, error) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(g.url, "http://"), "/v1/batch"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	chunked := strings.Contains(head, "chunked")
	if _, err := fmt.Fprintf(c, "%s\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n\r\n", head); err != nil {
		t.Fatal(err)
	}
	piece := []byte(strings.Repeat("x", 1<<20))
	for sent := 0; sent < size; sent += len(piece) {
		if chunked {
			_, err = fmt.Fprintf(c, "%x\r\n%s\r\n", len(piece), piece)
		} else {
			_, err = c.Write(piece)
		}
		if err != nil {
			return nil, fmt.Errorf("after %d bytes: %w", sent, err)
		}
	}
	if chunked {
		if _, err := io.WriteString(c, "0\r\n\r\n"); err != nil {
			return nil, err
		}
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
	}
	return answer, err
}

// Who sends all of a body before it reads an answer reads the one that came long before.
func TestAnAnswerBeforeTheEndOfTheBodyIsRead(t *testing.T) {
	const size = 40 << 20
	f := func(want int, head string, change func(*Config)) {
		t.Helper()
		g := start(t, true, change)
		answer, err := sendAll(t, g, head, size)
		if err != nil || answer.StatusCode != want || !answer.Close {
			t.Errorf("%q: got %v, %v, want %d", head, answer, err, want)
		}
	}
	small := func(c *Config) { c.MaxBody = 1 << 20 }
	length := fmt.Sprintf("\r\nContent-Length: %d", size)
	f(413, "POST /v1/batch HTTP/1.1"+length, small)
	f(413, "POST /v1/batch HTTP/1.1\r\nTransfer-Encoding: chunked", small)
	f(401, "POST /v1/batch HTTP/1.1"+length, func(c *Config) { c.Tokens = []conf.Secret{"right"} })
	f(415, "POST /v1/batch HTTP/1.1\r\nContent-Encoding: br"+length, nil)
	f(404, "POST /elsewhere HTTP/1.1"+length, nil)
}

// What is read for nothing is bounded.
func TestABodyThatGoesOnForEverIsNotReadForEver(t *testing.T) {
	g := start(t, true, func(c *Config) { c.MaxBody = 1 << 20 })
	if answer, err := sendAll(t, g, "POST /v1/batch HTTP/1.1\r\nTransfer-Encoding: chunked", 1<<40); err == nil {
		t.Errorf("a terabyte was taken, and answered %v", answer)
	}
}

// A connection whose request was refused for what its whole body holds goes on.
func TestAWholeBodyThatIsRefusedKeepsItsConnection(t *testing.T) {
	g := start(t, true, nil)
	resp, _, err := g.try(strings.Repeat("x", 2*served), "Content-Encoding", "gzip")
	if err != nil || resp.StatusCode != 400 || resp.Close {
		t.Errorf("got %v, %v", resp, err)
	}
}
