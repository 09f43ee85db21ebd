package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Formats of the state, as agent/checkpoint numbers them.
const (
	olderFormat  = 1
	newestFormat = 3
)

// TestUpgradeFromAnOlderStateFormat takes an installation from the last version that
// wrote the older state format to this one while lines are written and rotated, and
// back by the steps of docs/packages.md.
func TestUpgradeFromAnOlderStateFormat(t *testing.T) {
	need(t, "rpm", "rpm")
	old := builtOlder(t)
	_, fresh := built(t, "2.0.0", "deb", "rpm")
	h := newHost(t)
	h.mountProc()
	t.Run("deb", func(t *testing.T) {
		h.t = t
		overAFormat(h, "dpkg -i", func() { h.dpkg(old["deb"]) }, func() { h.dpkg(fresh["deb"]) }, old["deb"])
		h.run("dpkg", "--purge", "logskiff")
	})
	for _, dir := range []string{"/etc/logskiff", "/var/lib/logskiff", "/var/log/app"} {
		if err := os.RemoveAll(h.path(dir)); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("rpm", func(t *testing.T) {
		h.t = t
		overAFormat(h, "rpm -U", func() { h.rpm("-i", old["rpm"]) }, func() { h.rpm("-U", fresh["rpm"]) }, old["rpm"])
	})
}

// builtOlder builds the packages of the newest ancestor that writes the older format,
// from its own sources and with its own packaging.
func builtOlder(t *testing.T) map[string]string {
	t.Helper()
	root := repository(t)
	const meta = "agent/checkpoint/meta.go"
	inside := func(dir string, args ...string) (string, error) {
		out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	constant := fmt.Sprintf("formatVersion = %d", olderFormat)
	changed, err := inside(root, "log", "-1", "--format=%H", "-S"+constant, "--", meta)
	if err != nil {
		t.Fatalf("git log: %v: %s", err, changed)
	}
	ancestor := changed + "^"
	if text, err := inside(root, "show", ancestor+":"+meta); err != nil || !strings.Contains(text, constant) {
		why := "the history has no version that writes state format " + fmt.Sprint(olderFormat)
		if shallow, _ := inside(root, "rev-parse", "--is-shallow-repository"); shallow == "true" {
			// The fixture of that format is tested everywhere.
			t.Skip(why + ": this is a shallow clone")
		}
		missing(t, why)
	}
	sources, out := t.TempDir(), t.TempDir()
	commit, err := inside(root, "rev-parse", ancestor)
	if err != nil {
		t.Fatalf("%v: %s", err, commit)
	}
	if said, err := exec.Command("git", "clone", "-q", "--shared", "--no-checkout", root, sources).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if said, err := inside(sources, "checkout", "-q", "--detach", commit); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	build := exec.Command("go", "run", ".", "-root", "..", "-out", out, "-version", "1.0.0", "-arch", "amd64", "-formats", "deb,rpm")
	build.Dir = filepath.Join(sources, "packaging")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	t.Logf("the older version is %s", commit[:12])
	files := map[string]string{}
	for _, format := range []string{"deb", "rpm"} {
		found, err := filepath.Glob(filepath.Join(out, "*."+format))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		files[format] = found[0]
	}
	return files
}

const bothWays = `
[[source]]
name        = "app"
reader.file = { paths = ["/var/log/app/app.log*"], start_at = "end" }
send_to     = ["ingest", "archive"]

[[sender]]
name = "ingest"
http = { endpoints = [%q], compression = "none" }

[[sender]]
name = "archive"
http = { endpoints = [%q] }
`

// overAFormat is an upgrade and the way back. One sender's receiver counts what
// arrives, the other's is a real forwarder that drops what it knows.
func overAFormat(h *host, way string, older, newer func(), downgrade string) {
	t := h.t
	r, f := newReceiver(t), newForwarder(t)
	older()
	edited := configure(h, r.URL)
	write(t, h.path("/etc/logskiff/conf.d/app.toml"), fmt.Sprintf(bothWays, r.URL, f.url))
	agent := h.start("/", "run", "-c", shippedConfig)
	eventually(t, "the agent runs", func() bool {
		return strings.Contains(agent.said.String(), "msg=started") && h.exists("/var/lib/logskiff/checkpoints.db")
	})
	// What is there when a source first looks is not sent, and no version says when it has looked.
	calls := &writer{t: t, path: h.path("/var/log/app/app.log.calls"), text: func(int) string { return call }}
	eventually(t, "both sources have looked", func() bool {
		calls.some(1)
		return r.wasCalled() && f.wasCalled()
	})
	w := &writer{t: t, path: h.path("/var/log/app/app.log")}
	w.start()
	eventually(t, "lines arrive", func() bool { return r.count() > 2000 })
	newer()
	before := r.count()
	eventually(t, "lines arrive from the old process, whose binary is gone", func() bool { return r.count() > before+100 })
	agent.stop()
	wantFormat(h, olderFormat)
	agent = h.start("/", "run", "-c", shippedConfig)
	before = r.count()
	eventually(t, "lines arrive after the upgrade", func() bool { return r.count() > before+2000 })
	n := w.end()
	r.wantOnce(t, n)
	f.wantOnce(n)
	t.Logf("upgraded over %d lines and %d rotations", n, w.rotated)
	wantFormat(h, newestFormat)
	if got, err := os.ReadFile(h.path(shippedConfig)); err != nil || string(got) != edited {
		t.Errorf("the edited configuration became\n%s%v", got, err)
	}

	// The way back, as the document says it; there is no systemd here.
	steps := commands(t, "../docs/packages.md", "sudo systemctl stop logskiff\n    sudo dpkg -i logskiff_OLDER")
	var done []string
	for _, step := range steps {
		switch step {
		case "systemctl stop logskiff":
			agent.stop()
		case "dpkg -i logskiff_OLDER_amd64.deb":
			if way == "rpm -U" {
				h.rpm("-U", "--oldpackage", downgrade)
			} else {
				h.dpkg(downgrade)
			}
			refusesAndChangesNothing(h)
			// Meanwhile the log goes on, and is rotated.
			w.some(700)
			w.rotate()
			w.some(300)
		case "systemctl start logskiff":
			agent = h.start("/", "run", "-c", shippedConfig)
		default:
			h.run("sh", "-c", step)
			continue
		}
		done = append(done, strings.Fields(step)[1])
	}
	if strings.Join(done, " ") != "stop -i start" {
		t.Fatalf("the way back has the steps %q", steps)
	}
	// The older version does not say who it is: the forwarder has it wait until a person says that it may.
	eventually(t, "the forwarder has the older version wait", func() bool {
		return strings.Contains(f.said.String(), "a request waits for its agent's word")
	})
	if n := strings.Count(f.said.String(), "a request was refused"); n > 0 {
		t.Errorf("%d requests of the older version were refused", n)
	}
	f.set("bind_streams = false")
	f.wantOnce(w.written)
	eventually(t, "the receiver that drops nothing has all lines", func() bool { return r.count() == w.written })
	if r.seenTwice() == 0 {
		t.Error("nothing was read again: the forwarder had nothing to drop")
	}
	agent.stop()
	if said := h.run("logskiff", "version"); !strings.HasPrefix(said, "logskiff 1.0.0 ") {
		t.Errorf("installed is %s", said)
	}
}

// refusesAndChangesNothing starts the older version on the newer state.
func refusesAndChangesNothing(h *host) {
	h.t.Helper()
	before := tree(h.t, h.path("/var/lib/logskiff"))
	agent := h.start("/", "run", "-c", shippedConfig)
	err := agent.cmd.Wait()
	if said := agent.said.String(); agent.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(said, "its format is newer than this program") {
		h.t.Errorf("the older version says %q and ends with %v", said, err)
	}
	if after := tree(h.t, h.path("/var/lib/logskiff")); after != before {
		h.t.Errorf("the state was\n%sand is\n%s", before, after)
	}
}

// wantFormat looks for the record of the format in the pages of the database, where
// bbolt puts a value behind its key. A page that is free may still hold an older one.
func wantFormat(h *host, want byte) {
	h.t.Helper()
	text, err := os.ReadFile(h.path("/var/lib/logskiff/checkpoints.db"))
	if err != nil {
		h.t.Fatal(err)
	}
	newest := byte(0)
	for format := byte(1); format <= newestFormat; format++ {
		if bytes.Contains(text, append([]byte("format"), 0, 0, 0, format)) {
			newest = format
		}
	}
	if newest != want {
		h.t.Errorf("the state has format %d, want %d", newest, want)
	}
}
