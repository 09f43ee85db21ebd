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

// TestTheArm64PackageRuns runs what the package of the other architecture holds, in an
// emulator of its instructions: version, check, and lines that are delivered over a restart.
func TestTheArm64PackageRuns(t *testing.T) {
	need(t, "qemu-aarch64-static", "qemu-user-static")
	need(t, "dpkg-deb", "dpkg")
	_, files := builtFor(t, "arm64", "1.2.3", "deb")
	dir := t.TempDir()
	unpacked, state, logs := filepath.Join(dir, "package"), filepath.Join(dir, "state"), filepath.Join(dir, "log")
	if out, err := exec.Command("dpkg-deb", "-x", files["deb"], unpacked).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	arm64 := func(args ...string) *exec.Cmd {
		return exec.Command("qemu-aarch64-static", append([]string{filepath.Join(unpacked, "usr/bin/logskiff")}, args...)...)
	}
	said, err := arm64("version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(said), "logskiff 1.2.3 ") || !strings.Contains(string(said), "linux/arm64") {
		t.Fatalf("version: %v: %s", err, said)
	}

	r := newReceiver(t)
	if err := os.Mkdir(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "logskiff.toml")
	text := strings.Replace(fmt.Sprintf(configured, r.URL), "/var/log/app", logs, 1)
	write(t, config, fmt.Sprintf("[agent]\ndata_dir = %q\nlisten = \"off\"\n%s", state, text))
	if said, err := arm64("check", "-c", config).CombinedOutput(); err != nil || !strings.Contains(string(said), "1 source(s), 1 sender(s)") {
		t.Fatalf("check: %v: %s", err, said)
	}
	w := &writer{t: t, path: filepath.Join(logs, "app.log")}
	for range 2 {
		var said output
		agent := arm64("run", "-c", config)
		agent.Stdout, agent.Stderr = &said, &said
		if err := agent.Start(); err != nil {
			t.Fatal(err)
		}
		w.some(500)
		all := waitFor(patience, func() bool { return r.count() == w.written })
		if err := agent.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := agent.Wait(); err != nil || !all {
			t.Fatalf("it ended with %v, %d of %d lines arrived; it said:\n%s", err, r.count(), w.written, said.String())
		}
	}
	r.wantOnce(t, w.written)
}
