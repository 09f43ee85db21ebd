package agent

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"logskiff/conf"
)

// begin runs one of the agent's servers until the test ends.
func begin(t *testing.T, serve func(context.Context, time.Duration) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := serve(ctx, 5*time.Millisecond); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

// served gives an agent without pipelines what its servers need.
func served(a *Agent) *Agent {
	a.samples = newSampler(time.Now())
	a.server = a.newServer()
	return a
}

func soon(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// safeLog is a log that several goroutines write.
type safeLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *safeLog) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), text)
}

func TestTheControlSocketIsMadeAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	log := &safeLog{}
	a := served(&Agent{Options: Options{Log: slog.New(slog.NewTextHandler(log, nil))}, dataDir: dir, cfg: &conf.Config{}})
	answers := func() bool {
		var nothing any
		err := Ask(t.Context(), dir, "nothing", &nothing)
		return err != nil && strings.Contains(err.Error(), "404")
	}
	begin(t, a.serveControl)
	soon(t, "it says why there is none", func() bool { return log.count("level=ERROR") == 1 })
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	soon(t, "the folder is there", answers)
	for what, spoil := range map[string]func() error{
		"removed": func() error { return os.Remove(filepath.Join(dir, controlName)) },
		"replaced": func() error {
			return errors.Join(os.WriteFile(dir+".file", nil, 0o600), os.Rename(dir+".file", filepath.Join(dir, controlName)))
		},
		"the folder replaced": func() error { return errors.Join(os.Rename(dir, dir+".old"), os.Mkdir(dir, 0o700)) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		soon(t, what, answers)
	}
	if n := log.count("level=ERROR"); n != 1 {
		t.Errorf("it complained %d times:\n%s", n, log.buf.String())
	}
}

func TestAListenAddressThatWasTakenIsServedWhenItIsFree(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := taken.Addr().String()
	log := &safeLog{}
	a := served(&Agent{Options: Options{Log: slog.New(slog.NewTextHandler(log, nil))}, cfg: &conf.Config{Agent: conf.Agent{Listen: address}}})
	begin(t, a.serveListen)
	soon(t, "it says so", func() bool { return log.count("level=ERROR") == 1 })
	time.Sleep(50 * time.Millisecond)
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	soon(t, "it is served", func() bool {
		answer, err := client.Get("http://" + address + "/healthz")
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	})
	if n := log.count("level=ERROR"); n != 1 {
		t.Errorf("it complained %d times", n)
	}
}
