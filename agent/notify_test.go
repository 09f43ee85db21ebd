package agent

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logskiff/agent/sdnotify"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/parsers"
	"logskiff/record"
)

// manager is a service manager; next returns what it is told next.
func manager(t *testing.T, watchdog time.Duration) (m Manager, next func(within time.Duration) string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	m.Watchdog = watchdog
	if m.Socket, err = sdnotify.FromEnv(); err != nil {
		t.Fatal(err)
	}
	return m, func(within time.Duration) string {
		t.Helper()
		if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 1<<10)
		n, err := c.Read(b)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

// managed runs an agent that follows one file into another until the test ends.
func managed(t *testing.T, m Manager, load func(*conf.Config) (*conf.Config, error)) (a *Agent, end func()) {
	t.Helper()
	dir := t.TempDir()
	text := "[agent]\ndata_dir = \"" + dir + "/data\"\nlisten = \"off\"\n[[source]]\nname = \"a\"\nreader.file = { paths = [\"" + dir + "/a.log\"] }\n" +
		"[[sender]]\nname = \"out\"\nfile = { path = \"" + dir + "/received\" }\n"
	cfg, err := conf.Parse("test.toml", []byte(text), kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	a, err = New(cfg, Options{Log: slog.New(slog.DiscardHandler), Manager: m, Load: func() (*conf.Config, error) { return load(cfg) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	var over bool
	end = func() {
		if over {
			return
		}
		over = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(end)
	return a, end
}

func TestTheManagerIsToldOfStartReloadAndStop(t *testing.T) {
	m, next := manager(t, 0)
	refuse := errors.New("refused")
	a, end := managed(t, m, func(c *conf.Config) (*conf.Config, error) { return c, refuse })
	f := func(parts ...string) {
		t.Helper()
		got := next(time.Minute)
		for _, p := range parts {
			if !strings.Contains(got, p) {
				t.Fatalf("got %q, want %q in it", got, parts)
			}
		}
	}
	f("READY=1", "STATUS=1 of 1 pipelines run")
	if err := a.ReloadFile(); err != refuse {
		t.Fatal(err)
	}
	f("RELOADING=1", "MONOTONIC_USEC=")
	f("READY=1", "STATUS=1 of 1 pipelines run", "refused")
	refuse = nil
	if err := a.ReloadFile(); err != nil {
		t.Fatal(err)
	}
	f("RELOADING=1")
	f("READY=1", "STATUS=1 of 1 pipelines run")
	end()
	f("STOPPING=1")
}

func TestTheWatchdogIsFedOnlyWhileBatchesMove(t *testing.T) {
	const interval = 200 * time.Millisecond
	m, next := manager(t, interval)
	a, _ := managed(t, m, func(c *conf.Config) (*conf.Config, error) { return c, nil })
	alive := func() bool { return strings.Contains(next(time.Minute), sdnotify.Alive) }
	for !alive() {
	}
	p, _ := a.runners()[0].get()
	stuck := new(record.Batch)
	p.busy.begin(stuck, "parsing")
	for deadline := time.Now().Add(time.Minute); next(4*interval) != ""; {
		if time.Now().After(deadline) {
			t.Fatal("a pipeline that hangs was called alive")
		}
	}
	if why := a.hanging(interval); !strings.Contains(why, "a/out has been parsing one batch") {
		t.Errorf("it says %q", why)
	}
	p.busy.end(stuck)
	if !alive() {
		t.Error("it stays silent when the batch has moved")
	}
}

// held is a parser that does not come back before it is let go.
type held struct{ begun, goOn chan struct{} }

func (h held) Clone() parsers.Parser { return h }
func (h held) Parse(*record.Batch)   { close(h.begun); <-h.goOn }

func TestABatchThatIsBeingParsedIsWork(t *testing.T) {
	h := held{make(chan struct{}), make(chan struct{})}
	m, next := manager(t, 0)
	a, _ := managed(t, m, nil)
	next(time.Minute)
	running, _ := a.runners()[0].get()
	p := &Pipeline{parser: h, sender: running.sender}
	cut, encoded := make(chan *record.Batch, 1), make(chan *record.Batch, 1)
	cut <- new(record.Batch)
	close(cut)
	go p.parse(cut, encoded) //nolint:errcheck // it has no error to return
	<-h.begun
	if what, _ := p.busy.longerThan(0); what != "parsing" {
		t.Errorf("while it is parsed the batch is %q", what)
	}
	close(h.goOn)
	<-encoded
	if what, _ := p.busy.longerThan(0); what != "" {
		t.Errorf("a parsed batch is still %q", what)
	}
}
