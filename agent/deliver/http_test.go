package deliver

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/senders"
	sendhttp "logskiff/senders/http"
)

// server is a real forwarder-like server in front of a function.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	lines []string
	calls int
}

// newServer starts one that refuses with the status that judge returns; 0 takes the body.
func newServer(t *testing.T, judge func(call int, body []byte, h http.Header) int) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls++
		if status := judge(s.calls, body, w.Header()); status != 0 {
			http.Error(w, "judged", status)
			return
		}
		for l := range bytes.Lines(body) {
			s.lines = append(s.lines, strings.TrimSuffix(string(l), "\n"))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

// httpPool returns a pool of real senders over the servers.
func httpPool(t *testing.T, inFlight int, urls ...string) *Pool {
	t.Helper()
	return httpPoolWithin(t, time.Minute, inFlight, urls...)
}

func httpPoolWithin(t *testing.T, timeout time.Duration, inFlight int, urls ...string) *Pool {
	t.Helper()
	cfg := sendhttp.Default()
	cfg.Endpoints, cfg.Compression, cfg.Format = urls, "none", "lines"
	cfg.Timeout = conf.Duration(timeout)
	s, err := sendhttp.New(cfg, sendhttp.Env{Log: slog.New(slog.DiscardHandler), UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	p := NewPool("http", s.Endpoints, PoolOptions{
		Strategy: senders.RoundRobin, MaxInFlight: inFlight, Log: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestOverHTTPOneBadRecordOfAThousandCostsOnlyItself(t *testing.T) {
	s := newServer(t, func(_ int, body []byte, _ http.Header) int {
		if bytes.Contains(body, []byte("BAD")) {
			return http.StatusBadRequest
		}
		return 0
	})
	q := newQuarantine(t)
	lines := numbered(1000, func(i int) bool { return i == 333 })
	b := newBatch(lines...)
	o, err := newDeliverer(httpPool(t, 4, s.URL), q).Deliver(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	checkLedger(t, b, o)
	checkLines(t, "arrived", s.got(), slices.Concat(lines[:333], lines[334:])...)
	if e := entries(t, q); len(e) != 1 || e[0].Text != lines[333] || e[0].Reason != "400 Bad Request: judged" || e[0].Endpoint != s.URL+"/v1/batch" {
		t.Errorf("quarantine: %+v", e)
	}
}

func TestOverHTTPTooLargeIsHalved(t *testing.T) {
	s := newServer(t, func(_ int, body []byte, _ http.Header) int {
		if len(body) > 3000 {
			return http.StatusRequestEntityTooLarge
		}
		return 0
	})
	lines := numbered(2000, func(int) bool { return false })
	b := newBatch(lines...)
	o, err := newDeliverer(httpPool(t, 1, s.URL), newQuarantine(t)).Deliver(t.Context(), b)
	if err != nil || o.Delivered != len(lines) {
		t.Fatalf("%+v, %v", o, err)
	}
	checkLines(t, "arrived, in order", s.got(), lines...)
}

func TestOverHTTPAnUnauthorizedAgentIsHeldUntilItIsLetIn(t *testing.T) {
	s := newServer(t, func(call int, _ []byte, _ http.Header) int {
		if call == 1 {
			return http.StatusUnauthorized
		}
		return 0
	})
	p := httpPool(t, 1, s.URL)
	began := time.Now()
	if o, err := newDeliverer(p, newQuarantine(t)).Deliver(t.Context(), newBatch("x")); err != nil || o.Delivered != 1 {
		t.Fatalf("%+v, %v", o, err)
	}
	if took := time.Since(began); took < 800*time.Millisecond || p.Status()[0].Failures != 1 {
		t.Errorf("delivered after %v, %+v", took, p.Status()[0])
	}
}

func TestOverHTTPRetryAfterIsHonoured(t *testing.T) {
	s := newServer(t, func(call int, _ []byte, h http.Header) int {
		if call == 1 {
			h.Set("Retry-After", "2")
			return http.StatusServiceUnavailable
		}
		return 0
	})
	p := httpPool(t, 1, s.URL)
	began := time.Now()
	if _, err := newDeliverer(p, newQuarantine(t)).Deliver(t.Context(), newBatch("x")); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 2*time.Second || p.Status()[0].Throttled != 1 {
		t.Errorf("delivered after %v, %+v", took, p.Status()[0])
	}
}

func TestOverHTTPADeadAndAHungEndpointCostNoRecord(t *testing.T) {
	dead := newServer(t, func(int, []byte, http.Header) int { return 0 })
	dead.Close()
	stop := make(chan struct{})
	hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer hung.Close()
	defer close(stop)
	good := newServer(t, func(int, []byte, http.Header) int { return 0 })
	p, q := httpPoolWithin(t, 2*time.Second, 4, dead.URL, hung.URL, good.URL), newQuarantine(t)
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			d := newDeliverer(p, q)
			for i := range 25 {
				if _, err := d.Deliver(t.Context(), newBatch(fmt.Sprint(w, i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	arrived := good.got() // the good one's answer may be late too, where the machine is slow: then it is asked again
	slices.Sort(arrived)
	if n := len(slices.Compact(arrived)); n != 100 {
		t.Errorf("%d of 100 arrived", n)
	}
}

func TestOverHTTPABlackHoleInFrontOfAFailoverCostsASecondOnce(t *testing.T) {
	stop := make(chan struct{})
	var batches atomic.Int64 // and no probes
	hole := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			batches.Add(1)
		}
		<-stop
	}))
	defer hole.Close()
	defer close(stop)
	good := newServer(t, takesAll)
	p, q := httpPool(t, 1, hole.URL, good.URL), newQuarantine(t)
	p.Strategy, p.Hedge = senders.Failover, true
	d := newDeliverer(p, q)
	began := time.Now()
	for range 20 {
		b := newBatch(strings.Repeat("x", 100_000))
		if _, err := d.Deliver(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		clear(b.Body) // with -race: nobody reads it any more
	}
	if took := time.Since(began); took > 50*time.Second || batches.Load() != 1 || len(good.got()) != 20 { // the timeout is a minute
		t.Errorf("%d arrived in %v, %d were sent into the hole", len(good.got()), took, batches.Load())
	}
}
