package deliver

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

// A balancer stands in front of one good server and one that refuses everything.

// pinning is a balancer of connections (layer 4): whoever keeps one, keeps his server.
func pinning(t *testing.T, servers ...*server) string {
	t.Helper()
	return httpclienttest.RawServer(t, func(n int, c *net.TCPConn) {
		s, err := net.Dial("tcp", servers[(n-1)%len(servers)].Listener.Addr().String())
		if err == nil {
			httpclienttest.Join(c, s)
		}
	})
}

// choosing is a balancer of requests (layer 7): a real proxying server.
func choosing(t *testing.T, choose func(n int) int, servers ...*server) string {
	t.Helper()
	var n atomic.Int64
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		to, _ := url.Parse(servers[choose(int(n.Add(1)))].URL)
		r.SetURL(to)
	}}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s.URL
}

func takesAll(int, []byte, http.Header) int      { return 0 }
func refusesAll400(int, []byte, http.Header) int { return http.StatusBadRequest }

func TestBehindABalancerWithABadServerEveryGoodLineArrives(t *testing.T) {
	random := func() func(int) int {
		var mu sync.Mutex
		r := rand.New(rand.NewPCG(1, 2))
		return func(int) int { mu.Lock(); defer mu.Unlock(); return r.IntN(2) }
	}
	balancers := map[string]func(t *testing.T, bad, good *server) string{
		"connections": func(t *testing.T, bad, good *server) string { return pinning(t, bad, good) },
		"requests in turn": func(t *testing.T, bad, good *server) string {
			return choosing(t, func(n int) int { return n % 2 }, bad, good)
		},
		"requests at random": func(t *testing.T, bad, good *server) string { return choosing(t, random(), bad, good) },
	}
	for name, balancer := range balancers {
		for _, size := range []int{1, 40} {
			t.Run(fmt.Sprintf("%s, batches of %d", name, size), func(t *testing.T) {
				bad, good := newServer(t, refusesAll400), newServer(t, takesAll)
				p, q := httpPool(t, 4, balancer(t, bad, good)), newQuarantine(t)
				lines := numbered(40, func(int) bool { return false })
				work := make(chan []string)
				var all sync.WaitGroup
				for range 4 {
					all.Go(func() {
						d := newDeliverer(p, q)
						for l := range work {
							if o, err := d.Deliver(t.Context(), newBatch(l...)); err != nil || o.Quarantined != 0 {
								t.Errorf("%+v, %v", o, err)
							}
						}
					})
				}
				for i := 0; i < len(lines); i += size {
					work <- lines[i : i+size]
				}
				close(work)
				all.Wait()
				if n := len(good.got()); n != 40 || q.Records.Load() != 0 {
					t.Errorf("%d of 40 good lines arrived, %d are in quarantine", n, q.Records.Load())
				}
			})
		}
	}
}

func TestBehindABalancerWithABadServerABadRecordIsStillFound(t *testing.T) {
	judge := func(_ int, body []byte, _ http.Header) int {
		if bytes.Contains(body, []byte("BAD")) {
			return http.StatusUnprocessableEntity
		}
		return 0
	}
	bad, good := newServer(t, refusesAll400), newServer(t, judge)
	p, q := httpPool(t, 1, pinning(t, bad, good)), newQuarantine(t)
	lines := numbered(40, func(i int) bool { return i == 7 })
	b := newBatch(lines...)
	o, err := newDeliverer(p, q).Deliver(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	checkLedger(t, b, o)
	if got := entries(t, q); len(got) != 1 || got[0].Text != lines[7] || len(good.got()) != 39 {
		t.Errorf("%d arrived, quarantine %+v", len(good.got()), got)
	}
	if p.Contradicted.Load() == 0 {
		t.Error("nobody was told that the answers contradict each other")
	}
}

func TestTheEvidenceOfOneEndpointIsNotAnothers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		good, bad := &fake{}, &fake{answer: always(senders.Refused, "400: wrong door")}
		good.answerWith(func(_ context.Context, body string) senders.Result {
			switch {
			case strings.Count(body, "\n") > 2:
				return senders.Result{Class: senders.TooLarge, Reason: "413"}
			case down.Swap(true): // the first piece is taken, then it fails
				return senders.Result{Class: senders.Retry, Reason: "500"}
			}
			return senders.Result{}
		})
		p, q := newPool(senders.RoundRobin, 1, good, bad), newQuarantine(t)
		done := make(chan Outcome)
		go func() {
			o, _ := newDeliverer(p, q).Deliver(t.Context(), newBatch("line 0", "line 1", "line 2", "line 3"))
			done <- o
		}()
		time.Sleep(time.Hour)
		if why, _ := q.Problem(); q.Records.Load() != 0 || !strings.Contains(why, "fake-2 refuses everything") {
			t.Errorf("%d good lines are in quarantine; shown: %q", q.Records.Load(), why)
		}
		good.answerWith(nil)
		if o := <-done; o.Delivered != 4 || o.Quarantined != 0 {
			t.Errorf("%+v", o)
		}
	})
}
