package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTheQuickstartFromAPackage does what docs/packages.md and README.md say to somebody
// who has just downloaded a package, with the commands that they show.
func TestTheQuickstartFromAPackage(t *testing.T) {
	_, files := built(t, "1.0.0", "deb")
	h := newHost(t)
	h.mountProc()
	h.bring(files["deb"])
	if err := os.MkdirAll(h.path("/var/log/nginx"), 0o755); err != nil {
		t.Fatal(err)
	}
	visit(h, 0, 20)
	t.Run("install", func(t *testing.T) { h.t = t; installAsDocumented(h) })
	t.Run("run", func(t *testing.T) { h.t = t; firstCommandOfTheReadme(h) })
	t.Run("walk", func(t *testing.T) { h.t = t; commandsOfTheReadme(h) })
	h.t = t
	h.run("dpkg", "--purge", "logskiff")
	h.want(false, "/usr/bin/logskiff", "/etc/logskiff/logskiff.toml", "/var/lib/logskiff", "/usr/lib/systemd/system/logskiff.service")
}

const accessLog = "/var/log/nginx/access.log"

// visit writes lines as nginx does.
func visit(h *host, from, n int) {
	h.t.Helper()
	f, err := os.OpenFile(h.path(accessLog), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := from; i < from+n; i++ {
		fmt.Fprintf(f, "192.0.2.7 - - [21/Nov/2026:02:20:47 +0000] \"GET /page/%d HTTP/1.1\" 200 612 \"-\" \"curl/7.88.1\"\n", i)
	}
	if err := f.Close(); err != nil {
		h.t.Fatal(err)
	}
}

// visited waits until a visit lies in files below a folder.
func visited(t *testing.T, n int, folder string) {
	t.Helper()
	eventually(t, fmt.Sprintf("visit %d is received", n), func() bool {
		return exec.Command("grep", "-rqs", fmt.Sprintf("/page/%d\\b", n), folder).Run() == nil
	})
}

// installAsDocumented ends with an agent that was configured by what discover printed.
func installAsDocumented(h *host) {
	t := h.t
	f := newForwarder(t)
	var agent *service
	for _, step := range commands(t, "../docs/packages.md", "sudo dpkg -i") {
		switch {
		case step == "systemctl restart logskiff": // there is no systemd here
			agent = h.start("/", "run", "-c", shippedConfig)
		case strings.HasPrefix(step, "logskiff discover") && !strings.Contains(step, "--toml"):
			if said := h.run("sh", "-c", step); !strings.Contains(said, accessLog) {
				t.Errorf("%s does not find %s:\n%s", step, accessLog, said)
			}
		default:
			h.run("sh", "-c", "cd /root && "+step)
		}
		if strings.Contains(step, "--toml") {
			// What is to be changed in there is the address of the forwarder.
			edit(t, h.path("/etc/logskiff/conf.d/sources.toml"), "http://127.0.0.1:7711", f.url)
			edit(t, h.path(shippedConfig), `"127.0.0.1:7710"`, `"off"`)
		}
	}
	if agent == nil {
		t.Fatal("the document starts no service")
	}
	eventually(t, "the agent runs", func() bool { return strings.Contains(agent.said.String(), "msg=started") && delivers(h, accessLog) })
	visit(h, 20, 1)
	visited(t, 20, f.received)
	agent.stop()
}

// delivers says whether the agent has a checkpoint of a file.
func delivers(h *host, file string) bool {
	out, err := h.command("/usr/bin/logskiff", "offset", "show", "-c", shippedConfig).Output()
	return err == nil && strings.Contains(string(out), " "+file+" ")
}

// firstCommandOfTheReadme follows what lies under /var/log.
func firstCommandOfTheReadme(h *host) {
	t := h.t
	shown := commands(t, "../README.md", "go run . run")
	args, found := strings.CutPrefix(shown[0], "go run . ")
	if readme, err := os.ReadFile("../README.md"); !found || err != nil || !strings.Contains(string(readme), "into ./logskiff-data/received; Ctrl-C stops it") {
		t.Fatalf("README.md shows %q, and says something else of it: %v", shown, err)
	}
	home(h, "/srv/quick")
	agent := h.start("/srv/quick", strings.Fields(args)...)
	visited(t, 0, h.path("/srv/quick/logskiff-data/received"))
	if err := agent.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := agent.cmd.Wait(); err != nil {
		t.Errorf("Ctrl-C ends it with %v", err)
	}
}

// commandsOfTheReadme are those for one's own logs and forwarders.
func commandsOfTheReadme(h *host) {
	t := h.t
	shown := commands(t, "../README.md", "go build -o logskiff .")[1:]
	f := newForwarder(t)
	config := strings.Join(indented(t, "../README.md", `[agent]`), "\n")
	home(h, "/srv/walk")
	home(h, "/var/lib/logskiff")
	write(t, h.path("/srv/walk/logskiff.toml"), strings.NewReplacer("http://ingest-1:7711", f.url, `, "http://ingest-2:7711"`, "",
		`"/var/lib/logskiff"`, "\"/var/lib/logskiff\"\nlisten   = \"off\"").Replace(config))
	write(t, h.path("/var/log/app.log"), `{"level":"info","msg":"hello"}`+"\n")
	visit(h, 21, 20)
	var ran []string
	for _, line := range shown {
		words := strings.Fields(line)
		if words[0] != "./logskiff" {
			t.Fatalf("README.md shows %q", line)
		}
		ran = append(ran, words[1])
		switch words[1] {
		case "run":
			agent := h.start("/srv/walk", words[1:]...)
			visited(t, 40, f.received)
			agent.stop()
		case "follow":
			watch := h.start("/srv/walk", words[1:]...)
			eventually(t, "the last line is shown", func() bool { return strings.Contains(watch.said.String(), "/page/40") })
			watch.stop()
		default:
			said := h.run("sh", "-c", "cd /srv/walk && logskiff "+strings.Join(words[1:], " "))
			want := map[string]string{"discover": accessLog, "test-parse": "hello", "check": "1 source(s), 1 sender(s)", "offset": accessLog}[words[1]]
			if want == "" || !strings.Contains(said, want) {
				t.Errorf("%s says %s", line, said)
			}
		}
	}
	if got := strings.Join(ran, " "); got != "discover test-parse check run offset follow" {
		t.Errorf("README.md shows %s", got)
	}
}

// home makes a folder of user logskiff.
func home(h *host, dir string) {
	h.t.Helper()
	h.run("install", "-d", "-o", "logskiff", "-g", "logskiff", filepath.Clean(dir))
}

func edit(t *testing.T, path, old, now string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %s: %v\n%s", path, old, err, text)
	}
	write(t, path, strings.Replace(string(text), old, now, 1))
}
