package agent_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"logskiff/agent"
	"logskiff/conf"
	"logskiff/kinds"
)

func TestAReloadThatCannotBuildASenderPutsTheOldOneBack(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "1\n")
	h.append("not-a-folder", "")
	h.start(h.config(source("a", h.path("a.log")) + sender(r)))
	h.eventually("the first", func() bool { return r.got() == "1" })
	bad := h.config(source("a", h.path("a.log")) + fmt.Sprintf("[[sender]]\nname = \"in\"\nfile = { path = %q }\n", h.path("not-a-folder/received")))
	if err := h.agent.Reload(bad); err == nil || !strings.Contains(err.Error(), "not-a-folder") {
		t.Fatalf("got %v", err)
	}
	h.append("a.log", "2\n")
	h.eventually("the second through the old sender", func() bool { return r.got() == "1 2" })
}

func TestAnOldSenderThatCannotComeBackIsBuiltLater(t *testing.T) {
	h := newHost(t)
	h.append("a.log", "1\n")
	h.append("not-a-folder", "")
	to := func(path string) string {
		return source("a", h.path("a.log")) + fmt.Sprintf("[[sender]]\nname = \"in\"\nfile = { path = %q }\n", h.path(path))
	}
	h.start(h.config(to("received")))
	h.eventually("the first", func() bool { return h.first().DeliveredLines == 1 })
	// The folder is moved away, and something else has its name when it is wanted again.
	if err := errors.Join(os.Rename(h.path("received"), h.path("moved")), os.WriteFile(h.path("received"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := h.agent.Reload(h.config(to("not-a-folder/received"))); err == nil {
		t.Fatal("a reload to a folder that cannot be made")
	}
	if p := h.first(); !strings.Contains(p.State, "cannot open sender") {
		t.Fatalf("the pipeline that does not run says %q", p.State)
	}
	h.append("a.log", "2\n")
	if err := os.Remove(h.path("received")); err != nil {
		t.Fatal(err)
	}
	h.eventually("the second through the old sender", func() bool { return h.first().State == "running" && h.first().DeliveredLines == 1 })
}

func TestAReloadToATakenAddressLeavesTheOldSocketOpen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	h := newHost(t)
	on := func(address string) string {
		return fmt.Sprintf("[[source]]\nname = \"in\"\nreader.http = { listen = %q }\n[[sender]]\nname = \"disk\"\nfile = { path = %q }\n", address, h.path("received"))
	}
	h.start(h.config(on(address)))
	listens := func(address string) func() bool {
		return func() bool {
			c, err := net.Dial("tcp", address)
			return err == nil && c.Close() == nil
		}
	}
	h.eventually("it listens", listens(address))
	err = h.agent.Reload(h.config(on(taken.Addr().String())))
	if err == nil || !strings.Contains(err.Error(), "address already in use") || !strings.Contains(err.Error(), "set listen") {
		t.Fatalf("got %v", err)
	}
	if !listens(address)() {
		t.Fatal("the old socket is closed")
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.agent.Reload(h.config(on(taken.Addr().String()))); err != nil {
		t.Fatal(err)
	}
	h.eventually("it listens on the other address", listens(taken.Addr().String()))
}

func TestWhoAsksForAReloadLearnsWhatCameOfIt(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "1\n")
	good := source("a", h.path("a.log")) + sender(r)
	file := h.path("c.toml")
	put := func(more, body string) {
		t.Helper()
		text := fmt.Sprintf("[agent]\ndata_dir = %q\nlisten = \"off\"\nstop_timeout = \"2s\"\n%s\n%s", h.path("data"), more, body)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("", good)
	h.load = func() (*conf.Config, error) { return conf.LoadWithFiles(file, kinds.All()) }
	cfg, err := h.load()
	if err != nil {
		t.Fatal(err)
	}
	ask := func() error {
		t.Helper()
		dir, err := conf.DataDir(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = agent.RequestReload(t.Context(), dir)
		return err
	}
	if err := ask(); !errors.Is(err, agent.ErrNotRunning) {
		t.Errorf("without an agent: %v", err)
	}
	h.start(cfg)
	h.eventually("the control socket", func() bool { return !errors.Is(ask(), agent.ErrNotRunning) })
	if err := ask(); err != nil {
		t.Errorf("a good one: %v", err)
	}
	var bad *agent.BadConfig
	put("", good+"nonsense = [")
	if err := ask(); !errors.As(err, &bad) || !strings.Contains(err.Error(), file+":") {
		t.Errorf("a broken text: %v", err)
	}
	put("", good+"http.tls.ca = \"/nowhere.pem\"")
	if err := ask(); !errors.As(err, &bad) {
		t.Errorf("a setting that is refused: %v", err)
	}
	put("host = \"other\"", good)
	if err := ask(); err == nil || errors.As(err, &bad) || !strings.Contains(err.Error(), "restart") {
		t.Errorf("what only a restart changes: %v", err)
	}
	h.append("a.log", "2\n")
	h.eventually("the old configuration goes on", func() bool { return strings.Contains(r.got(), "2") })
	if n := strings.Count(h.said(), "cannot reload"); n != 3 {
		t.Errorf("it was logged %d times", n)
	}
}

func TestAStopDuringAReloadIsNotLongerThanAnyOther(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	r.answer(http.StatusServiceUnavailable)
	h.append("a.log", "1\n")
	h.start(h.config(source("a", h.path("a.log")) + sender(r)))
	h.eventually("in flight", func() bool { return h.first().InFlight > 0 })
	changed := h.config(source("b", h.path("b.log")) + sender(r))
	a, reloaded := h.agent, make(chan error, 1)
	go func() { reloaded <- a.Reload(changed) }()
	h.eventually("waits for the old pipeline", func() bool { return len(a.Status().Pipelines) == 0 })
	h.end()
	if strings.Contains(h.said(), "left behind") { // what is longer than stop_timeout and its grace
		t.Errorf("the stop was given up, with stop_timeout = 2s:\n%s", h.said())
	}
	if err := <-reloaded; err == nil || !strings.Contains(err.Error(), "stopping") {
		t.Errorf("the reload said %v", err)
	}
	if err := a.Reload(changed); err == nil || len(a.Status().Pipelines) > 0 {
		t.Errorf("a stopped agent was reloaded: %v, %d pipelines", err, len(a.Status().Pipelines))
	}
}
