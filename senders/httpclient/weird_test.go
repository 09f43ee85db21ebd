package httpclient

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

// readRequest reads one request and its whole body; false when there is none.
func readRequest(r *bufio.Reader) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

func TestAnEarlyAnswerIsReadEvenWhenTheConnectionIsReset(t *testing.T) {
	url := httpclienttest.RawServer(t, func(_ int, c *net.TCPConn) {
		// Answer after the first bytes and close with the rest unread: the kernel
		// sends a reset, and our write of the body fails.
		_, _ = c.Read(make([]byte, 512))
		_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhalf")
	})
	e := open(t, url, nil)
	for range 50 {
		if r := e.Send(t.Context(), body(8<<20)); r.Class != senders.TooLarge {
			t.Fatalf("got %+v", r)
		}
	}
}

func TestAResetInTheMiddleOfABodyIsARetry(t *testing.T) {
	url := httpclienttest.RawServer(t, func(_ int, c *net.TCPConn) {
		_, _ = io.ReadFull(c, make([]byte, 100_000))
		_ = c.SetLinger(0)
	})
	if r := open(t, url, nil).Send(t.Context(), body(8<<20)); r.Class != senders.Retry || r.Reason == "" {
		t.Errorf("got %+v", r)
	}
}

func TestAKeptConnectionThatWasClosedIsReplacedOnce(t *testing.T) {
	var second atomic.Int64
	url := httpclienttest.RawServer(t, func(n int, c *net.TCPConn) {
		r := bufio.NewReader(c)
		for i := 0; readRequest(r); i++ {
			if n == 1 && i == 1 {
				return // closed with the second request in it
			}
			if n > 1 {
				second.Add(1)
			}
			_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	e := open(t, url, nil)
	for i := range 2 {
		if r := e.Send(t.Context(), body(2<<20)); r.Class != senders.Delivered {
			t.Errorf("request %d: got %+v", i, r)
		}
	}
	if second.Load() != 1 {
		t.Errorf("%d requests on fresh connections, want 1", second.Load())
	}
}

func TestAFreshConnectionThatIsClosedIsNotTriedAgain(t *testing.T) {
	var n atomic.Int64
	url := httpclienttest.RawServer(t, func(_ int, c *net.TCPConn) {
		n.Add(1)
		readRequest(bufio.NewReader(c))
	})
	if r := open(t, url, nil).Send(t.Context(), body(100)); r.Class != senders.Retry || n.Load() != 1 {
		t.Errorf("got %+v after %d attempts", r, n.Load())
	}
}

func TestWeirdAnswersNeverPanicAndAreNeverDeliveries(t *testing.T) {
	answers := map[string]string{
		"nothing":             "",
		"not http":            "220 mail.example ESMTP\r\n",
		"no status":           "HTTP/1.1 \r\n\r\n",
		"negative status":     "HTTP/1.1 -12 x\r\n\r\n",
		"cut headers":         "HTTP/1.1 200 OK\r\nContent-Le",
		"binary":              "\x16\x03\x01\x00\xff\xfe",
		"endless header":      "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 200<<10),
		"switching protocols": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
		"many 100s":           strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100),
		"two lengths":         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"status 0":            "HTTP/1.1 000 zero\r\nContent-Length: 0\r\n\r\n",
		"bad chunk":           "HTTP/1.1 400 no\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			url := httpclienttest.RawServer(t, func(_ int, c *net.TCPConn) {
				readRequest(bufio.NewReader(c))
				_, _ = io.WriteString(c, answer)
			})
			r := open(t, url, nil).Send(t.Context(), body(5000))
			if r.Class == senders.Delivered || r.Reason == "" || len(r.Reason) > MaxReason {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestNobodyListeningIsARetryThatNamesTheCause(t *testing.T) {
	r := open(t, "http://"+httpclienttest.Nobody(t), nil).Send(t.Context(), body(10))
	if r.Class != senders.Retry || !strings.Contains(r.Reason, "connection refused") {
		t.Errorf("got %+v", r)
	}
}

func TestALentBodyIsNotReadAfterItWasTakenBack(t *testing.T) {
	l := lend([]byte("secret"))
	r := l.reader()
	if n, err := r.Read(make([]byte, 3)); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	l.takeBack()
	if n, err := r.Read(make([]byte, 3)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("read %d, %v", n, err)
	}
	if n, err := r.writeRest(io.Discard, 10); n != 0 || err == nil {
		t.Errorf("wrote %d, %v", n, err)
	}
}

func TestManyCancelledSendsLeaveTheEndpointUsable(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	e := open(t, d.URL, nil)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*200*time.Microsecond)
			defer cancel()
			p := body(1 << 20)
			_ = e.Send(ctx, p)
			clear(p.Body) // with -race: nobody reads it any more
		})
	}
	all.Wait()
	if r := e.Send(t.Context(), body(10)); r.Class != senders.Delivered {
		t.Errorf("got %+v", r)
	}
}
