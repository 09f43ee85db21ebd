package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var realSystemd = flag.Bool("systemd", false, "boot a Debian root with systemd in a container and run the units there; root, systemd-container")

// machine is a booted Debian root.
type machine struct {
	*host
	systemd int // pid of its first process, as it is seen outside
}

// boot starts systemd in the root, in namespaces of its own.
func boot(t *testing.T, h *host) *machine {
	t.Helper()
	cmd := exec.Command("systemd-nspawn", "-D", h.dir, "--boot", "--register=no", "--keep-unit")
	var said output
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may be gone
		kill := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		defer kill.Stop()
		cmd.Wait() //nolint:errcheck // how a container ends is not what is tested
		if t.Failed() {
			all := said.String()
			t.Logf("the machine said last:\n%s", all[max(0, len(all)-500):])
		}
	})
	m := &machine{host: h}
	eventually(t, "systemd has started", func() bool {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(string(children), &m.systemd); err != nil {
			return false
		}
		state, _ := m.try("systemctl", "is-system-running")
		return strings.HasPrefix(state, "running") || strings.HasPrefix(state, "degraded")
	})
	return m
}

// try runs a command in the booted machine.
func (m *machine) try(args ...string) (string, error) {
	out, err := exec.Command("nsenter", append([]string{"-t", fmt.Sprint(m.systemd), "-a", "--"}, args...)...).CombinedOutput()
	return string(out), err
}

func (m *machine) run(args ...string) string {
	m.t.Helper()
	out, err := m.try(args...)
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// unit returns properties of a unit, joined by spaces.
func (m *machine) unit(name string, properties ...string) string {
	var all []string
	for _, p := range properties {
		out, _ := m.try("systemctl", "show", "--value", "-p", p, name) // it says what it finds
		all = append(all, strings.TrimSpace(out))
	}
	return strings.Join(all, " ")
}

func (m *machine) eventually(name, want string, properties ...string) {
	m.t.Helper()
	got := ""
	if !waitFor(20*time.Second, func() bool { got = m.unit(name, properties...); return got == want }) {
		journal, _ := m.try("journalctl", "--no-pager", "-n", "30", "-u", name)
		m.t.Fatalf("%s: %v is %q, want %q\n%s", name, properties, got, want, journal)
	}
}

// TestTheServiceUnderSystemd runs the installed units under a real systemd.
func TestTheServiceUnderSystemd(t *testing.T) {
	if !*realSystemd {
		t.Skip("it boots a container; run it with: go test . -run UnderSystemd -systemd")
	}
	need(t, "systemd-nspawn", "systemd-container")
	_, old := built(t, "1.0.0", "deb")
	_, fresh := built(t, "1.1.0", "deb")
	m := boot(t, newHost(t, "systemd", "systemd-sysv", "dbus"))
	const unit, sources = "logskiff.service", "/etc/logskiff/conf.d/app.toml"

	// Not configured: skipped, not failed.
	m.run("dpkg", "-i", m.bring(old["deb"]))
	m.eventually(unit, "inactive exec-condition enabled", "ActiveState", "Result", "UnitFileState")

	good := "[[source]]\nname = \"app\"\nreader.file = { paths = [\"/var/log/app/*.log\"], start_at = \"beginning\" }\n" +
		"[[sender]]\nname = \"files\"\nfile = { path = \"/var/lib/logskiff/received\" }\n"
	if err := os.MkdirAll(m.path("/var/log/app"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, m.path("/var/log/app/app.log"), "hello\n")
	write(t, m.path(sources), good)
	m.run("systemctl", "restart", unit)
	m.eventually(unit, "active 1 of 1 pipelines run", "ActiveState", "StatusText")
	eventually(t, "the line is received", func() bool {
		files, err := filepath.Glob(m.path("/var/lib/logskiff/received/*"))
		return err == nil && len(files) > 0
	})
	m.membersAsk()
	m.run("systemctl", "reload", unit)
	m.eventually(unit, "active", "ActiveState")

	// A bad configuration ends it for good; the exit code says why.
	write(t, m.path(sources), good+"nonsense = 1\n")
	if out, err := m.try("systemctl", "reload", unit); err == nil {
		t.Errorf("the reload of a bad file looks like a good one: %s", out)
	}
	m.eventually(unit, "active", "ActiveState")
	if said, _ := m.try("journalctl", "--no-pager", "-u", unit); !strings.Contains(said, "app.toml:7:1") || !strings.Contains(said, "unknown key \"nonsense\"") {
		t.Errorf("the journal does not say what is wrong:\n%s", said)
	}
	eventually(t, "the refused reload is shown", func() bool { return strings.Contains(m.unit(unit, "StatusText"), "refused") })
	if out, err := m.try("systemctl", "restart", unit); err == nil {
		t.Errorf("it started with a bad configuration: %s", out)
	}
	m.eventually(unit, "failed 3 0", "ActiveState", "ExecMainStatus", "NRestarts")

	// After a crash it is started again, and after a hang.
	write(t, m.path(sources), good)
	drop := m.path("/etc/systemd/system/logskiff.service.d")
	if err := os.MkdirAll(drop, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(drop, "test.conf"), "[Service]\nWatchdogSec=3s\nRestartSec=200ms\nCPUQuota=50%\n")
	m.run("systemctl", "daemon-reload")
	m.run("systemctl", "start", unit)
	m.run("systemctl", "kill", "-s", "KILL", unit)
	m.eventually(unit, "active 1", "ActiveState", "NRestarts")
	time.Sleep(4 * time.Second) // longer than the watchdog waits
	m.eventually(unit, "active 1", "ActiveState", "NRestarts")
	m.run("systemctl", "kill", "-s", "STOP", unit)
	m.eventually(unit, "active 2", "ActiveState", "NRestarts")

	before := m.unit(unit, "MainPID")
	m.run("dpkg", "-i", m.bring(fresh["deb"]))
	m.eventually(unit, "active", "ActiveState")
	if m.unit(unit, "MainPID") == before {
		t.Error("the upgrade left the old process running")
	}

	m.run("cp", "/etc/logskiff/forwarder.example.toml", "/etc/logskiff/forwarder-main.toml")
	m.run("systemctl", "start", "logskiff-forwarder@main")
	m.eventually("logskiff-forwarder@main", "active 1 of 1 pipelines run", "ActiveState", "StatusText")
	m.forwarderWithASocket(m.bring(fresh["deb"]))
	m.run("dpkg", "-r", "logskiff")
	m.eventually(unit, "inactive not-found", "ActiveState", "LoadState")
	m.eventually("logskiff-forwarder@main.socket", "inactive", "ActiveState")
	m.eventually("logskiff-forwarder@main.service", "inactive", "ActiveState")
}

// membersAsk has a user of the host ask the agent: as a member of the packages' group, and as nobody in particular.
func (m *machine) membersAsk() {
	m.t.Helper()
	const socket = "/run/logskiff/control.sock"
	eventually(m.t, "the socket of the group", func() bool {
		said, err := m.try("stat", "-c", "%a %U %G", socket)
		return err == nil && said == "660 logskiff logskiff-admin\n"
	})
	m.run("useradd", "alice")
	ask := []string{"setpriv", "--reuid", "alice", "--regid", "alice", "--init-groups", "logskiff", "status"}
	if out, err := m.try(ask...); err == nil || !strings.Contains(out, "logskiff-admin") {
		m.t.Errorf("somebody else: %v, %s", err, out)
	}
	m.run("usermod", "-a", "-G", "logskiff-admin", "alice")
	if out, err := m.try(ask...); err != nil || !strings.Contains(out, "app ") {
		m.t.Errorf("a member of the group: %v, %s", err, out)
	}
}
