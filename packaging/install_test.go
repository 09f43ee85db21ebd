package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const configured = `
[[source]]
name        = "app"
reader.file = { paths = ["/var/log/app/*.log"], start_at = "beginning" }

[[sender]]
name = "ingest"
http = { endpoints = [%q], compression = "none" }
`

const (
	shippedConfig = "/etc/logskiff/logskiff.toml"
	environment   = "/etc/logskiff/environment"
	enabled       = "/etc/systemd/system/multi-user.target.wants/logskiff.service"
)

// TestPackagesOnDebian is the life of an installation: installed, configured,
// upgraded while lines are written and rotated, taken back, removed, installed
// again, purged; then the same with the rpm.
func TestPackagesOnDebian(t *testing.T) {
	need(t, "rpm", "rpm")
	_, old := built(t, "1.0.0", "deb", "rpm")
	_, fresh := built(t, "1.1.0", "deb", "rpm")
	h := newHost(t)
	h.mountProc()
	t.Run("deb", func(t *testing.T) { h.t = t; debLife(h, old["deb"], withOtherConfiguration(t, fresh["deb"])) })
	t.Run("rpm", func(t *testing.T) { h.t = t; rpmLife(h, old["rpm"], fresh["rpm"]) })
}

// withOtherConfiguration is the package with another default configuration, so that
// dpkg has to decide about the file that was edited.
func withOtherConfiguration(t *testing.T, deb string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "deb")
	if out, err := exec.Command("dpkg-deb", "-R", deb, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, shippedConfig))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, shippedConfig), "# a new default\n"+string(text))
	changed := dir + ".deb"
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "-b", dir, changed).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return changed
}

func debLife(h *host, old, fresh string) {
	t := h.t
	if said := h.dpkg(old); !strings.Contains(said, "logskiff: next, ") || !strings.Contains(said, "at the next boot") {
		t.Errorf("installing does not say what is next:\n%s", said)
	}
	wantInstalled(h, "1.0.0")
	upgradeWhileLinesAreWritten(h, func() string { return h.dpkg(fresh) }, func() string { return h.dpkg(old) })
	h.want(true, shippedConfig+".dpkg-dist")

	forwarder := strings.Replace(enabled, "logskiff.service", "logskiff-forwarder@main.service", 1)
	if err := os.Symlink("/usr/lib/systemd/system/logskiff-forwarder@.service", h.path(forwarder)); err != nil {
		t.Fatal(err)
	}
	h.run("dpkg", "-r", "logskiff")
	h.want(false, "/usr/bin/logskiff", "/usr/lib/systemd/system/logskiff.service")
	for _, link := range []string{enabled, forwarder} {
		if _, err := os.Lstat(h.path(link)); err == nil {
			t.Errorf("%s leads nowhere", link)
		}
	}
	h.want(true, shippedConfig, environment, "/etc/logskiff/conf.d/app.toml", "/var/lib/logskiff/checkpoints.db")
	h.dpkg(fresh)
	goesOnWhereItWas(h)
	const received = "/var/lib/logskiff-forwarder-main"
	if err := os.Mkdir(h.path(received), 0o750); err != nil {
		t.Fatal(err)
	}
	said := h.run("dpkg", "--purge", "logskiff")
	for _, left := range []string{"/etc/logskiff/conf.d", received} {
		if h.want(true, left); !strings.Contains(said, "purge leaves "+left) {
			t.Errorf("purge does not say that it leaves %s:\n%s", left, said)
		}
	}
	if err := os.Remove(h.path(received)); err != nil {
		t.Fatal(err)
	}
	h.want(false, environment, enabled, shippedConfig, "/var/lib/logskiff", "/var/log/logskiff", "/usr/bin/logskiff")
	// What people made themselves stays.
	h.want(true, "/etc/logskiff/conf.d/app.toml")
	if err := os.RemoveAll(h.path("/etc/logskiff")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(h.path("/var/log/app")); err != nil {
		t.Fatal(err)
	}
}

func rpmLife(h *host, old, fresh string) {
	if said := h.rpm("-i", old); !strings.Contains(said, "logskiff: next, ") {
		h.t.Errorf("installing does not say what is next:\n%s", said)
	}
	wantInstalled(h, "1.0.0")
	upgradeWhileLinesAreWritten(h, func() string { return h.rpm("-U", fresh) }, func() string { return h.rpm("-U", "--oldpackage", old) })
	h.rpm("-e", "logskiff")
	h.want(false, "/usr/bin/logskiff")
	h.want(true, "/etc/logskiff/logskiff.toml.rpmsave", "/etc/logskiff/conf.d/app.toml", "/var/lib/logskiff/checkpoints.db")
	if err := os.Rename(h.path(shippedConfig+".rpmsave"), h.path(shippedConfig)); err != nil {
		h.t.Fatal(err)
	}
	h.rpm("-i", fresh)
	goesOnWhereItWas(h)
	h.rpm("-e", "logskiff")
	for _, dir := range []string{"/etc/logskiff", "/var/lib/logskiff", "/var/log/app"} {
		if err := os.RemoveAll(h.path(dir)); err != nil {
			h.t.Fatal(err)
		}
	}
}

func wantInstalled(h *host, version string) {
	t := h.t
	t.Helper()
	if said := h.run("logskiff", "version"); !strings.HasPrefix(said, "logskiff "+version) || !strings.Contains(said, "commit ") {
		t.Errorf("version says %s", said)
	}
	if said := h.run("logskiff", "check", "-c", shippedConfig); !strings.Contains(said, "0 source(s)") {
		t.Errorf("check of what is shipped says %s", said)
	}
	if said := h.run("logskiff", "check", "-c", "/etc/logskiff/forwarder.example.toml"); !strings.Contains(said, "1 source(s), 1 sender(s)") {
		t.Errorf("check of the forwarder's example says %s", said)
	}
	if said := h.run("id", "logskiff"); !strings.Contains(said, "(adm)") || !strings.Contains(said, "(logskiff-admin)") {
		t.Errorf("the user is %s", said)
	}
	for _, dir := range []string{"/var/lib/logskiff", "/var/log/logskiff"} {
		if said := h.run("stat", "-c", "%U:%G %a", dir); said != "logskiff:logskiff 750\n" {
			t.Errorf("%s is %s", dir, said)
		}
	}
	if said := h.run("stat", "-c", "%U:%G %a", environment); said != "root:root 600\n" {
		t.Errorf("the environment is %s", said)
	}
	write(t, h.path("/etc/logskiff/conf.d/token.toml"), "[[source]]\nname = \"t\"\nreader.file.paths = [\"/x\"]\n[[sender]]\nname = \"s\"\nhttp = { endpoints = [\"http://h\"], bearer = \"${TOKEN}\" }\n")
	kept, err := os.ReadFile(h.path(environment))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.path(environment), append(kept, "TOKEN='a b'\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	h.run("logskiff", "check", "-c", shippedConfig, "--env-file", environment)
	if err := errors.Join(os.Remove(h.path("/etc/logskiff/conf.d/token.toml")), os.WriteFile(h.path(environment), kept, 0o600)); err != nil {
		t.Fatal(err)
	}
	// There is no systemd here: the next boot starts the service.
	if to, err := os.Readlink(h.path(enabled)); err != nil || to != "/usr/lib/systemd/system/logskiff.service" {
		t.Errorf("it is not enabled for the next boot: %s, %v", to, err)
	}
	h.want(true, "/etc/logskiff/conf.d", "/usr/lib/systemd/system/logskiff-forwarder@.service", "/usr/share/bash-completion/completions/logskiff")
}

// upgradeWhileLinesAreWritten runs the agent through an upgrade and back, restarting
// it as the package's script has systemd do, and wants each line exactly once.
func upgradeWhileLinesAreWritten(h *host, upgrade, back func() string) {
	t := h.t
	r := newReceiver(t)
	edited := configure(h, r.URL)
	w := &writer{t: t, path: h.path("/var/log/app/app.log")}
	w.start()
	agent := h.start("/", "run", "-c", shippedConfig)
	eventually(t, "lines arrive", func() bool { return r.count() > 100 })
	for _, step := range []struct {
		install func() string
		version string
	}{{upgrade, "1.1.0"}, {back, "1.0.0"}, {upgrade, "1.1.0"}} {
		if said := step.install(); strings.Contains(said, "logskiff: next, ") {
			t.Errorf("an upgrade speaks as to a beginner:\n%s", said)
		}
		before := r.count()
		eventually(t, "lines arrive from the old process, whose binary is gone", func() bool { return r.count() > before+100 })
		agent.stop()
		if said := h.run("logskiff", "version"); !strings.HasPrefix(said, "logskiff "+step.version+" ") {
			t.Errorf("installed is %s", said)
		}
		agent = h.start("/", "run", "-c", shippedConfig)
		before = r.count()
		eventually(t, "lines arrive after the restart", func() bool { return r.count() > before+100 })
	}
	n := w.end()
	r.wantOnce(t, n)
	agent.stop()
	t.Logf("%d lines, %d rotations, 3 restarts", n, w.rotated)
	if got, err := os.ReadFile(h.path(shippedConfig)); err != nil || string(got) != edited {
		t.Errorf("the edited configuration became\n%s%v", got, err)
	}
}

// configure edits what was shipped and adds a source.
func configure(h *host, url string) (edited string) {
	h.t.Helper()
	shipped, err := os.ReadFile(h.path(shippedConfig))
	if err != nil {
		h.t.Fatal(err)
	}
	edited = strings.Replace(string(shipped), `"127.0.0.1:7710"`, `"off"`, 1) + "# edited by hand\n"
	write(h.t, h.path(shippedConfig), edited)
	write(h.t, h.path("/etc/logskiff/conf.d/app.toml"), fmt.Sprintf(configured, url))
	if err := os.MkdirAll(h.path("/var/log/app"), 0o755); err != nil {
		h.t.Fatal(err)
	}
	return edited
}

// goesOnWhereItWas starts an agent that was installed again: only what is new is sent.
func goesOnWhereItWas(h *host) {
	h.t.Helper()
	r := newReceiver(h.t)
	write(h.t, h.path("/etc/logskiff/conf.d/app.toml"), fmt.Sprintf(configured, r.URL))
	agent := h.start("/", "run", "-c", shippedConfig)
	w := &writer{t: h.t, path: h.path("/var/log/app/app.log")}
	w.some(10)
	r.wantOnce(h.t, 10)
	agent.stop()
}
