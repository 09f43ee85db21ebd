package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// watcher is a proxy that counts the forms of the bodies that pass, and can hide what a forwarder says of
// itself, as an older one would not say it.
type watcher struct {
	*httptest.Server
	addr         string
	lines, other atomic.Int64
	silent       atomic.Bool // the forwarder's word is taken off, and lines are answered 415
}

func newWatcher(t *testing.T, addr string) *watcher {
	t.Helper()
	w := &watcher{}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr})
	proxy.ErrorHandler = func(rw http.ResponseWriter, _ *http.Request, _ error) { rw.WriteHeader(http.StatusBadGateway) }
	proxy.ModifyResponse = func(r *http.Response) error {
		if w.silent.Load() {
			r.Header.Del("Logskiff-Accept")
		}
		return nil
	}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch isLines := r.Header.Get("Content-Type") == "application/x-logskiff-lines"; {
		case isLines && w.silent.Load():
			http.Error(rw, "cannot take it", http.StatusUnsupportedMediaType)
			return
		case isLines:
			w.lines.Add(1)
		default:
			w.other.Add(1)
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.Close)
	w.addr = w.Listener.Addr().String()
	return w
}

// TestBareLinesToAForwarderThroughKillsAndADowngrade: agent and forwarder are killed while lines are written and
// rotated, and the forwarder is by turns one that takes bare lines and one that does not, as
// behind a balancer or after a downgrade. Each line is stored once, and nothing is in quarantine.
func TestBareLinesToAForwarderThroughKillsAndADowngrade(t *testing.T) {
	t.Parallel()
	rnd := random(t)
	fwd := newForwarder(t, "the forwarder")
	fwd.start()
	way := newWatcher(t, fwd.addr)
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "ingest"), httpSender("ingest", "", way.addr))
	a.start()
	eventually(t, failAfter, "bare lines are sent", func() bool {
		w.write(10)
		return way.lines.Load() > 3
	})
	flood := w.begin(20_000, 900*time.Millisecond)
	for i := range *kills {
		pass(time.Duration(rnd.IntN(500)) * time.Millisecond)
		way.silent.Store(i%3 == 1)
		switch rnd.IntN(2) {
		case 0:
			fwd.kill()
			pass(time.Duration(rnd.IntN(200)) * time.Millisecond)
			fwd.start()
		case 1:
			a.kill()
			a.start()
		}
	}
	way.silent.Store(true)
	before := way.other.Load()
	eventually(t, failAfter, "objects are sent to who does not take lines", func() bool { return way.other.Load() > before })
	lines := flood.end()
	eventually(t, 60*time.Second, "each line arrives", func() bool { return countReceived(t, fwd.dir) >= lines })
	if n := a.metric("logskiff_quarantined_lines_total"); n != 0 {
		t.Errorf("%g lines are in quarantine", n)
	}
	a.mustStop()
	fwd.mustStop()
	received(t, fwd.dir).once(t, "in the forwarder's files", lines)
	t.Logf("%d bodies of lines, %d of objects, %d lines", way.lines.Load(), way.other.Load(), lines)
}
