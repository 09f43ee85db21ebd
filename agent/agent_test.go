package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/agent"
	"logskiff/agent/sdlisten"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/record/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// receiver is a forwarder that keeps every message it took, in order.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	lines []string
	deny  int // status to answer with; 0: take it
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil || r.deny != 0 {
			w.WriteHeader(max(r.deny, http.StatusBadRequest))
			return
		}
		for _, line := range bytes.Split(bytes.TrimSpace(body), []byte("\n")) {
			var rec struct{ Message string }
			if err := json.Unmarshal(line, &rec); err != nil {
				t.Errorf("the record %q: %v", line, err)
			}
			r.lines = append(r.lines, rec.Message)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deny = status
}

func (r *receiver) got() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, " ")
}

// host is one machine's folders and one agent at a time on them.
type host struct {
	t        *testing.T
	dir      string
	log      bytes.Buffer
	logMu    sync.Mutex
	agent    *agent.Agent
	sockets  *sdlisten.Sockets
	openTime time.Duration
	load     func() (*conf.Config, error)
	file     string // the configuration's, for the page
	stop     context.CancelFunc
	stopped  chan error
}

func newHost(t *testing.T) *host { return &host{t: t, dir: t.TempDir()} }

func (h *host) Write(p []byte) (int, error) {
	h.logMu.Lock()
	defer h.logMu.Unlock()
	return h.log.Write(p)
}

func (h *host) said() string {
	h.logMu.Lock()
	defer h.logMu.Unlock()
	return h.log.String()
}

func (h *host) path(name string) string { return filepath.Join(h.dir, name) }

func (h *host) append(name, text string) {
	h.t.Helper()
	f, err := os.OpenFile(h.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = io.WriteString(f, text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) config(body string) *conf.Config {
	h.t.Helper()
	text := fmt.Sprintf("[agent]\ndata_dir = %q\nlisten = \"off\"\nstop_timeout = \"2s\"\n%s", h.path("data"), body)
	cfg, err := conf.Parse("test.toml", []byte(text), kinds.All())
	if err != nil {
		h.t.Fatal(err)
	}
	return cfg
}

func (h *host) start(cfg *conf.Config) {
	h.t.Helper()
	a, err := agent.New(cfg, agent.Options{Log: slog.New(slog.NewTextHandler(h, nil)), Version: "test", Sockets: h.sockets, Load: h.load, File: h.file, OpenTime: h.openTime})
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.agent, h.stop, h.stopped = a, cancel, make(chan error, 1)
	go func() { h.stopped <- a.Run(ctx) }()
	h.t.Cleanup(h.end)
}

func (h *host) end() {
	h.t.Helper()
	if h.agent == nil {
		return
	}
	h.stop()
	if err := <-h.stopped; err != nil {
		h.t.Errorf("the agent ended with %v", err)
	}
	h.agent = nil
	if h.t.Failed() {
		h.t.Logf("its log:\n%s", h.said())
	}
}

// first returns the state of the first pipeline, once there is one.
func (h *host) first() agent.PipelineStatus {
	if all := h.agent.Status().Pipelines; len(all) > 0 {
		return all[0]
	}
	return agent.PipelineStatus{}
}

// eventually waits for a condition; it fails the test after a minute, which no machine needs.
func (h *host) eventually(what string, ok func() bool) {
	h.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-tick.C {
		if ok() {
			return
		}
	}
	h.t.Fatalf("never %s; log:\n%s", what, h.said())
}

func source(name, path string) string {
	return fmt.Sprintf("[[source]]\nname = %q\nreader.file = { paths = [%q], start_at = \"beginning\" }\nsend_to = [\"in\"]\n", name, path)
}

func sender(r *receiver) string {
	return fmt.Sprintf("[[sender]]\nname = \"in\"\nhttp = { endpoints = [%q], compression = \"none\" }\n", r.URL)
}

func TestLinesArriveOnceOverARestart(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	cfg := h.config(source("web", h.path("a.log")) + sender(r))
	h.append("a.log", "1\n2\n")
	h.start(cfg)
	h.eventually("two lines", func() bool { return r.got() == "1 2" })
	h.append("a.log", "3\n")
	h.eventually("a third", func() bool { return r.got() == "1 2 3" })
	h.end()
	h.append("a.log", "4\n")
	h.start(cfg)
	h.eventually("the fourth", func() bool { return strings.Contains(r.got(), "4") })
	h.end()
	if r.got() != "1 2 3 4" {
		t.Fatalf("got %s", r.got())
	}
}

func TestAStopWhileTheForwarderIsDownLosesNothing(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	r.answer(http.StatusServiceUnavailable)
	cfg := h.config(source("web", h.path("a.log")) + sender(r))
	h.append("a.log", "1\n2\n")
	h.start(cfg)
	h.eventually("in flight", func() bool { return h.first().InFlight > 0 })
	h.end()
	if strings.Contains(h.said(), "left behind") { // what is longer than stop_timeout and its grace
		t.Errorf("the stop was given up, with stop_timeout = 2s:\n%s", h.said())
	}
	r.answer(0)
	h.start(cfg)
	h.eventually("both lines", func() bool { return r.got() == "1 2" })
}

func TestReloadTouchesOnlyWhatChanged(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "a1\n")
	h.append("b.log", "b1\n")
	h.start(h.config(source("a", h.path("a.log")) + sender(r)))
	h.eventually("a1", func() bool { return r.got() == "a1" })
	before := h.first().Batches

	if err := h.agent.Reload(h.config(source("a", h.path("a.log")) + source("b", h.path("b.log")) + sender(r))); err != nil {
		t.Fatal(err)
	}
	h.eventually("b1", func() bool { return r.got() == "a1 b1" })
	if got := h.first().Batches; got != before {
		t.Errorf("the unchanged pipeline started anew: %d batches, had %d", got, before)
	}
	changed := strings.Replace(source("a", h.path("a.log")), "start_at", "max_line = \"1KiB\", start_at", 1)
	if err := h.agent.Reload(h.config(changed + sender(r))); err != nil {
		t.Fatal(err)
	}
	h.append("a.log", "a2\n")
	h.append("b.log", "b2\n")
	h.eventually("a2", func() bool { return strings.Contains(r.got(), "a2") })
	if r.got() != "a1 b1 a2" {
		t.Fatalf("got %s", r.got())
	}
}

func TestARefusedReloadLeavesTheOldConfigurationRunning(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.start(h.config(source("a", h.path("a.log")) + sender(r)))
	other := h.config(source("a", h.path("a.log")) + sender(r))
	other.Agent.DataDir = h.path("elsewhere")
	if err := h.agent.Reload(other); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Fatalf("got %v", err)
	}
	bad := h.config(source("a", h.path("a.log")) + "[[sender]]\nname = \"in\"\nhttp = { endpoints = [\"https://127.0.0.1:1\"], tls = { ca = \"/no/such.pem\" } }\n")
	if err := h.agent.Reload(bad); err == nil {
		t.Fatal("a certificate that is not there was taken")
	}
	if got := h.agent.Status().Config; got == "ok" {
		t.Error("the status does not show the refused reload")
	}
	h.append("a.log", "still\n")
	h.eventually("still", func() bool { return r.got() == "still" })
}

func TestOneDeadSenderDoesNotDelayAnother(t *testing.T) {
	dead, alive, h := newReceiver(t), newReceiver(t), newHost(t)
	dead.answer(http.StatusServiceUnavailable)
	two := strings.Replace(source("a", h.path("a.log")), `["in"]`, `["in", "out"]`, 1) + sender(dead) + strings.Replace(sender(alive), `"in"`, `"out"`, 1)
	h.start(h.config(two))
	for i := range 200 {
		h.append("a.log", fmt.Sprintf("%0100d\n", i))
	}
	h.eventually("all at the living one", func() bool { return len(strings.Fields(alive.got())) == 200 })
	dead.answer(0)
	h.eventually("all at the other one too", func() bool { return len(strings.Fields(dead.got())) == 200 })
}

func TestTheDataFolderHasOneAgent(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	cfg := h.config(source("a", h.path("a.log")) + sender(r))
	h.start(cfg)
	_, err := agent.New(cfg, agent.Options{Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "another agent runs on "+h.path("data")) {
		t.Fatalf("a second agent on the data folder got %v", err)
	}
}

func TestOffsetsAreShownWithTheAgentRunningAndStopped(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "1\n2\n")
	h.start(h.config(source("a", h.path("a.log")) + sender(r)))
	check := func(wantRunning bool) {
		t.Helper()
		h.eventually("shown", func() bool {
			listed, running, err := agent.Offsets(t.Context(), h.path("data"))
			return err == nil && running == wantRunning && len(listed) == 1 && listed[0].Offset == 4 && listed[0].Delivered == 4 && len(listed[0].ID) == 32
		})
	}
	check(true)
	if info, err := os.Stat(h.path("data/control.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the control socket: %v, %v", info, err)
	}
	if err := os.Rename(h.path("data/control.sock"), h.path("socket")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := agent.Offsets(t.Context(), h.path("data")); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("with the socket gone: %v", err)
	}
	h.end()
	check(false)
}

func TestTwoSourcesOfOneFileAreNotRepeatsOfEachOther(t *testing.T) {
	h := newHost(t)
	var mu sync.Mutex
	ids := map[string]bool{}
	r := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		head, err := wire.Parse(req.Header.Get(wire.HeaderName))
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		ids[head.Segments[0].Stream] = true
	}))
	t.Cleanup(r.Close)
	h.append("a.log", "1\n")
	h.start(h.config(source("one", h.path("a.log")) + source("two", h.path("a.log")) +
		fmt.Sprintf("[[sender]]\nname = \"in\"\nhttp = { endpoints = [%q], compression = \"none\" }\n", r.URL)))
	h.eventually("two streams", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(ids) == 2
	})
}
