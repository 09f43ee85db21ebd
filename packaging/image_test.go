package main

import (
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// images are built by buildah, which needs no daemon, into a folder of the test.
type images struct {
	t   *testing.T
	dir string
}

func (b images) command(args ...string) *exec.Cmd {
	storage := []string{"--root", b.dir + "/images", "--runroot", b.dir + "/run", "--storage-driver", "vfs"}
	cmd := exec.Command("buildah", append(storage, args...)...)
	cmd.Dir = b.dir
	return cmd
}

func (b images) run(args ...string) string {
	b.t.Helper()
	out, err := b.command(args...).Output()
	if err != nil {
		var said []byte
		if exit, ok := err.(*exec.ExitError); ok {
			said = exit.Stderr
		}
		b.t.Fatalf("buildah %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return strings.TrimSpace(string(out))
}

type imageConfig struct {
	OCIv1 struct {
		Architecture string `json:"architecture"`
		Config       struct {
			User       string
			Entrypoint []string
			Cmd        []string
			Labels     map[string]string
		} `json:"config"`
	}
}

// TestTheImageRuns builds the image by the command of docs/packages.md, with buildah for
// docker, and runs it with a configuration, logs and state from outside.
func TestTheImageRuns(t *testing.T) {
	need(t, "buildah", "buildah")
	if os.Geteuid() != 0 {
		missing(t, "an image can be mounted and run by root only")
	}
	const version = "1.0.0"
	root := repository(t)
	b := images{t, t.TempDir()}
	if err := build(root, filepath.Join(b.dir, "dist"), version, []string{"amd64", "arm64"}, []string{"tar.gz"}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(filepath.Join(root, "packaging")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "packaging"), filepath.Join(b.dir, "packaging")); err != nil {
		t.Fatal(err)
	}
	line := commands(t, "../docs/packages.md", "docker build")[0]
	if !strings.Contains(line, "VERSION="+version+" ") {
		t.Fatalf("the document builds with %s", line)
	}
	commit, err := git("rev-parse", "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	gitDir, err := git("rev-parse", "--absolute-git-dir")
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"arm64", "amd64"} { // amd64 keeps the name
		docker := exec.Command("sh", "-ec", "docker() { shift; \"$@\"; }\n"+strings.Replace(line, "docker build", `docker build "$@"`, 1), "sh")
		docker.Args = append(docker.Args, b.command("build", "--isolation", "chroot", "--platform", "linux/"+arch).Args...)
		docker.Dir, docker.Env = b.dir, append(os.Environ(), "GIT_DIR="+gitDir)
		if out, err := docker.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		container := b.run("from", "logskiff:"+version)
		c := b.inspect(container)
		want := map[string]string{"version": version, "revision": commit, "licenses": "Apache-2.0"}
		for label, value := range want {
			if got := c.OCIv1.Config.Labels["org.opencontainers.image."+label]; got != value {
				t.Errorf("%s: the label %s is %q, want %q", arch, label, got, value)
			}
		}
		b.wantFiles(b.run("mount", container), arch)
		if arch == "amd64" {
			b.delivers(container, c)
		}
	}
}

func (b images) inspect(container string) (c imageConfig) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.run("inspect", container)), &c); err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b images) wantFiles(mounted, arch string) {
	t := b.t
	t.Helper()
	out, err := exec.Command("find", mounted, "-mindepth", "1", "-printf", "%P %U %m\n").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(got)
	want := []string{
		"etc 0 755", "etc/ssl 0 755", "etc/ssl/certs 0 755", "etc/ssl/certs/ca-certificates.crt 0 644",
		"usr 0 755", "usr/bin 0 755", "usr/bin/logskiff 0 755",
		"var 0 755", "var/lib 0 755", "var/lib/logskiff 65532 755",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: the image holds\n%s", arch, strings.Join(got, "\n"))
	}
	f, err := elf.Open(filepath.Join(mounted, "usr/bin/logskiff"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if machine := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[arch]; f.Machine != machine {
		t.Errorf("%s: the binary is for %v", arch, f.Machine)
	}
}

// delivers runs the image's own command as its own user.
func (b images) delivers(container string, c imageConfig) {
	t := b.t
	t.Helper()
	r := newReceiver(t)
	for _, dir := range []string{"etc", "log"} {
		if err := os.Mkdir(filepath.Join(b.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(b.dir, "etc/logskiff.toml"), "[agent]\nlisten = \"off\"\n"+fmt.Sprintf(configured, r.URL))
	inside := func(command ...string) *exec.Cmd {
		args := []string{"run", "--isolation", "chroot", "-v", b.dir + "/etc:/etc/logskiff:ro", "-v", b.dir + "/log:/var/log/app:ro", container, "--"}
		cmd := b.command(append(args, append(c.OCIv1.Config.Entrypoint, command...)...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		return cmd
	}
	if said, err := inside("check", "-c", "/etc/logskiff/logskiff.toml").CombinedOutput(); err != nil || !strings.Contains(string(said), "1 source(s), 1 sender(s)") {
		t.Fatalf("check: %v: %s", err, said)
	}
	w := &writer{t: t, path: filepath.Join(b.dir, "log/app.log")}
	for range 2 {
		var said output
		agent := inside(c.OCIv1.Config.Cmd...)
		agent.Stdout, agent.Stderr = &said, &said
		if err := agent.Start(); err != nil {
			t.Fatal(err)
		}
		w.some(200)
		arrived := waitFor(patience, func() bool { return r.count() == w.written })
		// buildah passes no signal on, and kills what it runs when it gets one.
		var pid int
		_, after, _ := strings.Cut(said.String(), " pid=")
		if _, err := fmt.Sscan(after, &pid); err != nil || syscall.Kill(pid, syscall.SIGTERM) != nil {
			agent.Process.Kill()
			t.Errorf("cannot stop the agent: %v", err)
		}
		if err := agent.Wait(); err != nil || !arrived || !strings.Contains(said.String(), "msg=stopped") {
			t.Fatalf("it ended with %v, %d of %d lines arrived; it said:\n%s", err, r.count(), w.written, said.String())
		}
	}
	r.wantOnce(t, w.written)
	state := filepath.Join(b.run("mount", container), "var/lib/logskiff/checkpoints.db")
	if out, err := exec.Command("stat", "-c", "%u", state).CombinedOutput(); err != nil || string(out) != "65532\n" {
		t.Errorf("the state is of user %s%v", out, err)
	}
}
