package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// activate has a forwarder inherit its socket as systemd passes one: this process keeps
// it open, so it is there while the forwarder is not.
func (f *forwarder) activate() {
	f.t.Helper()
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		f.t.Fatal(err)
	}
	defer l.Close()
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { socket.Close() })
	f.pass = []*os.File{socket}
	// The variable names the process that the shell becomes.
	f.args = append([]string{"sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=e2e.socket exec "$0" "$@"`}, f.args...)
}

// TestARestartOfAForwarderWithAnInheritedSocketRefusesNobody restarts, reloads and kills
// one under load: clients wait, and every line arrives.
func TestARestartOfAForwarderWithAnInheritedSocketRefusesNobody(t *testing.T) {
	t.Parallel()
	fwd := newForwarder(t, "forwarder")
	fwd.activate()
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "ingest"), httpSender("ingest", "", fwd.addr))
	a.start() // the first request waits for the forwarder to be started
	flood := w.begin(5_000, 0)
	progress := func(what string) {
		t.Helper()
		before := countReceived(t, fwd.dir)
		eventually(t, failAfter, "lines arrive "+what, func() bool { return countReceived(t, fwd.dir) > before })
	}
	fwd.start()
	progress("at first")
	for range 3 {
		fwd.ready().mustStop()
		c, err := net.DialTimeout("tcp", fwd.addr, failAfter)
		if err != nil {
			t.Fatalf("a client is refused while the forwarder is away: %v", err)
		}
		c.Close()
		fwd.start()
		progress("after a restart")
	}
	fwd.kill()
	fwd.start()
	progress("after a kill")
	config, err := os.ReadFile(fwd.config)
	if err != nil {
		t.Fatal(err)
	}
	fwd.ready()
	for _, tag := range []string{"one", "two"} {
		rewriteConfig(t, fwd.config, strings.Replace(string(config), "parser.json", "tags = { n = \""+tag+"\" }\nparser.json", 1))
		said := strings.Count(fwd.log.String(), "msg=reloaded")
		fwd.signal(syscall.SIGHUP)
		eventually(t, failAfter, "it has reloaded", func() bool { return strings.Count(fwd.log.String(), "msg=reloaded") > said })
		progress("after a reload")
	}
	lines := flood.end()
	eventually(t, 30*time.Second, "the agent has delivered everything", func() bool {
		return a.metric("logskiff_delivered_lines_total") == float64(lines) && a.metric("logskiff_lag_bytes") == 0
	})
	a.mustStop()
	fwd.mustStop()
	received(t, fwd.dir).exactlyOnce(t, "in the forwarder's files", lines)
	if said := a.log.String(); strings.Contains(said, "refused") {
		t.Errorf("the agent was refused:\n%s", said)
	}
	if said := fwd.log.String(); strings.Contains(said, "cannot receive") || strings.Contains(said, "inherited") {
		t.Errorf("the forwarder complained:\n%s", said)
	}
}

func TestAnInheritedSocketThatNoSourceWantsIsNamed(t *testing.T) {
	t.Parallel()
	fwd := newForwarder(t, "forwarder")
	own := fwd.addr
	fwd.addr = newForwarder(t, "another").addr
	fwd.activate()
	fwd.start()
	eventually(t, failAfter, "it says so", func() bool {
		said := fwd.log.String()
		return strings.Contains(said, "no source listens on a socket that was inherited") &&
			strings.Contains(said, "address="+fwd.addr+" unit=e2e.socket")
	})
	fwd.addr = own
	eventually(t, failAfter, "it listens on its own address", fwd.listening)
	fwd.mustStop()
}
