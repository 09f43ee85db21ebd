package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestTheSocketsAreThoseOfTheExample(t *testing.T) {
	need(t, "systemd-analyze", "systemd")
	example, err := os.ReadFile("etc/forwarder.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	listen := regexp.MustCompile(`reader\.http = \{ listen = "([^"]+)"`).FindSubmatch(example)
	if listen == nil {
		t.Fatal("the example listens nowhere")
	}
	dir := t.TempDir()
	copied := func(from, to, old, new string) string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join("systemd", from))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, to), strings.ReplaceAll(string(text), old, new))
		return string(text)
	}
	for name, as := range map[string]string{"logskiff": "logskiff", "logskiff-forwarder@": "logskiff-forwarder@main"} {
		copied(name+".service", as+".service", "/usr/bin/logskiff", "/bin/true") // it need not be installed
		unit := copied(name+".socket", as+".socket", "", "")
		if want := "\nListenStream=" + string(listen[1]) + "\n"; !strings.Contains(unit, want) {
			t.Errorf("%s.socket has no line %q", name, want)
		}
		out, err := exec.Command("systemd-analyze", "verify", filepath.Join(dir, as+".socket")).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s.socket: %v: %s", name, err, out)
		}
	}
}

// poster sends lines one by one, each over a connection of its own, until each is answered 200.
type poster struct {
	client http.Client
	url    string
	mu     sync.Mutex
	sent   []string
	again  []error // why requests were sent again
}

func newPoster(address string) *poster {
	return &poster{url: "http://" + address + "/v1/batch", client: http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
	}}
}

func (p *poster) post(line string) error {
	resp, err := p.client.Post(p.url, "application/x-ndjson", strings.NewReader(`{"message":"`+line+"\"}\n"))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// run posts until stop is closed.
func (p *poster) run(stop <-chan struct{}) {
	for {
		line := fmt.Sprintf("posted-%05d", len(p.sent))
		for {
			err := p.post(line)
			if err == nil {
				break
			}
			p.mu.Lock()
			p.again = append(p.again, err)
			p.mu.Unlock()
			select {
			case <-time.After(20 * time.Millisecond):
			case <-stop:
				return
			}
		}
		p.mu.Lock()
		p.sent = append(p.sent, line)
		p.mu.Unlock()
		select {
		case <-stop:
			return
		default:
		}
	}
}

func (p *poster) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sent)
}

// forwarderWithASocket turns the socket of a forwarder on as its unit says, and restarts,
// upgrades and kills the forwarder under load. The machine has the host's loopback.
func (m *machine) forwarderWithASocket(deb string) {
	t := m.t
	t.Helper()
	const service, socket, config = "logskiff-forwarder@main.service", "logskiff-forwarder@main.socket", "/etc/logskiff/forwarder-main.toml"
	if got := m.unit("logskiff.socket", "ActiveState", "UnitFileState") + ", " + m.unit(socket, "ActiveState", "UnitFileState"); got != "inactive disabled, inactive disabled" {
		t.Errorf("after the installation the sockets are %s", got)
	}
	m.run("systemctl", "stop", service)
	m.run("systemctl", "enable", "--now", socket)
	m.eventually(socket, "active", "ActiveState")
	if got := m.unit(service, "ActiveState"); got != "inactive" {
		t.Errorf("the service is %s before anybody connects", got)
	}
	p, stop, stopped := newPoster("127.0.0.1:7711"), make(chan struct{}), make(chan struct{})
	go func() { defer close(stopped); p.run(stop) }()
	end := sync.OnceFunc(func() { close(stop); <-stopped })
	defer end()
	more := func(when string) {
		t.Helper()
		before := p.count()
		eventually(t, "lines are taken "+when, func() bool { return p.count() >= before+20 })
	}
	more("once somebody connects")
	m.eventually(service, "active", "ActiveState")
	for _, step := range [][]string{
		{"systemctl", "restart", service}, {"dpkg", "-i", deb}, {"systemctl", "reload", service}, {"systemctl", "kill", "-s", "KILL", service}, {"systemctl", "restart", service},
	} {
		before := m.unit(service, "MainPID")
		m.run(step...)
		more("after " + strings.Join(step, " "))
		m.eventually(service, "active", "ActiveState")
		if same := m.unit(service, "MainPID") == before; same != (step[1] == "reload") {
			t.Errorf("%v: the same process: %v", step, same)
		}
	}
	end()
	files, err := filepath.Glob(m.path("/var/lib/logskiff-forwarder-main/received/*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	received := ""
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		received += string(text)
	}
	for _, line := range p.sent {
		if !strings.Contains(received, line) {
			t.Errorf("%s was answered 200 and is lost", line)
		}
	}
	for _, err := range p.again {
		if errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a connection was refused: %v", err)
		}
	}
	t.Logf("%d lines; sent again: %v", len(p.sent), p.again)

	// Connections cannot have a bad configuration tried for ever.
	good, err := os.ReadFile(m.path(config))
	if err != nil {
		t.Fatal(err)
	}
	write(t, m.path(config), "nonsense\n")
	m.run("systemctl", "stop", service)
	c, err := net.Dial("tcp", "127.0.0.1:7711")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m.eventually(socket, "failed trigger-limit-hit", "ActiveState", "Result")
	write(t, m.path(config), string(good))
	if !waitFor(time.Minute, func() bool { // until the limit's time is over, each start ends as the one before
		m.try("systemctl", "start", socket) //nolint:errcheck // the post will tell
		return p.post("after-all") == nil
	}) {
		t.Error("the socket does not come back after the configuration was mended")
	}

	// Another address, as the unit says.
	const other = "logskiff-forwarder@other"
	drop := m.path("/etc/systemd/system/" + other + ".socket.d")
	if err := os.MkdirAll(drop, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(drop, "override.conf"), "[Socket]\nListenStream=\nListenStream=17711\n")
	text := strings.NewReplacer("127.0.0.1:7711", ":17711", "127.0.0.1:7720", "127.0.0.1:17720", "forwarder-main", "forwarder-other").Replace(string(good))
	write(t, m.path("/etc/logskiff/forwarder-other.toml"), text)
	m.run("systemctl", "daemon-reload")
	m.run("systemctl", "start", other+".socket")
	if err := newPoster("127.0.0.1:17711").post("elsewhere"); err != nil {
		t.Errorf("at another address: %v", err)
	}
	if journal, _ := m.try("journalctl", "--no-pager", "-u", other, "-u", "logskiff-forwarder@main"); strings.Contains(journal, "inherited") {
		t.Errorf("a socket was not wanted:\n%s", journal)
	}
}
