package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"logskiff/bench/gen"
	"logskiff/bench/sink"
)

// TestMain lets the test binary play the processes that a run starts.
func TestMain(m *testing.M) {
	var err error
	switch {
	case len(os.Args) > 1 && ownProcess(os.Args[1]) != nil:
		err = ownProcess(os.Args[1])(os.Args[2:])
	case len(os.Args) > 1 && os.Args[1] == "fake":
		err = fakeAgent(os.Args[2], os.Args[3], os.Args[4])
	default:
		goleak.VerifyTestMain(m)
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// fakeAgent posts a combined log as ndjson in one body and waits to be ended.
// how is "honest", "loses" a line, "repeats" one, "alters" one, or "dies".
func fakeAgent(path, addr, how string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var body []byte
	offset := 0
	set := gen.NewSet(gen.Message)
	for i, line := range bytes.SplitAfter(data, []byte("\n")) {
		if len(line) == 0 {
			break
		}
		record := set.Append(fmt.Appendf(nil, `{"_offset":%d,`, offset), uint64(i))
		offset += len(line)
		switch {
		case i == 77 && how == "loses":
			continue
		case i == 77 && how == "repeats":
			body = append(body, record...)
		case i == 77 && how == "alters":
			record = bytes.Replace(record, []byte("GET"), []byte("PUT"), 1)
			record = bytes.Replace(record, []byte(`"_offset":`), []byte(`"_offset":1`), 1)
		}
		body = append(body, record...)
	}
	if how == "dies" {
		return fmt.Errorf("out of ideas")
	}
	res, err := http.Post("http://"+addr+"/v1/batch", "application/x-ndjson", bytes.NewReader(body))
	if err != nil {
		return err
	}
	res.Body.Close()
	select {} // until we are asked to stop
}

func fakeSubject(how string) subject {
	return subject{name: "fake", kind: "message", prepare: func(j job) ([]string, error) {
		self, err := os.Executable()
		return []string{self, "fake", j.paths[0], j.addrs[1], how}, err
	}}
}

func TestARunMeasuresAndSeesWhatIsWrong(t *testing.T) {
	check := func(how, wantErr string) {
		t.Helper()
		b := &bench{options: options{lines: 5000, runs: 1, timeout: 60e9, out: t.TempDir()}}
		if wantErr != "" && how != "dies" {
			b.timeout = 2e9 // the last line never comes
		}
		err := b.speed(t.Context(), fakeSubject(how), scenarios[0])
		for wantErr != "" && err != nil && !strings.Contains(err.Error(), wantErr) && b.timeout < 30e9 {
			b.timeout *= 2 // nor came the others by then: the machine is slow
			err = b.speed(t.Context(), fakeSubject(how), scenarios[0])
		}
		if wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), wantErr) {
				t.Errorf("%s: error %v, want %q", how, err, wantErr)
			}
		} else if err != nil {
			t.Errorf("%s: %v", how, err)
		} else if s := b.results.speeds[0]; s.mbs <= 0 || s.cpu <= 0 || s.peak < 1<<20 || s.sinkCPU < 0 || s.wire < 1 {
			t.Errorf("%s: %+v", how, s)
		}
		if left, _ := os.ReadDir(b.out); len(left) != 1 { // the input file
			t.Errorf("%s: %d files left behind", how, len(left))
		}
	}
	check("honest", "")
	check("repeats", "")
	check("loses", "4999 of 5000 lines; missing from 77 on")
	check("alters", "1 altered")
	check("dies", "out of ideas")
}

func TestTheBareCopyPostsEachLineOnce(t *testing.T) {
	for _, lines := range []uint64{1, 5000, 50_000} { // less than a piece, one, many
		b := &bench{options: options{lines: lines, runs: 1, timeout: 60e9, out: t.TempDir()}}
		if err := b.copySpeed(t.Context()); err != nil {
			t.Fatalf("%d lines: %v", lines, err)
		}
		if s := b.results.speeds[0]; s.report.Repeated != 0 || s.mbs <= 0 || s.wire != 1 {
			t.Errorf("%d lines: %+v", lines, s)
		}
	}
}

func TestConfigurationsNameWhatTheyShould(t *testing.T) {
	j := job{dir: "/d", paths: []string{"/in/a.log"}, addrs: []string{"127.0.0.1:1", "127.0.0.1:2"}, parser: "nginx"}
	has := func(name, text string, wants ...string) {
		t.Helper()
		for _, w := range wants {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", name, w, text)
			}
		}
	}
	text := agentConfig(j)
	has("agent", text, `paths = ["/in/a.log"]`, `data_dir = "/d/data"`, `parser.nginx = {}`, `["http://127.0.0.1:1", "http://127.0.0.1:2"]`)
	if strings.Contains(text, "compression") {
		t.Error("the default compression is not left to the agent")
	}
	j.compression, j.format = "none", "lines"
	has("agent", agentConfig(j), `compression = "none"`, `format = "lines"`)
	text, err := rsyslogConfig(j)
	if err != nil {
		t.Fatal(err)
	}
	has("rsyslog", text, `workDirectory="/d"`, `File="/in/a.log"`, `target="127.0.0.1" port="1"`, `freshStartTail="off"`)
	for _, p := range peers() {
		text, err := peerConfig(p.name, j)
		if err != nil {
			t.Fatal(err)
		}
		has(p.name, string(text), "a.log", "/in", "/d", "127.0.0.1", "1")
	}
}

func TestOnlyWhatIsMarkedIsReplaced(t *testing.T) {
	page := "before\n" + markBegin + "\nold\n" + markEnd + "\nafter\n"
	got, err := replaceMarked([]byte(page), "new")
	if want := "before\n" + markBegin + "\n\nnew\n" + markEnd + "\nafter\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := replaceMarked([]byte("no marks"), "new"); err == nil {
		t.Error("a page without marks was taken")
	}
}

func TestTablesSayWhatWasReached(t *testing.T) {
	r := results{
		speeds: []speed{
			{subject: copyName, title: "lines, posted unread", mbs: 1000, cpu: 0.5, report: &sink.Report{}},
			{subject: "rsyslog", title: "raw lines", mbs: 100, cpu: 9, report: &sink.Report{}},
			{subject: "logskiff", title: "raw lines", mbs: 850, goalMBs: 800, cpu: 1.7, goalCPU: 1.6, peak: 70 << 20, report: &sink.Report{}},
		},
		delays:  []delay{{"logskiff", 500, 2e6, 16e6, 20e6}},
		flows:   []flow{{"logskiff", 10_000, 100, 1.5, 360, 90e6, 310e6}, {"rsyslog", 10_000, 100, 9, 0, 1e6, 2e6}},
		rests:   []rest{{subject: "logskiff", layout: flat, files: 1000, rss: 20 << 20, cpu: 0.001, goal: 22 << 20, goalCPU: 0.001}},
		crashes: []crash{{"logskiff", 10, 1000, 0, 20}},
	}
	text := r.markdown()
	for _, want := range []string{"| 850 | 0.85 | 8.5 ×", "≥ 800 ✓", "≤ 1.6 ✗", "< 64 ✗", "≤ 3 ✓", "≤ 15 ✗", "| 1.50 | 360 | 90.0 | 310.0 | < 300 ✗", "| 9.00 | – | 1.0 | 2.0 |", "< 22 ✓", "≤ 0.10 ✓", "| 0 ✓ | 20 | 2.00 | < 1 % ✗"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	dir := t.TempDir()
	if err := r.write(dir); err == nil {
		t.Error("a missing page was not reported")
	}
	path := dir + "/performance.md"
	if err := os.WriteFile(path, []byte(markBegin+markEnd), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.write(dir); err != nil {
		t.Fatal(err)
	}
	if svg, err := os.ReadFile(dir + "/performance.svg"); err != nil || !bytes.Contains(svg, []byte("logskiff, raw lines")) {
		t.Errorf("chart: %v", err)
	}
}

func TestUnknownWordsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"rwa"}, {}, {"-runs", "0", "raw"}, {"-who", "me", "raw"}, {"-steady-rates", "0", "steady"}, {"-steady-time", "1ms", "steady"}} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}
