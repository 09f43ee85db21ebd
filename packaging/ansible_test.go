package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheRoleIsGoodAnsible(t *testing.T) {
	need(t, "ansible-lint", "ansible-lint")
	need(t, "yamllint", "yamllint")
	lint := exec.Command("ansible-lint", "--offline", "--strict", "--nocolor", ".")
	lint.Dir = "ansible"
	// It writes a cache into the folder it takes for the project.
	lint.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "ANSIBLE_LOCAL_TEMP="+t.TempDir(), "HOME="+t.TempDir(), "XDG_CACHE_HOME="+t.TempDir())
	if out, err := lint.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := exec.Command("yamllint", "-d", "{extends: default, rules: {line-length: disable, comments: disable, document-start: disable}}",
		"ansible", "cloud-init.yaml", "kubernetes.yaml", "nfpm.yaml").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// control is a control node: ansible with this repository's role and a Debian root, in
// which it runs its modules where it would do so over ssh.
type control struct {
	*host
	dir string
}

// newControl takes the command that runs another one inside.
func newControl(h *host, inside string) control {
	t := h.t
	t.Helper()
	need(t, "ansible-playbook", "ansible-core")
	c := control{h, t.TempDir()}
	role, err := filepath.Abs("ansible")
	if err != nil {
		t.Fatal(err)
	}
	write(t, c.dir+"/play.yml", "---\n- name: Install\n  hosts: all\n  roles:\n    - role: "+role+"\n")
	write(t, c.dir+"/inventory", "server ansible_python_interpreter=/usr/bin/python3 ansible_ssh_transfer_method=piped ansible_ssh_executable="+c.dir+"/ssh\n")
	ssh := "#!/bin/sh\n# The last argument is the command.\nfor command; do :; done\n" +
		"exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 " + inside + " /bin/sh -c \"$command\"\n"
	if err := os.WriteFile(c.dir+"/ssh", []byte(ssh), 0o755); err != nil {
		t.Fatal(err)
	}
	return c
}

// play runs the role and returns what it counted, as "changed=1 failed=0".
func (c control) play(vars string) (counted, said string) {
	c.t.Helper()
	write(c.t, c.dir+"/vars.yml", vars)
	cmd := exec.Command("ansible-playbook", "-i", "inventory", "-e", "@vars.yml", "play.yml")
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+c.dir, "ANSIBLE_HOME="+c.dir, "ANSIBLE_LOCAL_TEMP="+c.dir+"/tmp", "ANSIBLE_NOCOLOR=1")
	out, _ := cmd.CombinedOutput() // what it counts says more than its exit code
	m := regexp.MustCompile(`(?m)^server .* (changed=\d+) .*(unreachable=0) .*(failed=\d+)`).FindSubmatch(out)
	if m == nil {
		c.t.Fatalf("ansible-playbook counted nothing:\n%s", out)
	}
	return fmt.Sprintf("%s %s", m[1], m[3]), string(out)
}

// TestTheRoleInstallsAndUpgrades runs the role as people do over the life of a server.
func TestTheRoleInstallsAndUpgrades(t *testing.T) {
	need(t, "ansible-playbook", "ansible-core")
	_, old := built(t, "1.0.0", "deb")
	_, fresh := built(t, "1.1.0", "deb")
	h := newHost(t, serverPackages...)
	h.mountProc()
	c := newControl(h, "chroot "+h.dir)
	r := newReceiver(t)
	vars := func(pkg, more string) string {
		config := "[agent]\nlisten = \"off\"\n" + fmt.Sprintf(configured, "${INGEST}") + more
		return fmt.Sprintf("logskiff_package: %s\nlogskiff_environment: |\n  INGEST=%s\nlogskiff_config: |\n  %s\n",
			pkg, r.URL, strings.ReplaceAll(config, "\n", "\n  "))
	}
	play := func(what, vars, want string) {
		t.Helper()
		if counted, said := c.play(vars); counted != want {
			t.Fatalf("%s: %s, want %s\n%s", what, counted, want, said)
		}
	}
	installed := func(version string) {
		t.Helper()
		if said := h.run("logskiff", "version"); !strings.HasPrefix(said, "logskiff "+version+" ") {
			t.Errorf("installed is %s", said)
		}
	}

	_, said := c.play(vars(old["deb"], ""))
	installed("1.0.0")
	if !strings.Contains(said, "failed=0") {
		t.Fatal(said)
	}
	if said := h.run("stat", "-c", "%U:%G %a", shippedConfig, "/etc/logskiff/environment"); said != "root:root 644\nroot:root 600\n" {
		t.Errorf("the files are %s", said)
	}
	h.want(true, "/etc/systemd/system/multi-user.target.wants/logskiff.service")
	play("the same again", vars(old["deb"], ""), "changed=0 failed=0")

	before := tree(t, h.path("/etc/logskiff"))
	counted, said := c.play(vars(old["deb"], "nonsense = 1\n"))
	if counted != "changed=0 failed=1" || !strings.Contains(said, "unknown key") {
		t.Errorf("a bad configuration: %s\n%s", counted, said)
	}
	if after := tree(t, h.path("/etc/logskiff")); after != before {
		t.Errorf("a bad configuration changed\n%sto\n%s", before, after)
	}

	play("an upgrade", vars(fresh["deb"], ""), "changed=2 failed=0")
	installed("1.1.0")
	play("the same again", vars(fresh["deb"], ""), "changed=0 failed=0")
	if after := tree(t, h.path("/etc/logskiff")); after != before {
		t.Errorf("an upgrade changed\n%sto\n%s", before, after)
	}
	play("the way back", vars(old["deb"], ""), "changed=1 failed=0")
	installed("1.0.0")
}
