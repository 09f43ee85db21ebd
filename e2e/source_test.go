package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A log becomes a source of a running agent by one command, is paused, goes on, is removed and put back; what is bad or written by hand
// is not touched.
func TestASourceIsAddedPausedRemovedAndPutBack(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	logs := t.TempDir()
	w := newWriter(t, filepath.Join(logs, "app.log"))
	w.write(10)
	a := newAgent(t, httpSender("ingest", "", s.addr))
	text, err := os.ReadFile(a.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.config, []byte(strings.Replace(string(text), "[agent]\n", "[agent]\ninclude = [\"conf.d/*.toml\"]\n", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	a.start()
	a.ready()
	do := func(want int, args ...string) (string, string) {
		t.Helper()
		stdout, stderr, code := runOnce(t, "", append(append([]string{"source"}, args...), "-c", a.config)...)
		if code != want {
			t.Fatalf("source %s: exit code %d, want %d: %s%s", strings.Join(args, " "), code, want, stdout, stderr)
		}
		if strings.Contains(strings.Join(args, " "), "--json") && want == 0 {
			if err := json.Unmarshal([]byte(stdout), new(any)); err != nil {
				t.Errorf("%v: %s", err, stdout)
			}
		}
		return stdout, stderr
	}
	log := filepath.Join(logs, "app.log")
	do(0, "add", log, "--name", "app", "--start", "beginning", "--dry-run")
	if out, _ := do(0, "list", "--json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("a dry run wrote: %s", out)
	}
	do(0, "add", log, "--name", "app", "--start", "beginning", "--json")
	s.arrives(t, "the lines", 10, failAfter)
	if out, _ := do(0, "list"); !strings.Contains(out, "logskiff") || !strings.Contains(out, "app.toml:") {
		t.Errorf("listed as %s", out)
	}
	do(0, "pause", "app")
	if out, _, code := runOnce(t, "", "status", "-c", a.config); code != 0 || !strings.Contains(out, "paused") {
		t.Errorf("the status does not say that it is paused: %s", out)
	}
	w.write(5)
	do(0, "resume", "app")
	s.arrives(t, "what came meanwhile", 15, failAfter)
	if _, said := do(1, "remove", "app"); !strings.Contains(said, "--yes") {
		t.Errorf("it was removed without a yes: %s", said)
	}
	do(0, "remove", "app", "--yes")
	w.write(5)
	do(0, "undo", "app")
	s.arrives(t, "what came while it was removed", 20, failAfter)
	if _, said := do(3, "add", log, "--name", "bad", "--parser", "nginx = { fromat = 1 }"); !strings.Contains(said, "bad.toml:") || !strings.Contains(said, "format") {
		t.Errorf("a bad one: %s", said)
	}
	if _, said := do(1, "pause", "none"); !strings.Contains(said, "there are: app") {
		t.Errorf("an unknown one: %s", said)
	}
	if _, said := do(2, "pasue", "app"); !strings.Contains(said, "pause") {
		t.Errorf("a slip: %s", said)
	}
	file := filepath.Join(filepath.Dir(a.config), "conf.d", "app.toml")
	text, err = os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, append(text, "# mine\n"...), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, said := do(1, "pause", "app"); !strings.Contains(said, "written by hand") || !strings.Contains(said, "+paused") {
		t.Errorf("a file that was changed by hand: %s", said)
	}
	do(0, "pause", "app", "--yes")
	if text, err := os.ReadFile(file); err != nil || !strings.HasSuffix(string(text), "# mine\n") {
		t.Errorf("what was written by hand is gone: %s, %v", text, err)
	}
	a.mustStop()
	if _, said := do(0, "resume", "app", "--yes"); !strings.Contains(said, "no agent runs") {
		t.Errorf("without an agent: %s", said)
	}
}
