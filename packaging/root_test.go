package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// host is a Debian system in a folder.
type host struct {
	t   *testing.T
	dir string
}

// roots is a folder with a Debian root for each list of packages that a test asked
// for, as it was when they were installed: tests get copies.
var roots string

func TestMain(m *testing.M) {
	var err error
	if roots, err = os.MkdirTemp("", "logskiff-roots-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(roots)
	os.Exit(code)
}

// newHost makes a minimal Debian, and more packages in it.
func newHost(t *testing.T, more ...string) *host {
	t.Helper()
	need(t, "debootstrap", "debootstrap")
	if os.Geteuid() != 0 {
		missing(t, "a Debian root can be made by root only")
	}
	minimal := root(t, "minimal", func(dir string) *exec.Cmd {
		return exec.Command("debootstrap", "--variant=minbase", "--include=passwd", "bookworm", dir)
	})
	if len(more) == 0 {
		return copied(t, minimal)
	}
	return copied(t, root(t, strings.Join(more, ","), func(dir string) *exec.Cmd {
		if out, err := exec.Command("cp", "-a", minimal, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		h := host{t, dir}
		h.run("apt-get", "-qq", "update")
		return h.command(append([]string{"apt-get", "-qq", "-y", "--no-install-recommends", "install"}, more...)...)
	}))
}

// root returns the root of a name, which make fills the first time.
func root(t *testing.T, name string, make func(dir string) *exec.Cmd) string {
	t.Helper()
	dir := filepath.Join(roots, name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	begun, part := time.Now(), dir+".part"
	if err := os.RemoveAll(part); err != nil { // of a test that failed
		t.Fatal(err)
	}
	if out, err := make(part).CombinedOutput(); err != nil {
		t.Fatalf("cannot make the root with %s: %v\n%s", name, err, out[max(0, len(out)-2000):])
	}
	if err := os.Rename(part, dir); err != nil {
		t.Fatal(err)
	}
	t.Logf("the root with %s took %v", name, time.Since(begun).Round(time.Second))
	return dir
}

func copied(t *testing.T, from string) *host {
	t.Helper()
	h := &host{t, t.TempDir()}
	if out, err := exec.Command("cp", "-a", from+"/.", h.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return h
}

// mountProc gives the inside a /proc, which the agent asks about itself.
func (h *host) mountProc() {
	t := h.t
	t.Helper()
	if err := syscall.Mount("proc", h.path("/proc"), "proc", 0, ""); err != nil {
		t.Fatalf("cannot mount /proc: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(h.path("/proc"), syscall.MNT_DETACH); err != nil {
			t.Errorf("cannot unmount /proc: %v", err)
		}
	})
}

func (h *host) path(name string) string { return filepath.Join(h.dir, name) }

// command is one that runs inside, as root.
func (h *host) command(args ...string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	if !strings.Contains(args[0], "/") {
		for _, dir := range []string{"/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
			if _, err := os.Stat(h.path(filepath.Join(dir, args[0]))); err == nil {
				cmd.Path = filepath.Join(dir, args[0])
				cmd.Err = nil
				break
			}
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: h.dir, Setpgid: true}
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "HOME=/root"}
	return cmd
}

// run runs a command inside, which must end well, and returns what it said.
func (h *host) run(args ...string) string {
	h.t.Helper()
	out, err := h.command(args...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// dpkg installs a package, keeping changed configuration as people do who ask for
// no questions.
func (h *host) dpkg(deb string) string {
	h.t.Helper()
	return h.run("dpkg", "--force-confdef", "--force-confold", "-i", h.bring(deb))
}

// rpm runs rpm on this system from outside, since Debian's root has none.
func (h *host) rpm(args ...string) string {
	h.t.Helper()
	// The scripts need no package of this root that rpm could know of.
	out, err := exec.Command("rpm", append([]string{"--root", h.dir, "--nodeps"}, args...)...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("rpm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// bring copies a file inside and returns its path there.
func (h *host) bring(file string) string {
	h.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		h.t.Fatal(err)
	}
	inside := "/root/" + filepath.Base(file)
	if err := os.WriteFile(h.path(inside), text, 0o644); err != nil {
		h.t.Fatal(err)
	}
	return inside
}

func (h *host) exists(name string) bool {
	_, err := os.Lstat(h.path(name))
	return err == nil
}

func (h *host) want(there bool, names ...string) {
	h.t.Helper()
	for _, name := range names {
		if h.exists(name) != there {
			h.t.Errorf("%s: there: %v, want %v", name, !there, there)
		}
	}
}

// ids are the numbers of user logskiff inside, and of group adm.
func (h *host) ids() (uid, gid, adm uint32) {
	h.t.Helper()
	ask := func(args ...string) (n uint32) {
		h.t.Helper()
		if _, err := fmt.Sscan(h.run(args...), &n); err != nil {
			h.t.Fatal(err)
		}
		return n
	}
	group := strings.Split(h.run("getent", "group", "adm"), ":")
	if _, err := fmt.Sscan(group[2], &adm); err != nil {
		h.t.Fatal(err)
	}
	return ask("id", "-u", "logskiff"), ask("id", "-g", "logskiff"), adm
}

// service runs the installed binary as the unit would: there is no systemd here.
type service struct {
	h    *host
	cmd  *exec.Cmd
	said output
}

func (h *host) start(dir string, args ...string) *service {
	h.t.Helper()
	s := &service{h: h, cmd: h.command(append([]string{"/usr/bin/logskiff"}, args...)...)}
	uid, gid, adm := h.ids()
	s.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid, Groups: []uint32{gid, adm}}
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = dir, &s.said, &s.said
	if err := s.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			s.cmd.Process.Kill()
			s.cmd.Wait() //nolint:errcheck // it was killed
		}
		if h.t.Failed() {
			h.t.Logf("the agent said:\n%s", s.said.String())
		}
	})
	return s
}

// stop ends it as systemd does.
func (s *service) stop() {
	s.h.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.h.t.Fatal(err)
	}
	kill := time.AfterFunc(20*time.Second, func() { s.cmd.Process.Kill() })
	defer kill.Stop()
	if err := s.cmd.Wait(); err != nil {
		s.h.t.Fatalf("the agent ended with %v", err)
	}
}

type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// patience is how long a test waits for what must come.
const patience = time.Minute

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	if !waitFor(patience, ok) {
		t.Fatalf("never: %s", what)
	}
}

func waitFor(limit time.Duration, ok func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
