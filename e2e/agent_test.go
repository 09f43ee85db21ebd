package e2e

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// agent is a running `logskiff run -c FILE`.
type agent struct {
	*program
	config  string
	dataDir string
	listen  string
}

// newAgent makes an agent of the tables; it does not run yet.
func newAgent(t *testing.T, tables ...string) *agent {
	t.Helper()
	return newAgentIn(t, filepath.Join(t.TempDir(), "data"), tables...)
}

func newAgentIn(t *testing.T, dataDir string, tables ...string) *agent {
	t.Helper()
	a := &agent{dataDir: dataDir, listen: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	a.config = writeConfig(t, append([]string{agentTable(a.dataDir, a.listen)}, tables...)...)
	a.program = logskiff(t, "the agent", "run", "-c", a.config)
	return a
}

// reconfigure writes other tables and sends SIGHUP.
func (a *agent) reconfigure(tables ...string) {
	a.t.Helper()
	rewriteConfig(a.t, a.config, append([]string{agentTable(a.dataDir, a.listen)}, tables...)...)
	a.signal(syscall.SIGHUP)
}

var client = http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// get asks the agent's own HTTP server; status 0: it does not answer.
func (a *agent) get(path string) (status int, body string) {
	resp, err := client.Get("http://" + a.listen + path)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(text)
}

// ready waits until the agent says it is.
func (a *agent) ready() *agent {
	a.t.Helper()
	eventually(a.t, failAfter, "the agent is ready", func() bool {
		if !a.running() {
			a.t.Fatal("the agent has ended")
		}
		status, _ := a.get("/readyz")
		return status == http.StatusOK
	})
	return a
}

// metric adds up the series of a name whose labels hold all of the given text;
// it is -1 when there are none.
func (a *agent) metric(name string, labels ...string) float64 {
	_, text := a.get("/metrics")
	sum, found := 0.0, false
	for line := range strings.Lines(text) {
		series, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || series != name && !strings.HasPrefix(series, name+"{") {
			continue
		}
		match := true
		for _, l := range labels {
			match = match && strings.Contains(series, l)
		}
		v, err := strconv.ParseFloat(value, 64)
		if match && err == nil {
			sum, found = sum+v, true
		}
	}
	if !found {
		return -1
	}
	return sum
}

// forwarder is a running forwarder: reader.http, sender.file.
type forwarder struct {
	*agent
	addr string // where agents post to
	dir  string // where it writes
}

func newForwarder(t *testing.T, name string) *forwarder {
	t.Helper()
	return newForwarderIn(t, name, filepath.Join(t.TempDir(), "received"))
}

func newForwarderIn(t *testing.T, name, dir string) *forwarder {
	t.Helper()
	return newForwarderOn(t, name, filepath.Join(t.TempDir(), "data"), dir)
}

func newForwarderOn(t *testing.T, name, dataDir, dir string) *forwarder {
	t.Helper()
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	f := &forwarder{addr: addr, dir: dir}
	f.agent = newAgentIn(t, dataDir,
		fmt.Sprintf("[[source]]\nname = \"in\"\nreader.http = { listen = %q }\nparser.json = {}\nsend_to = [\"received\"]\n", addr),
		fmt.Sprintf("[[sender]]\nname = \"received\"\nfile = { path = %q }\n", dir))
	f.name = name
	return f
}
