package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := writeConfig(t, agentTable(filepath.Join(dir, "data"), "off"), fileSource("app", filepath.Join(dir, "*.log"), "", "ingest"), httpSender("ingest", "", "127.0.0.1:1"))
	bad := writeConfig(t, agentTable(filepath.Join(dir, "data"), "off"), "[[source]]\nname = \"app\"\nreader.file = { paths = [\"/x\"] }\nparser.ngnix = {}\n", httpSender("ingest", "", "127.0.0.1:1"))
	f := func(want int, says string, args ...string) {
		t.Helper()
		stdout, stderr, code := runOnce(t, dir, args...)
		if code != want || !strings.Contains(stdout+stderr, says) {
			t.Errorf("logskiff %s: exit code %d, want %d; it must say %q:\n%s%s", strings.Join(args, " "), code, want, says, stdout, stderr)
		}
	}
	f(2, "logskiff run")
	f(0, "logskiff run", "help")
	f(0, "logskiff run", "--help")
	f(2, "unknown command", "rnu")
	f(0, "logskiff ", "version")
	f(2, "takes no argument", "version", "x")
	f(2, "-z", "run", "-z")
	f(0, "configuration", "run", "--help")
	f(2, "unexpected", "run", good)
	f(0, "1 source(s), 1 sender(s)", "check", "-c", good)
	f(0, "1 source(s), 1 sender(s)", "check", good)
	if _, err := os.Stat("/etc/logskiff/logskiff.toml"); err != nil { // else it is checked
		f(2, "one configuration", "check")
	}
	f(3, `did you mean "nginx"?`, "check", "-c", bad)
	f(3, `did you mean "nginx"?`, "run", "-c", bad)
	unbuildable := writeConfig(t, agentTable(filepath.Join(dir, "data"), "off"), fileSource("app", filepath.Join(dir, "*.log"), "", "ingest"),
		"[[sender]]\nname = \"ingest\"\nhttp = { endpoints = [\"https://127.0.0.1:1\"], tls = { ca = \"/no/such.pem\" } }\n")
	f(3, "/no/such.pem", "check", "-c", unbuildable)
	f(3, "/no/such.pem", "run", "-c", unbuildable)
	f(3, "no such file", "check", "-c", filepath.Join(dir, "missing.toml"))
	f(2, "offset show", "offset")
	f(2, "one file", "follow")
	f(0, "No log was found", "discover", "--root", t.TempDir(), "--watch", "0")
	f(1, "cannot look below --root", "discover", "--root", filepath.Join(dir, "nothing"), "--watch", "0")
	f(2, "--toml and --json", "discover", "--toml", "--json")
	f(2, "one file", "test-parse")
	f(1, "0 of 1 lines parsed", "test-parse", "--parser", "json", good, "--lines", "1")
	f(0, "by raw", "test-parse", "--parser", "raw", good)
	f(1, "", "offset", "show", "--data-dir", filepath.Join(dir, "nothing"))
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("check made the data folder")
	}
}

// TestBadFilesAreExplained: every error of a file at once, each with its place,
// its key and advice.
func TestBadFilesAreExplained(t *testing.T) {
	t.Parallel()
	text := `[agent]
data_dir = "/tmp/x"
lisen = "off"

[[source]]
name = "app"
reader.file = { paths = ["relative.log"], start_at = "middle" }
parser.nginx = { format = "$a$b" }
send_to = ["ingset"]

[[sender]]
name = "ingest"
http = { endpoints = ["http://127.0.0.1:1"], timeout = 5 }
`
	bad := writeConfig(t, text)
	_, stderr, code := runOnce(t, "", "check", "-c", bad)
	if code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	for _, want := range []string{":3:1: ", "lisen", "listen", ":7:", "relative.log", "middle", ":8:", ":9:", `"ingest"`, ":13:", "duration"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if n := strings.Count(stderr, bad+":"); n != 6 {
		t.Errorf("%d errors, want 6", n)
	}
	if t.Failed() {
		t.Log(stderr)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-hunter2"
	bad := writeConfig(t, "[[source]]\nname = \"app\"\nreader.file = { paths = [\"/x\"] }\n[[sender]]\nname = \"a\"\nhttp = { endpoints = [\"http://u:"+secret+"@h\"], bearer = \""+secret+"\", tmeout = \"1s\" }\n")
	stdout, stderr, code := runOnce(t, "", "check", "-c", bad)
	if code != 3 || strings.Contains(stdout+stderr, secret) {
		t.Errorf("exit code %d, and it printed: %s%s", code, stdout, stderr)
	}
}

// TestOffsetShow asks the running agent and, later, its files.
func TestOffsetShow(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	dir := t.TempDir()
	old := newWriter(t, filepath.Join(dir, "old.log"))
	old.write(1000)
	size := int64(0)
	for n := range 1000 {
		size += int64(len(appendLine(nil, n)))
	}
	source := strings.Replace(fileSource("app", filepath.Join(dir, "*.log"), "", "ingest"), "beginning", "end", 1)
	a := newAgent(t, source, httpSender("ingest", "", s.addr))
	a.start()
	a.ready()
	eventually(t, failAfter, "the old file is known", func() bool { return len(showOffsets(t, a.dataDir)) == 1 })
	old.write(10)
	fresh := newWriter(t, filepath.Join(dir, "fresh.log"))
	fresh.next = old.next
	fresh.write(10)
	s.arrives(t, "what is new arrives", 20, failAfter)
	check := func() {
		t.Helper()
		for _, o := range checkOffsets(t, a.dataDir, 2) {
			skipped := int64(0)
			if o.Path == old.path {
				skipped = size
			}
			if o.Skipped != skipped || o.Delivered == 0 || o.Pipeline != "app/ingest" {
				t.Errorf("want %d bytes skipped: %+v", skipped, o)
			}
		}
	}
	eventually(t, failAfter, "both are delivered", func() bool { return a.metric("logskiff_lag_bytes") == 0 })
	check()
	stdout, stderr, code := runOnce(t, "", "offset", "show", "-c", a.config)
	if code != 0 || !strings.Contains(stderr, "running agent") || !strings.Contains(stdout, fresh.path) || !strings.Contains(stdout, "PIPELINE") {
		t.Errorf("%d\n%s%s", code, stdout, stderr)
	}
	a.mustStop()
	check()
	_, stderr, _ = runOnce(t, "", "offset", "show", "--data-dir", a.dataDir)
	if !strings.Contains(stderr, "does not run") {
		t.Errorf("it does not say where it read: %s", stderr)
	}
	want := make([]int, 20)
	for i := range want {
		want[i] = 1000 + i
	}
	s.exactly(t, "only what is new", want)
	s.noRepeats(t, "only what is new")
}

func TestSecondAgentOnTheSameDataFolderIsRefused(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	a := newAgent(t, fileSource("app", filepath.Join(t.TempDir(), "*.log"), "", "ingest"), httpSender("ingest", "", s.addr))
	a.start()
	a.ready()
	_, stderr, code := runOnce(t, "", "run", "-c", a.config)
	if code != 1 || !strings.Contains(stderr, a.dataDir) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	a.mustStop()
}

func TestFollowShowsAGrowingLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "access.log")
	visit := func(n int) string {
		return fmt.Sprintf("192.0.2.7 - - [21/Nov/2026:02:20:47 +0100] \"GET /r/%d HTTP/1.1\" 200 5 \"-\" \"curl/8\"\n", n)
	}
	if err := os.WriteFile(path, []byte(visit(0)+visit(1)+visit(2)), 0o644); err != nil {
		t.Fatal(err)
	}
	p := logskiff(t, "follow", "follow", "-n", "2", path).start()
	shows := func(what string) func() bool {
		return func() bool { return strings.Contains(p.log.String(), what) }
	}
	eventually(t, failAfter, "the last lines are shown", shows("request_uri=/r/2"))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprint(f, visit(3))
	eventually(t, failAfter, "a new line is shown", shows("request_uri=/r/3"))
	fmt.Fprint(f, "clear \x1b[2J screen\n")
	eventually(t, failAfter, "a line that does not parse is shown", shows("clear"))
	said := p.log.String()
	if strings.Contains(said, "/r/0") || !strings.Contains(said, "/r/1") {
		t.Errorf("it must show the last two lines first:\n%s", said)
	}
	if strings.Contains(said, "\x1b") {
		t.Error("an escape sequence of the log reached the terminal")
	}
	if code := p.stop(syscall.SIGINT, failAfter); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestListenAnswersThisHostOnly(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	a := newAgent(t, fileSource("app", filepath.Join(t.TempDir(), "*.log"), "", "ingest"), httpSender("ingest", "", s.addr))
	a.start()
	a.ready()
	f := func(path, host string, want int) {
		t.Helper()
		req, err := http.NewRequest("GET", "http://"+a.listen+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s with Host %q: %d, want %d", path, host, resp.StatusCode, want)
		}
	}
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		f(path, a.listen, 200)
		f(path, "localhost:1", 200)
		f(path, "evil.test", 421)
		f(path, "evil.test:7710", 421)
		f(path, "127.0.0.1.evil.test", 421)
	}
	f("/nothing", a.listen, 404)
	a.mustStop()
}
