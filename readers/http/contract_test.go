package http

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"logskiff/readers/readertest"
	"logskiff/record"
	"logskiff/record/wire"
)

// TestContractOfReaders posts every line as a request of its own. An answer comes
// only once the suite has taken the line, so a write is over when it is queued.
func TestContractOfReaders(t *testing.T) {
	readertest.Run(t, func(t *testing.T) readertest.Fixture {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c := Default()
		c.Queue, c.MaxBody, c.MaxDecoded = 4<<20, 1<<20, 2<<20
		r, err := New(c, Env{Log: slog.New(slog.DiscardHandler), Origin: &record.Origin{}, Listen: on(l)})
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{}}
		var posts sync.WaitGroup
		t.Cleanup(func() { posts.Wait(); client.CloseIdleConnections() })
		ends := map[string]int64{}
		var answered, refused atomic.Int64
		queued := 0
		send := func(t *testing.T, source, line string) {
			end := ends[source] + int64(len(line)) + 1
			stream := fmt.Sprintf("%s%02x", idA[:30], source[len(source)-1])
			header := batchHeader(wire.Segment{Stream: stream, Path: source, Start: ends[source], End: end, Records: 1})
			ends[source] = end
			posts.Go(func() {
				switch code := post(t, client, "http://"+l.Addr().String()+"/v1/batch", header, line+"\n"); code {
				case http.StatusOK:
					answered.Add(1)
				case http.StatusServiceUnavailable:
					refused.Add(1)
				default:
					t.Errorf("a line of %d bytes was answered %d", len(line), code)
				}
			})
			queued++
		}
		return readertest.Fixture{
			Reader: r,
			Write: func(t *testing.T, source string, lines ...string) {
				for _, line := range lines {
					had := r.queue.Len()
					send(t, source, line)
					waitFor(t, func() bool { return r.Counters.Requests.Load() == int64(queued) && r.queue.Len() == had+1 })
				}
			},
			Flood: func(t *testing.T, line string) (sent int) {
				for ; refused.Load() < 3; sent++ {
					had, kept := r.queue.Len(), refused.Load()
					send(t, "flood", line)
					waitFor(t, func() bool { return r.queue.Len() == had+1 || refused.Load() > kept })
				}
				return sent
			},
			Kept: func(t *testing.T) int {
				posts.Wait()
				if n := answered.Load() + refused.Load(); n != int64(queued) {
					t.Errorf("%d of %d requests were answered", n, queued)
				}
				return int(refused.Load())
			},
		}
	})
}

func post(t *testing.T, client *http.Client, url, header, body string) (code int) {
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	req.Header.Set("Content-Type", "text/plain")
	req.Header.Set(wire.HeaderName, header)
	resp, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("a request was not queued")
		}
	}
}
