package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"logskiff/agent"
	"logskiff/agent/api"
	"logskiff/conf"
)

// snapshot asks over the control socket, as the command line does.
func (h *host) snapshot() (s api.Snapshot) {
	h.t.Helper()
	h.eventually("an answer on the control socket", func() bool {
		err := agent.Ask(h.t.Context(), h.path("data"), "api/v1/snapshot", &s)
		if err != nil && !errors.Is(err, agent.ErrNotRunning) {
			h.t.Fatal(err)
		}
		return err == nil
	})
	return s
}

// What was found is what became of it: delivered, skipped, to go.
func TestTheLedgerOfASnapshotAddsUp(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "one\ntwo\n")
	web := strings.Replace(source("web", h.path("a.log")), "beginning", "end", 1)
	h.start(h.config(web + sender(r)))
	h.eventually("the file is known", func() bool { return h.first().Files == 1 })
	h.append("a.log", "three\n")
	h.eventually("the third line", func() bool { return r.got() == "three" })
	var s api.Snapshot
	h.eventually("all is acknowledged", func() bool { s = h.snapshot(); return s.Sources[0].LagBytes == 0 })
	p := s.Sources[0].Pipelines[0]
	if l := p.Ledger; l == nil || l.Found != 14 || l.Skipped != 8 || l.Delivered != 6 || l.ToGo != 0 || p.Lines.Delivered != 1 {
		t.Errorf("the ledger says %+v", p.Ledger)
	}
	if s.Verdict.Level != api.OK || s.Verdict.Text != "All is well: 1 source, 1 sender" || s.Sources[0].State != "running" || s.Senders[0].State != "ok" {
		t.Errorf("it says %+v", s.Verdict)
	}
	e := s.Senders[0].Endpoints[0]
	if e.LastAnswer == nil || e.LastAnswer.Outcome != "delivered" || e.Since == nil || s.Agent.Version != "test" || s.Agent.PID != os.Getpid() {
		t.Errorf("the endpoint is %+v", e)
	}
	r.answer(http.StatusInternalServerError)
	h.append("a.log", "four\n")
	h.eventually("the endpoint's failure", func() bool { s = h.snapshot(); return s.Senders[0].State == "down" })
	e = s.Senders[0].Endpoints[0]
	if e.LastAnswer.Status != 500 || e.NextTryAt == nil || e.State != "waiting" || s.Verdict.Level != api.Critical {
		t.Errorf("the endpoint that fails is %+v, %+v", e, s.Verdict)
	}
	if l := s.Sources[0].Pipelines[0].Ledger; l.ToGo != 5 || l.Found != 19 {
		t.Errorf("with a line to go: %+v", l)
	}
}

func TestASnapshotSaysWhatDoesNotParseAndWhatCannotBeRead(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "no json\n{}\n")
	if err := os.Symlink(h.path("nowhere/x"), h.path("b.log")); err != nil {
		t.Fatal(err)
	}
	src := fmt.Sprintf("[[source]]\nname = \"web\"\nreader.file = { paths = [%q], start_at = \"beginning\" }\nparser.json = {}\n", h.path("a.log"))
	h.start(h.config(src + sender(r)))
	var s api.Snapshot
	h.eventually("two lines", func() bool {
		s = h.snapshot()
		return len(s.Sources) == 1 && s.Sources[0].Pipelines[0].Lines.Delivered == 2
	})
	if u := s.Sources[0].Unparsed; u.Lines != 1 || u.Since == nil || u.LastAt == nil || s.Sources[0].Parser != "json" {
		t.Errorf("it says %+v", u)
	}
}

// Reloading over the socket says what changed, and the snapshot keeps what came of it.
func TestAReloadSaysWhatChanged(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "1\n")
	first := source("a", h.path("a.log")) + source("b", h.path("b.log")) + sender(r)
	next := first
	h.load = func() (*conf.Config, error) { return h.config(next), nil }
	h.start(h.config(first))
	if s := h.snapshot(); s.Reload != nil {
		t.Errorf("a reload before there was one: %+v", s.Reload)
	}
	next = source("a", h.path("a.log")) + strings.Replace(source("c", h.path("c.log")), "beginning", "end", 1) + sender(r)
	got, err := agent.RequestReload(t.Context(), h.path("data"))
	if err != nil || !got.OK || fmt.Sprint(got.Started, got.Stopped, got.Restart, got.Kept) != "[c/in] [b/in] [] 1" {
		t.Errorf("got %+v, %v", got, err)
	}
	next = strings.Replace(next, `start_at = "end"`, `start_at = "beginning"`, 1)
	got, err = agent.RequestReload(t.Context(), h.path("data"))
	if err != nil || fmt.Sprint(got.Started, got.Stopped, got.Restart, got.Kept) != "[] [] [c/in] 1" {
		t.Errorf("got %+v, %v", got, err)
	}
	if s := h.snapshot(); s.Reload == nil || !s.Reload.OK || len(s.Reload.Restart) != 1 {
		t.Errorf("the snapshot says %+v", s.Reload)
	}
	audit, err := os.ReadFile(h.path("data/audit.jsonl"))
	if err != nil || strings.Count(string(audit), `"action":"reload","result":"ok"`) != 2 || !strings.Contains(string(audit), fmt.Sprintf(`"who":"uid %d, pid %d"`, os.Getuid(), os.Getpid())) {
		t.Errorf("the audit log, %v:\n%s", err, audit)
	}
}

// From a link of the command line to a stream, over a real connection; and nobody else gets in.
func TestThePageIsReachedByALinkAlone(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := h.config(source("web", h.path("a.log")) + sender(r))
	cfg.Agent.Listen = address
	h.start(cfg)
	h.snapshot()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	ask := func(method, path, token, body string) (int, string) {
		req, err := http.NewRequest(method, "http://"+address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := client.Do(req)
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	h.eventually("the page's address is served", func() bool { status, _ := ask("GET", "/healthz", "", ""); return status == 200 })
	if status, _ := ask("GET", "/api/v1/snapshot", "", ""); status != http.StatusUnauthorized {
		t.Errorf("nobody is answered %d", status)
	}
	if status, text := ask("GET", "/", "", ""); status != 200 || !strings.Contains(text, "/page/app.js") {
		t.Errorf("the page: %d", status)
	}
	if status, text := ask("GET", "/metrics", "", ""); status != 200 || !strings.Contains(text, "logskiff_info") {
		t.Errorf("metrics: %d", status)
	}
	link, err := agent.RequestLogin(t.Context(), h.path("data"), "operator")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(link.URL, "http://"+address+"/#code=") {
		t.Errorf("the link is %s", link.URL)
	}
	status, text := ask("POST", "/api/v1/sessions", "", `{"code":"`+link.Code+`"}`)
	var session struct{ Token string }
	if err := json.Unmarshal([]byte(text), &session); err != nil || status != 200 {
		t.Fatalf("%d %s %v", status, text, err)
	}
	if status, text := ask("GET", "/api/v1/snapshot", session.Token, ""); status != 200 || !strings.Contains(text, `"name":"web"`) {
		t.Errorf("who logged in is answered %d %s", status, text)
	}
	if status, _ := ask("POST", "/api/v1/reload", session.Token, ""); status != http.StatusForbidden {
		t.Errorf("an operator reloads: %d", status)
	}
	h.eventually("the history has the source", func() bool {
		_, text := ask("GET", "/api/v1/history?kind=source", session.Token, "")
		return strings.Contains(text, `"name":"web"`)
	})
}

// An address that others reach has no page without TLS and users: it is refused, and lines are delivered all the same.
func TestAnAddressThatOthersReachIsNotServedAndCollectionGoesOn(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "1\n")
	cfg := h.config(source("web", h.path("a.log")) + sender(r))
	cfg.Agent.Listen = "0.0.0.0:0"
	h.start(cfg)
	h.eventually("the line", func() bool { return r.got() == "1" })
	if !strings.Contains(h.said(), "cannot serve the page, metrics and health: agent.listen is not a loopback address") {
		t.Error("it does not say so")
	}
	if _, err := agent.RequestLogin(context.Background(), h.path("data"), ""); err == nil || !strings.Contains(err.Error(), "no page") {
		t.Errorf("a link to it: %v", err)
	}
}
