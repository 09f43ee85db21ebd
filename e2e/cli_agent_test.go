package e2e

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Every command that asks an agent, against one that runs, one that does not, and one that hangs: what it prints and its exit
// code. None waits for ever.
func TestCommandsAskAnAgentThatRunsDoesNotOrHangs(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	logs := t.TempDir()
	w := newWriter(t, filepath.Join(logs, "app.log"))
	w.write(10)
	a := newAgent(t, fileSource("app", filepath.Join(logs, "*.log"), "", "ingest"), httpSender("ingest", "", s.addr))
	a.start()
	a.ready()
	s.arrives(t, "the lines", 10, failAfter)
	eventually(t, failAfter, "all is acknowledged", func() bool { return a.metric("logskiff_lag_bytes") == 0 })

	hangs := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(hangs, "control.sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) // the kernel accepts, and nobody answers

	for _, c := range []struct {
		args       []string
		says       string // with an agent, on standard output
		gone, hung int    // exit codes without one, and with one that hangs
		goneSays   string
		hungSays   string
	}{
		{args: []string{"status"}, says: "app ", gone: 4, hung: 4, goneSays: "no agent is running", hungSays: "has not answered"},
		{args: []string{"status", "--json"}, says: `"verdict"`, gone: 4, hung: 4, goneSays: "no agent is running", hungSays: "has not answered"},
		{args: []string{"status", "--check"}, says: "LOGSKIFF OK - All is well: 1 source, 1 sender | lag_bytes=0B", gone: 2, hung: 2, goneSays: "LOGSKIFF CRITICAL - no agent is running", hungSays: "LOGSKIFF CRITICAL"},
		{args: []string{"errors"}, says: "STATE  LEVEL", gone: 4, hung: 4, goneSays: "no agent is running", hungSays: "has not answered"},
		{args: []string{"errors", "--json"}, says: `"errors": []`, gone: 4, hung: 4, goneSays: "no agent is running", hungSays: "has not answered"},
		{args: []string{"ui"}, says: "http://" + a.listen + "/#code=", gone: 4, hung: 4, goneSays: "no agent is running", hungSays: "has not answered"},
		{args: []string{"ui", "--json", "--role", "viewer"}, says: `"role": "viewer"`, gone: 4, hung: 4, goneSays: "no agent is running", hungSays: "has not answered"},
		{args: []string{"reload"}, says: "reloaded: no pipeline changed; 1 unchanged", gone: 4, hung: 4, goneSays: "no agent is running", hungSays: "has not answered"},
		{args: []string{"reload", "--json"}, says: `"ok": true`, gone: 4, hung: 4, goneSays: "no agent is running", hungSays: "has not answered"},
		{args: []string{"offset", "set", filepath.Join(logs, "app.log"), "--to", "end", "--yes"}, says: "app/ingest: the cursor is at ", gone: 4, hung: 4, goneSays: "no agent is running there", hungSays: "has not answered"},
		{args: []string{"offset", "set", filepath.Join(logs, "app.log"), "--to", "end", "--yes", "--json"}, says: `"moves": [`, gone: 4, hung: 4, goneSays: "no agent is running there", hungSays: "has not answered"},
	} {
		name := strings.Join(c.args, " ")
		stdout, stderr, code := runOnce(t, "", append(c.args, "-c", a.config)...)
		if code != 0 || !strings.Contains(stdout, c.says) {
			t.Errorf("%s: exit code %d, it does not say %q: %s%s", name, code, c.says, stdout, stderr)
		}
		if strings.Contains(name, "--json") {
			if err := json.Unmarshal([]byte(stdout), new(any)); err != nil {
				t.Errorf("%s: %v: %s", name, err, stdout)
			}
		}
		if strings.Contains(stdout+stderr, "\x1b") {
			t.Errorf("%s: there is an escape sequence in a pipe", name)
		}
		stdout, stderr, code = runOnce(t, "", append(c.args, "--data-dir", logs)...)
		if code != c.gone || !strings.Contains(stdout+stderr, c.goneSays) {
			t.Errorf("%s without an agent: exit code %d, want %d: %s%s", name, code, c.gone, stdout, stderr)
		}
		t.Run("hangs: "+name, func(t *testing.T) {
			t.Parallel() // each waits for ten seconds
			stdout, stderr, code := runOnce(t, "", append(c.args, "--data-dir", hangs)...)
			if code != c.hung || !strings.Contains(stdout+stderr, c.hungSays) {
				t.Errorf("exit code %d, want %d: %s%s", code, c.hung, stdout, stderr)
			}
		})
	}
}

func TestReloadSaysWhatChangedAndWhereAMistakeIs(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	logs := t.TempDir()
	app := fileSource("app", filepath.Join(logs, "*.log"), "", "ingest")
	a := newAgent(t, app, httpSender("ingest", "", s.addr))
	a.start()
	a.ready()
	rewriteConfig(t, a.config, agentTable(a.dataDir, a.listen), app, fileSource("other", filepath.Join(logs, "*.txt"), "", "ingest"), httpSender("ingest", "", s.addr))
	stdout, stderr, code := runOnce(t, "", "reload", "-c", a.config)
	if code != 0 || stdout != "reloaded: started other/ingest; 1 unchanged\n" {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	// The log says what runs, and what a reload changed.
	for _, line := range []string{"msg=\"following: a source\" source=app files=0 unreadable=0 senders=ingest", "msg=\"sending: a sender is in use\" sender=ingest endpoints=http://" + s.addr,
		"msg=reloaded started=other/ingest stopped=\"\" restarted=\"\" unchanged=1", "msg=\"following: a source\" source=other"} {
		eventually(t, failAfter, line, func() bool { return strings.Contains(a.log.String(), line) })
	}
	if n := strings.Count(a.log.String(), "source=app files="); n != 1 {
		t.Errorf("a source that the reload did not change is said %d times", n)
	}
	rewriteConfig(t, a.config, agentTable(a.dataDir, a.listen), app, "[[sender]]\nname = \"ingest\"\nhttp = { endpoint = [\"http://127.0.0.1:1\"] }\n")
	stdout, stderr, code = runOnce(t, "", "reload", "-c", a.config)
	if code != 3 || stdout != "" || !strings.Contains(stderr, a.config+":") || !strings.Contains(stderr, `did you mean "endpoints"?`) {
		t.Errorf("a mistake: exit code %d: %s%s", code, stdout, stderr)
	}
	stdout, _, code = runOnce(t, "", "status", "--check", "-c", a.config)
	if code != 1 || !strings.Contains(stdout, "LOGSKIFF WARNING - The last reload was refused") {
		t.Errorf("the status: exit code %d: %s", code, stdout)
	}
}

// status --watch goes on until it is stopped, or the agent is gone.
func TestStatusIsWatchedUntilTheAgentIsGone(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	a := newAgent(t, fileSource("app", filepath.Join(t.TempDir(), "*.log"), "", "ingest"), httpSender("ingest", "", s.addr))
	a.start()
	a.ready()
	p := logskiff(t, "status", "status", "--watch", "--json", "-c", a.config).start()
	eventually(t, failAfter, "three snapshots", func() bool { return strings.Count(p.log.String(), `"verdict"`) >= 3 })
	a.mustStop()
	if code := p.wait(failAfter); code != 4 {
		t.Errorf("exit code %d when the agent is gone: %s", code, p.log.String())
	}
}

func TestUsageErrorsAreOneShortLine(t *testing.T) {
	t.Parallel()
	f := func(says string, args ...string) {
		t.Helper()
		stdout, stderr, code := runOnce(t, "", args...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, says) || strings.Count(stderr, "\n") > 2 || len(stderr) > 300 {
			t.Errorf("%v: exit code %d: %s%s", args, code, stdout, stderr)
		}
	}
	f(`unknown command "statsu"; did you mean "status"?`, "statsu")
	f(`unknown option --jsno; did you mean "--json"?`, "status", "--jsno")
	f(`unknown option --rol; did you mean "--role"?`, "ui", "--rol", "admin")
	f("--check goes with neither", "status", "--check", "--json")
	if _, err := os.Stat("/etc/logskiff/logskiff.toml"); err != nil {
		began := time.Now()
		if _, stderr, code := runOnce(t, t.TempDir(), "status"); code != 4 || !strings.Contains(stderr, "cannot find an agent") || time.Since(began) > failAfter {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	}
}

// Another user of the host learns nothing over the control socket, not even when somebody has opened its mode to all.
func TestNobodyIsRefusedByTheControlSocket(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	s := newSink(t)
	a := newAgent(t, fileSource("app", filepath.Join(t.TempDir(), "*.log"), "", "ingest"), httpSender("ingest", "", s.addr))
	a.start()
	a.ready()
	text, err := os.ReadFile(binary(t))
	program := filepath.Join(filepath.Dir(a.dataDir), "logskiff") // where nobody may run it
	if err := errors.Join(err, os.WriteFile(program, text, 0o755)); err != nil {
		t.Fatal(err)
	}
	asNobody := func() (said string, code int) {
		cmd := exec.Command(program, "status", "--data-dir", a.dataDir)
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	for dir := a.dataDir; dir != "/" && dir != "/tmp"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if said, code := asNobody(); code != 4 || !strings.Contains(said, "only root, the user it runs as") {
		t.Errorf("by its mode: exit code %d: %s", code, said)
	}
	if err := os.Chmod(filepath.Join(a.dataDir, "control.sock"), 0o666); err != nil {
		t.Fatal(err)
	}
	if said, code := asNobody(); code == 0 || !strings.Contains(said, "this user may not ask the agent") {
		t.Errorf("by the kernel's word: exit code %d: %s", code, said)
	}
}

// offset set asks first, and does nothing without an answer; of an agent that does not run it changes what is stored, as its owner.
func TestOffsetSetAsksFirstAndGoesIntoTheStoreOfAStoppedAgent(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	logs := t.TempDir()
	log := filepath.Join(logs, "app.log")
	newWriter(t, log).write(10)
	a := newAgent(t, fileSource("app", log, "", "ingest"), httpSender("ingest", "", s.addr))
	a.start()
	s.arrives(t, "the lines", 10, failAfter)
	eventually(t, failAfter, "all is acknowledged", func() bool { return a.metric("logskiff_lag_bytes") == 0 })
	cursor := func(want string) {
		t.Helper()
		stdout, stderr, code := runOnce(t, "", "offset", "show", "-c", a.config)
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d, want %q: %s%s", code, want, stdout, stderr)
		}
	}
	for _, running := range []bool{true, false} {
		if !running {
			a.mustStop()
			if os.Geteuid() == 0 { // as with the packages: root asks, and all there is belongs to the agent's user
				for _, dir := range []string{filepath.Dir(a.dataDir), logs} {
					for ; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
						if err := os.Chmod(dir, 0o755); err != nil {
							t.Fatal(err)
						}
					}
				}
				err := filepath.WalkDir(a.dataDir, func(name string, _ os.DirEntry, err error) error {
					return errors.Join(err, os.Lchown(name, 65534, 65534))
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		stdout, stderr, code := runOnce(t, "", "offset", "set", log, "--to", "beginning", "-c", a.config)
		if code != 2 || stdout != "" || !strings.Contains(stderr, "needs --yes; nothing was done") || !strings.Contains(stderr, "app/ingest") {
			t.Errorf("running %v, without --yes: exit code %d: %s%s", running, code, stdout, stderr)
		}
		if _, stderr, code := runOnce(t, "", "offset", "set", log, "--to", "sometime", "-c", a.config); code != 2 || !strings.Contains(stderr, "is no place") {
			t.Errorf("running %v, nowhere: exit code %d: %s", running, code, stderr)
		}
	}
	stdout, stderr, code := runOnce(t, "", "offset", "set", log, "--to", "beginning", "--yes", "-c", a.config)
	if code != 0 || stdout != "app/ingest: the cursor is at 0 now\n" {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	cursor("app/ingest")
	err := filepath.WalkDir(a.dataDir, func(name string, d os.DirEntry, err error) error {
		info, _ := os.Lstat(name)
		if os.Geteuid() == 0 && info.Sys().(*syscall.Stat_t).Uid != 65534 {
			t.Errorf("%s is root's now", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// check tries senders, and what a user can read, and says all of it in JSON.
func TestCheckTriesSendersAndWhatAUserCanRead(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) // takes everything
	defer s.Close()
	logs := t.TempDir()
	open, closed := filepath.Join(logs, "open.log"), filepath.Join(logs, "a b.log")
	newWriter(t, open).write(1)
	newWriter(t, closed).write(1)
	if err := errors.Join(os.Chmod(logs, 0o755), os.Chmod(filepath.Dir(logs), 0o755), os.Chmod(open, 0o644), os.Chmod(closed, 0o600)); err != nil {
		t.Fatal(err)
	}
	glob := filepath.Join(logs, "*.log")
	a := newAgent(t, fileSource("app", glob, "", "ingest"), fileSource("twin", glob, "", "ingest"), httpSender("ingest", "", strings.TrimPrefix(s.URL, "http://")))
	type answer struct {
		OK         bool
		Notes      []string
		Mistakes   []struct{ Line, Column int }
		Unreadable []struct{ Path, Advice string }
		Tried      []struct{ Endpoint, Problem string } `json:"senders_tried"`
	}
	ask := func(args ...string) (got answer, code int) {
		t.Helper()
		stdout, stderr, code := runOnce(t, "", append([]string{"check", "--json"}, args...)...)
		if err := json.Unmarshal([]byte(stdout), &got); err != nil {
			t.Fatalf("%v: %s%s", err, stdout, stderr)
		}
		return got, code
	}
	if got, code := ask("-c", a.config, "--connect"); code != 0 || !got.OK || len(got.Tried) != 1 || got.Tried[0].Problem != "" || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "reads files that source") {
		t.Errorf("a good one: exit code %d, %+v", code, got)
	}
	if os.Geteuid() == 0 {
		if got, code := ask("-c", a.config, "--as", "nobody"); code != 1 || got.OK || len(got.Unreadable) != 2 || got.Unreadable[0].Path != closed || got.Unreadable[0].Advice != "sudo setfacl -m u:nobody:r '"+closed+"'" {
			t.Errorf("what nobody can read: exit code %d, %+v", code, got)
		}
		if err := os.Chmod(logs, 0o700); err != nil {
			t.Fatal(err)
		}
		if got, code := ask("-c", a.config, "--as", "nobody"); code != 1 || len(got.Unreadable) != 2 || got.Unreadable[0].Path != logs || !strings.Contains(got.Unreadable[0].Advice, "u:nobody:rx ") {
			t.Errorf("a folder that nobody can list: exit code %d, %+v", code, got)
		}
		stdout, stderr, code := runOnce(t, "", "check", "-c", a.config, "--as", "root")
		if code != 0 || !strings.Contains(stdout, "root can read all that the sources find now") {
			t.Errorf("root: exit code %d: %s%s", code, stdout, stderr)
		}
	}
	if _, stderr, code := runOnce(t, "", "check", "-c", a.config, "--as", "no-such-user"); code != 1 || !strings.Contains(stderr, "cannot find user no-such-user") {
		t.Errorf("a user that is not there: exit code %d: %s", code, stderr)
	}
	s.Close()
	if got, code := ask("-c", a.config, "--connect"); code != 1 || got.OK || len(got.Tried) != 1 || got.Tried[0].Problem == "" {
		t.Errorf("a sender that is not there: exit code %d, %+v", code, got)
	}
	rewriteConfig(t, a.config, agentTable(a.dataDir, a.listen), "[[source]]\nnmae = \"x\"\n")
	if got, code := ask("-c", a.config); code != 3 || got.OK || len(got.Mistakes) == 0 || got.Mistakes[0].Line == 0 {
		t.Errorf("a bad one: exit code %d, %+v", code, got)
	}
}
