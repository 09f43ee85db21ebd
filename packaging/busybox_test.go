package main

import (
	"archive/tar"
	"debug/elf"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Debian's busybox has no adduser and addgroup. These take the options that busybox's take
// (https://busybox.net/downloads/BusyBox.html) and refuse what is there already, as those do.
const (
	addgroup = `#!/bin/sh
set -e
if [ "$1" = -S ]; then
    [ $# = 2 ] && ! grep -q "^$2:" /etc/group
    echo "$2:x:$(($(wc -l </etc/group) + 99)):" >>/etc/group
else
    [ $# = 2 ] && grep -q "^$1:" /etc/passwd && grep -q "^$2:" /etc/group
    sed -i "s/^$2:\(.*:\)$/$2:\1$1/" /etc/group
fi
`
	adduser = `#!/bin/sh
set -e
while getopts h:s:G:SDH option; do
    case $option in h) home=$OPTARG ;; s) shell=$OPTARG ;; G) group=$OPTARG ;; S | D | H) ;; *) exit 1 ;; esac
done
shift $((OPTIND - 1))
[ $# = 1 ] && grep -q "^$group:" /etc/group && ! grep -q "^$1:" /etc/passwd
echo "$1:x:100:101::$home:$shell" >>/etc/passwd
`
)

// apkLife unpacks the files into a root that has only busybox, and runs the scripts as
// apk calls them.
func apkLife(t *testing.T, data segment, scripts map[string][]byte) {
	need(t, "busybox", "busybox-static")
	if os.Geteuid() != 0 {
		missing(t, "only root can run scripts in a root of their own")
	}
	h := &host{t, t.TempDir()}
	install := func(path string, text []byte, mode fs.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(h.path(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(h.path(path), text, mode); err != nil {
			t.Fatal(err)
		}
	}
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	if f, err := elf.Open(path); err != nil || slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		missing(t, "busybox is not linked statically (apt-get install busybox-static)")
	}
	busybox, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	install("/bin/busybox", busybox, 0o755)
	h.run("/bin/busybox", "--install", "-s", "/bin")
	install("/bin/adduser", []byte(adduser), 0o755)
	install("/bin/addgroup", []byte(addgroup), 0o755)
	install("/sbin/apk", []byte("#!/bin/sh\n"), 0o755)
	install("/etc/passwd", []byte("root:x:0:0:root:/root:/bin/sh\n"), 0o644)
	install("/etc/group", []byte("root:x:0:\nadm:x:4:\n"), 0o644)
	install("/dev/null", nil, 0o666)
	for _, f := range data.files {
		if f.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(h.path(f.Name), f.FileInfo().Mode().Perm()); err != nil {
				t.Fatal(err)
			}
			continue
		}
		install(f.Name, f.text, f.FileInfo().Mode().Perm())
	}
	run := func(script string, args ...string) string {
		t.Helper()
		install("/tmp/"+script, scripts[script], 0o755)
		return h.run(append([]string{"/tmp/" + script}, args...)...)
	}
	if said := run(".post-install", "1.2.3"); !strings.Contains(said, "logskiff: next, ") {
		t.Errorf("installing says %q", said)
	}
	installed := func() {
		t.Helper()
		if said := h.run("id", "logskiff"); said != "uid=100(logskiff) gid=101(logskiff) groups=101(logskiff),4(adm),102(logskiff-admin)\n" {
			t.Errorf("the user is %s", said)
		}
		if said := h.run("stat", "-c", "%u:%g %a", "/var/lib/logskiff"); said != "100:101 750\n" {
			t.Errorf("the state is of %s", said)
		}
		if said := h.run("/usr/bin/logskiff", "check", "-c", shippedConfig); !strings.Contains(said, "0 source(s)") {
			t.Errorf("check says %s", said)
		}
	}
	installed()
	h.want(false, enabled) // its system has no systemd
	write(t, h.path("/var/lib/logskiff/kept"), "")
	if said := run(".post-upgrade", "1.3.0", "1.2.3"); said != "" {
		t.Errorf("upgrading says %q", said)
	}
	installed()
	run(".pre-deinstall", "1.3.0")
	run(".post-deinstall", "1.3.0")
	h.want(true, "/var/lib/logskiff/kept")
}
