package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTheRoleUnderSystemd wants the role's handlers to reach a running service: a changed
// configuration reloads it, changed secrets and another package restart it.
func TestTheRoleUnderSystemd(t *testing.T) {
	if !*realSystemd {
		t.Skip("it boots a container; run it with: go test . -run UnderSystemd -systemd")
	}
	need(t, "systemd-nspawn", "systemd-container")
	need(t, "ansible-playbook", "ansible-core")
	_, old := built(t, "1.0.0", "deb")
	_, fresh := built(t, "1.1.0", "deb")
	withInit := slices.DeleteFunc(slices.Concat(serverPackages, []string{"systemd-sysv", "dbus"}), func(name string) bool { return name == "cloud-init" })
	m := boot(t, newHost(t, withInit...))
	c := newControl(m.host, fmt.Sprintf("nsenter -t %d -a --", m.systemd))
	const unit = "logskiff.service"
	if err := os.MkdirAll(m.path("/var/log/app"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := newReceiver(t)
	play := func(pkg, secret, tag, want string) (pid string) {
		t.Helper()
		config := "[agent]\nlisten = \"off\"\n" + strings.Replace(fmt.Sprintf(configured, "${INGEST}"), "\n\n", "\ntags = { env = \""+tag+"\" }\n\n", 1)
		counted, said := c.play(fmt.Sprintf("logskiff_package: %s\nlogskiff_environment: |\n  INGEST=%s\nlogskiff_config: |\n  %s\n",
			pkg, secret, strings.ReplaceAll(config, "\n", "\n  ")))
		if want != "" && counted != want || !strings.Contains(counted, "failed=0") {
			t.Fatalf("%s, want %s\n%s", counted, want, said)
		}
		m.eventually(unit, "active enabled", "ActiveState", "UnitFileState")
		return m.unit(unit, "MainPID")
	}
	first := play(old["deb"], r.URL, "test", "")
	w := &writer{t: t, path: m.path("/var/log/app/app.log")}
	w.some(10)
	r.wantOnce(t, 10)
	if again := play(old["deb"], r.URL, "test", "changed=0 failed=0"); again != first {
		t.Error("nothing was changed, and it was restarted")
	}
	if reloaded := play(old["deb"], r.URL, "prod", "changed=2 failed=0"); reloaded != first {
		t.Error("a changed configuration restarted it")
	}
	if journal := m.run("journalctl", "--no-pager", "-u", unit); !strings.Contains(journal, "msg=reloaded") {
		t.Errorf("a changed configuration was not loaded:\n%s", journal)
	}
	second := play(old["deb"], r.URL+"/", "prod", "changed=2 failed=0")
	if second == first {
		t.Error("changed secrets did not restart it")
	}
	if third := play(fresh["deb"], r.URL+"/", "prod", "changed=2 failed=0"); third == second {
		t.Error("an upgrade did not restart it")
	}
	w.some(10)
	r.wantOnce(t, 20)
}
