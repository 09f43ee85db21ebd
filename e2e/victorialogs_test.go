package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// victoriaLogs is a real server.
type victoriaLogs struct {
	*program
	addr string
}

func newVictoriaLogs(t *testing.T) *victoriaLogs {
	t.Helper()
	need(t, "victoria-logs")
	v := &victoriaLogs{addr: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	v.program = newProgram(t, "VictoriaLogs", path("victoria-logs"), "-storageDataPath="+filepath.Join(t.TempDir(), "store"), "-httpListenAddr="+v.addr,
		"-retentionPeriod=100y", "-futureRetention=100y")
	v.start()
	v.ready()
	return v
}

func (v *victoriaLogs) ready() {
	v.t.Helper()
	eventually(v.t, failAfter, "VictoriaLogs answers", func() bool {
		resp, err := client.Get("http://" + v.addr + "/health")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// query returns all that is found, as the fields of each record.
func (v *victoriaLogs) query(q string) (found []map[string]string) {
	v.t.Helper()
	if resp, err := client.Get("http://" + v.addr + "/internal/force_flush"); err == nil {
		resp.Body.Close()
	}
	resp, err := client.PostForm("http://"+v.addr+"/select/logsql/query", url.Values{"query": {q}})
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		one := map[string]string{}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			v.t.Fatalf("%v: %s", err, lines.Bytes())
		}
		found = append(found, one)
	}
	if err := lines.Err(); err != nil {
		v.t.Fatal(err)
	}
	return found
}

// ledger returns what of a source is there.
func (v *victoriaLogs) ledger(source string) *ledger {
	l := newLedger()
	for _, r := range v.query(fmt.Sprintf(`{logskiff.source=%q}`, source)) {
		id := identity{stream: r["logskiff.stream"], offset: -1}
		if at, err := strconv.ParseInt(r["logskiff.offset"], 10, 64); err == nil {
			id.offset = at
		}
		l.addText(id, r["_msg"])
	}
	return l
}

func (v *victoriaLogs) sender(name, settings string) string {
	return fmt.Sprintf("[[sender]]\nname = %q\nvictorialogs = { endpoints = [\"http://%s\"]%s }\n", name, v.addr, settings)
}

func TestTheExampleForVictoriaLogsWorksWhenPasted(t *testing.T) {
	v := newVictoriaLogs(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "logskiff.toml")
	text := replaced(t, exampleOf(t, "victorialogs"), "/var/lib/logskiff", filepath.Join(dir, "data"), "/var/log/nginx", dir, "logs-1:9428", v.addr, `"127.0.0.1:7710"`, `"off"`)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := runOnce(t, dir, "test-sender", "-c", config); code != 0 || !strings.Contains(stdout, "answer: 200 OK") {
		t.Fatalf("test-sender: exit code %d\n%s%s", code, stdout, stderr)
	}
	a := logskiff(t, "the agent", "run", "-c", config).start()
	log, err := os.Create(filepath.Join(dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var got []map[string]string
	eventually(t, failAfter, "lines are there", func() bool { // those that the agent finds at its start are not read
		if _, err := log.WriteString(`203.0.113.9 - ann [28/Nov/2026:13:00:00 +0000] "GET /a HTTP/1.1" 200 17 "-" "curl/8"` + "\n"); err != nil {
			t.Fatal(err)
		}
		got = v.query(`{logskiff.source="nginx"} status:200`)
		return len(got) >= 2
	})
	for _, r := range got {
		if r["_time"] != "2026-11-28T13:00:00Z" || r["remote_user"] != "ann" || r["logskiff.path"] != log.Name() || r["_msg"] != "/a" {
			t.Errorf("got %v", r)
		}
	}
	a.mustStop()
}

// TestWhatVictoriaLogsWouldLeaveOutGoesToQuarantine: it answers 200, and says it in its own log alone.
func TestWhatVictoriaLogsWouldLeaveOutGoesToQuarantine(t *testing.T) {
	v := newVictoriaLogs(t)
	dir := t.TempDir()
	log := filepath.Join(dir, "app.log")
	fields := func(n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(`"f%d":%d`, i, i)
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	// Right below and right above each limit; the document has fields of ours, too.
	texts := []string{`{"message":"first"}`, fields(980), fields(1000), deep(299), deep(300), `{"message":"long","p":"` + strings.Repeat("x", 261_500) + `"}`,
		`{"message":"too long","p":"` + strings.Repeat("x", 262_100) + `"}`, `{"message":"last"}`}
	if err := os.WriteFile(log, []byte(strings.Join(texts, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newAgent(t, fileSource("app", log, "parser.json = {}\n", "logs"), v.sender("logs", ""))
	a.start()
	eventually(t, failAfter, "what would be left out is in quarantine", func() bool { return a.metric("logskiff_quarantined_lines_total") == 3 })
	eventually(t, failAfter, "all is acknowledged", func() bool { return a.metric("logskiff_lag_bytes") == 0 })
	if got := v.query(`{logskiff.source="app"}`); len(got) != 5 {
		t.Errorf("%d records are there, want 5", len(got))
	}
	a.mustStop()
}

// TestAgentKilledAtRandomMomentsLosesNothingOnTheWayToVictoriaLogs kills the agent while a program writes and rotates, and stops the server now
// and then. (What a server has in memory is lost with it when it is killed, as docs/destinations.md says.)
func TestAgentKilledAtRandomMomentsLosesNothingOnTheWayToVictoriaLogs(t *testing.T) {
	rnd := random(t)
	v := newVictoriaLogs(t)
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "logs"), v.sender("logs", `, timeout = "5s"`))
	flood := w.begin(2_000, 900*time.Millisecond)
	rounds, stops := min(*kills, 25), 0
	for i := range rounds {
		a.start()
		pass(time.Duration(200+rnd.IntN(500)) * time.Millisecond)
		if i%8 == 3 {
			stops++
			v.stop(syscall.SIGTERM, failAfter)
			pass(time.Duration(rnd.IntN(500)) * time.Millisecond)
			v.start()
		}
		a.kill()
	}
	a.start()
	lines := flood.end()
	v.ready()
	eventually(t, failAfter, "all is acknowledged", func() bool { return a.metric("logskiff_lag_bytes") == 0 })
	l := v.ledger("app")
	a.boundedMemory()
	a.mustStop()
	l.exactlyOnce(t, "in the store", lines)
	arrived, repeats := l.figures()
	t.Logf("%d kills of the agent, %d stops of the server, %d rotations, %d lines; %d records are there, %d of them repeats", rounds, stops, w.kept, lines, arrived, repeats)
}
