package testsender

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/record/wire"
	"logskiff/senders/httpclient/httpclienttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func tried(t *testing.T, settings string) (all []Tried) {
	t.Helper()
	cfg, err := conf.Parse("x", []byte("[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\n[[sender]]\nname = \"out\"\n"+settings+"\n"), kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	env := kinds.SenderEnv{Log: slog.New(slog.DiscardHandler), Version: "test"}
	if err := Run(t.Context(), cfg.Senders[0], env, 20*time.Second, func(one Tried) { all = append(all, one) }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEachEndpointIsTriedStepByStep(t *testing.T) {
	a := httpclienttest.NewAuthority(t)
	good, old, closed := a.Serve("server", false), httpclienttest.NewDestination(t), httpclienttest.NewDestination(t)
	good.Status(200, wire.AcceptHeader, wire.AcceptLines)()
	closed.Status(401)()
	all := tried(t, fmt.Sprintf("http = { endpoints = [%q, %q, %q, %q], tls.ca = %q, bearer = \"secret-token\" }",
		strings.Replace(good.URL, "127.0.0.1", "localhost", 1), old.URL, closed.URL, "http://"+httpclienttest.Nobody(t), a.File))
	f := func(i int, problem string, steps ...string) {
		t.Helper()
		said := strings.Join(all[i].Steps, "\n")
		at := 0
		for _, s := range steps {
			n := strings.Index(said[at:], s)
			if n < 0 {
				t.Errorf("%d: no step %q behind the first %d bytes of\n%s", i, s, at, said)
				continue
			}
			at += n
		}
		if (all[i].Problem == "") != (problem == "") || !strings.Contains(all[i].Problem, problem) {
			t.Errorf("%d: problem %q, want %q", i, all[i].Problem, problem)
		}
		if all[i].Sender != "out" || !strings.HasPrefix(all[i].Endpoint, "http") || strings.Contains(fmt.Sprint(all[i]), "secret-token") {
			t.Errorf("%d: %+v", i, all[i])
		}
	}
	if len(all) != 4 {
		t.Fatalf("got %+v", all)
	}
	// The certificate is for 127.0.0.1 and inner.example: localhost is another name.
	f(0, "localhost", "name: ", "connection: to 127.0.0.1:")
	f(1, "", "connection: to 127.0.0.1:", "answer: 204 No Content to a POST with a body of 0 bytes", "format: application/x-ndjson, raw lines too: it does not say")
	f(2, "401 Unauthorized (check bearer or basic)", "answer: 401")
	f(3, "connection refused", "connection: none to 127.0.0.1:")
	if n := len(old.Bodies()); n != 1 || len(old.Bodies()[0]) != 0 {
		t.Errorf("%d bodies were sent", n)
	}

	all = tried(t, fmt.Sprintf("http = { endpoints = [%q], tls.ca = %q }", good.URL, a.File))
	f(0, "", "connection", "TLS: TLS 1.3", "its certificate is for inner.example, 127.0.0.1, until", "answer: 200", "takes raw lines without JSON around them")
}

func TestAFolderIsTriedAndNotMade(t *testing.T) {
	dir := t.TempDir()
	f := func(path, problem, step string) {
		t.Helper()
		all := tried(t, fmt.Sprintf("file = { path = %q }", path))
		said := strings.Join(all[0].Steps, "\n")
		if len(all) != 1 || all[0].Endpoint != path || !strings.Contains(all[0].Problem, problem) || (problem == "") != (all[0].Problem == "") || !strings.Contains(said, step) {
			t.Errorf("%s: %+v", path, all)
		}
	}
	f(dir, "", "can be written")
	f(filepath.Join(dir, "a", "b"), "", "is missing; it can be made in "+dir)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("it left %v, %v", entries, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f(file, "cannot use the folder", "")
	f(filepath.Join(file, "x"), "not a directory", "")
}

func TestWhatCannotBeBuiltIsSaid(t *testing.T) {
	all := tried(t, `http = { endpoints = ["https://h"], tls.ca = "/nowhere.pem" }`)
	if len(all) != 1 || !strings.Contains(all[0].Problem, "cannot use tls.ca") || all[0].Endpoint != "" {
		t.Errorf("got %+v", all)
	}
}

func TestTryingEndsWithItsContext(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	cfg, err := conf.Parse("x", fmt.Appendf(nil, "[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\n[[sender]]\nname = \"out\"\nhttp = { endpoints = [%q] }\n", d.URL), kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, cfg.Senders[0], kinds.SenderEnv{}, time.Minute, func(Tried) { t.Error("it was tried") }); err == nil {
		t.Error("it did not end")
	}
}
