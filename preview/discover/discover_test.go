package discover

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/readers/file"
)

const text = "some words that mean nothing\n"

func TestAnEmptyHostHasNoLogs(t *testing.T) {
	found := find(t, Options{Root: t.TempDir()})
	if len(found.Logs)+len(found.Notes) != 0 {
		t.Errorf("found %+v", found)
	}
}

func TestLogsUnderVarLogAreFoundByNameAndContent(t *testing.T) {
	root := tree(t, map[string]string{
		"/var/log/syslog":                 text,
		"/var/log/app/app.log":            text,
		"/var/log/app/app.log.1":          text,
		"/var/log/app/app.log.2.gz":       "\x1f\x8b\x00\x00",
		"/var/log/app/app.log-20261120":   text,
		"/var/log/app/app-2026-11-21.log": text,
		"/var/log/app/README":             text,
		"/var/log/binary.log":             "\x00\x01\x02\x00",
		"/var/log/zeros.log":              strings.Repeat(text, 10) + "\x00\x00\x00" + text,
		"/var/log/wtmp":                   "",
		"/var/log/journal/x/a.log":        text,
		"/var/log/dir.log/":               "",
		"/var/log/a/b/c/d/e/deep.log":     text,
		"/var/log/gone.log":               "-> /nowhere",
		"/var/log/ours/x.log":             text,
	})
	if err := syscall.Mkfifo(filepath.Join(root, "/var/log/pipe.log"), 0o644); err != nil {
		t.Fatal(err)
	}
	found := find(t, Options{Root: root, Skip: "/var/log/ours"})
	wantPaths(t, found, "/var/log/app/app-2026-11-21.log", "/var/log/app/app.log", "/var/log/syslog", "/var/log/zeros.log")
	if !strings.Contains(found.notes(), "/var/log/pipe.log, which is not a regular file") {
		t.Errorf("nothing says what pipe.log is: %s", found.notes())
	}
}

func TestOneFileWithSeveralNamesIsOneLog(t *testing.T) {
	root := tree(t, map[string]string{
		"/var/log/containers/web_1.log":             "-> /var/log/pods/web/0.log",
		"/var/log/containers/web_2.log":             "-> /var/log/pods/db/0.log",
		"/var/log/pods/web/0.log":                   "-> /var/lib/docker/containers/ab/ab-json.log",
		"/var/log/pods/db/0.log":                    "{\"a\":1}\n",
		"/var/lib/docker/containers/ab/ab-json.log": "{\"a\":2}\n",
		"/var/lib/docker/containers/cd/cd-json.log": "{\"a\":2}\n",
	})
	found := find(t, Options{Root: root})
	wantPaths(t, found, "/var/lib/docker/containers/cd/cd-json.log", "/var/log/containers/*.log")
	if l := found.the(t, "/var/log/containers/*.log"); l.Parser.Parsed != 2 || l.Size != 16 || len(l.Files) != 2 {
		t.Errorf("got %+v", l)
	}
}

func TestThePodsOfANodeAreReadWhereTheirLogsLie(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	line := "2026-11-21T02:20:47.123456789Z stdout F x\n"
	root := tree(t, map[string]string{
		"/var/log/containers/web-1_shop_nginx-" + id + ".log":          "-> /var/log/pods/shop_web-1_0a1b/nginx/0.log",
		"/var/log/containers/db-1_shop_db-" + id + ".log":              "-> /var/log/pods/shop_db-1_0a1c/db/3.log",
		"/var/log/pods/shop_web-1_0a1b/nginx/0.log":                    line,
		"/var/log/pods/shop_web-1_0a1b/nginx/0.log.20261128-010000":    line,
		"/var/log/pods/shop_web-1_0a1b/nginx/0.log.20261127-010000.gz": line,
		"/var/log/pods/shop_db-1_0a1c/db/3.log":                        line,
	})
	found := find(t, Options{Root: root})
	wantPaths(t, found, "/var/log/pods/*/*/*.log")
	if l := found.the(t, "/var/log/pods/*/*/*.log"); len(l.Files) != 2 || l.Parser.Parsed != 2 {
		t.Errorf("got %+v", l)
	}
}

func TestAlikeSiblingsAreToldAsAGlob(t *testing.T) {
	files := map[string]string{
		"/var/log/nginx/access.log":        combinedLine,
		"/var/log/nginx/shop_access.log":   combinedLine,
		"/var/log/nginx/blog_access.log":   combinedLine,
		"/var/log/nginx/blog_access.log.1": combinedLine,
		"/var/log/nginx/error.log":         text,
	}
	found := find(t, Options{Root: tree(t, files)})
	wantPaths(t, found, "/var/log/nginx/*access.log", "/var/log/nginx/error.log")
	files["/var/log/nginx/odd_access.log"] = text
	found = find(t, Options{Root: tree(t, files)})
	if len(found.Logs) != 5 {
		t.Errorf("a glob covers a file that is not alike: %s", found.paths())
	}
}

func TestWhatGrowsIsALogWhateverItsName(t *testing.T) {
	root := tree(t, map[string]string{"/var/log/app/current": text, "/var/log/app/app.log": text, "/var/log/app/still": text})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			for _, name := range []string{"current", "app.log"} {
				f, err := os.OpenFile(filepath.Join(root, "/var/log/app", name), os.O_APPEND|os.O_WRONLY, 0)
				if err == nil {
					io.WriteString(f, text)
					f.Close()
				}
			}
			time.Sleep(time.Millisecond)
		}
	}()
	found := find(t, Options{Root: root, Watch: 100 * time.Millisecond})
	stop()
	<-done
	wantPaths(t, found, "/var/log/app/app.log", "/var/log/app/current")
	for _, l := range found.Logs {
		if l.Growth <= 0 {
			t.Errorf("%s does not grow", l.Path)
		}
	}
	if l := found.the(t, "/var/log/app/current"); l.Found[0] != "it grows" {
		t.Errorf("found by %q", l.Found)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(stopped, Options{Root: root, Watch: time.Hour}); err == nil {
		t.Error("a search that is stopped must say so")
	}
}

func TestFilesThatProcessesWriteToAreFound(t *testing.T) {
	root := tree(t, map[string]string{
		"/srv/shop/logs/out.txt": text,
		"/srv/shop/read.log":     text,
		"/srv/shop/data.db":      text,
		"/proc/7/comm":           "shopd\n",
		"/proc/7/fd/3":           "-> /srv/shop/logs/out.txt",
		"/proc/7/fdinfo/3":       "pos:\t0\nflags:\t0102001\n",
		"/proc/7/fd/4":           "-> /srv/shop/read.log",
		"/proc/7/fdinfo/4":       "pos:\t0\nflags:\t0100000\n",
		"/proc/7/fd/5":           "-> /srv/shop/data.db",
		"/proc/7/fdinfo/5":       "flags:\t0100002\n",
		"/proc/7/fd/6":           "-> /srv/shop/old.log (deleted)",
		"/proc/7/fdinfo/6":       "flags:\t0102001\n",
		"/proc/7/fd/7":           "-> socket:[1]",
		"/proc/7/fdinfo/7":       "flags:\t02\n",
		"/proc/self/fd/3":        "-> /srv/shop/read.log",
	})
	found := find(t, Options{Root: root})
	wantPaths(t, found, "/srv/shop/logs/out.txt")
	if why := found.Logs[0].Found[0]; why != "written by shopd" {
		t.Errorf("found by %q", why)
	}
	if !strings.Contains(found.notes(), "shopd still writes to /srv/shop/old.log, which was deleted") {
		t.Errorf("nothing says that a log was deleted: %s", found.notes())
	}
}

// The real /proc of this machine: this process writes a log.
func TestTheRealProcIsUnderstood(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.log")
	w, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := os.Stat("/proc/self/fdinfo"); err != nil {
		t.Skip("there is no /proc here")
	}
	f := newFinder(Options{})
	writes := func(file *os.File) bool { return f.writes(strconv.Itoa(os.Getpid()), strconv.Itoa(int(file.Fd()))) }
	if !writes(w) || writes(r) {
		t.Error("a descriptor for writing was not told from one for reading")
	}
}

// asNobody runs fn with the rights of a user who owns nothing, if this is root.
func asNobody(t *testing.T, fn func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		fn()
		return
	}
	done := make(chan struct{})
	go func() { // the thread that loses its rights ends with this goroutine
		defer close(done)
		runtime.LockOSThread()
		if _, _, no := unix.RawSyscall(unix.SYS_SETFSUID, 65534, 0, 0); no != 0 {
			return
		}
		fn()
	}()
	<-done
}

func TestWhatMayNotBeReadIsAFindingWithAdvice(t *testing.T) {
	root := tree(t, map[string]string{
		"/etc/group":                "root:x:0:\nadm:x:4:syslog\n",
		"/etc/nginx/nginx.conf":     "http { access_log /var/log/nginx/access.log; include conf.d/*; access_log /var/log/locked/x.log; }",
		"/etc/nginx/conf.d/a.conf":  "x y;",
		"/var/log/nginx/access.log": combinedLine,
		"/var/log/plain.log":        text,
		"/var/log/own it.log":       text,
		"/var/log/locked/x.log":     text,
	})
	at := func(name string) string { return filepath.Join(root, name) }
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	os.Chmod(at("/etc/nginx/conf.d/a.conf"), 0)
	os.Chmod(at("/var/log/own it.log"), 0o600)
	os.Chmod(at("/var/log/locked"), 0o700)
	os.Chmod(at("/var/log/nginx/access.log"), 0o640)
	if err := os.Chown(at("/var/log/nginx/access.log"), 0, 4); err != nil {
		t.Skip("only root can make files of another group")
	}
	t.Cleanup(func() { os.Chmod(at("/var/log/locked"), 0o755) })
	var found Found
	asNobody(t, func() { found, _ = Find(context.Background(), Options{Root: root}) })
	f := func(path, advice string) {
		t.Helper()
		l := found.the(t, path)
		if l.Readable || l.Problem != "permission denied" || l.Advice != advice {
			t.Errorf("%s: readable %v, %q, %q, want %q", path, l.Readable, l.Problem, l.Advice, advice)
		}
	}
	f("/var/log/nginx/access.log", "sudo usermod -aG adm logskiff")
	f("/var/log/own it.log", "sudo setfacl -m u:logskiff:r '/var/log/own it.log'; sudo setfacl -m u:logskiff:rx,d:u:logskiff:r /var/log")
	f("/var/log/locked/x.log", "sudo setfacl -R -m u:logskiff:rX,d:u:logskiff:rX /var/log/locked")
	if l := found.the(t, "/var/log/nginx/access.log"); l.Parser.Kind != "nginx" || l.Size == 0 {
		t.Errorf("what its writer says was not used: %+v", l)
	}
	if l := found.the(t, "/var/log/plain.log"); !l.Readable || l.Advice != "" {
		t.Errorf("a log that can be read: %+v", l)
	}
	for _, want := range []string{"/etc/nginx/conf.d/a.conf: may not be read", "/var/log/locked: may not be looked into"} {
		if !strings.Contains(found.notes(), want) {
			t.Errorf("no note says %q in\n%s", want, found.notes())
		}
	}
}

func TestTheTOMLIsAConfigurationThatFollowsWhatWasFound(t *testing.T) {
	root := tree(t, map[string]string{
		"/etc/nginx/nginx.conf":          "http {\nlog_format own '$remote_addr \"$request\" ${status}';\naccess_log /var/log/nginx/own.log own;\naccess_log /var/log/nginx/access.log; access_log /var/log/$x.log; }",
		"/etc/logrotate.d/nginx":         "/var/log/nginx/*.log {\n  copytruncate\n  compress\n}\n",
		"/var/log/nginx/own.log":         "1.2.3.4 \"GET / HTTP/1.1\" 200\n",
		"/var/log/nginx/access.log":      strings.Repeat(combinedLine, 300) + "cut",
		"/var/log/odd ${X} [1]\"*\\.log": text,
		"/var/log/bad\xff.log":           text,
		"/var/log/new\nline.log":         text,
		"/var/log/UPPER.log":             text,
		"/var/log/upper.log":             text,
		"/var/log/empty.log":             "",
	})
	found := find(t, Options{Root: root})
	got := TOML(found)
	golden(t, "found.toml", got)
	cfg, err := conf.Parse("found.toml", []byte(got), kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, s := range cfg.Sources {
		if _, err := kinds.BuildStages(s); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, s.Reader.Settings.(*file.Config).Paths...)
	}
	if len(paths) != len(found.Logs)-1 {
		t.Errorf("%d paths of %d logs", len(paths), len(found.Logs))
	}
	for _, p := range paths {
		if strings.Contains(p, "odd") && p != `/var/log/odd $\{X\} \[1]"\*\\.log` {
			t.Errorf("the odd path came out as %q", p)
		}
	}
	empty, err := conf.Parse("x", []byte(TOML(Found{})), kinds.All())
	if err == nil || empty != nil {
		t.Error("nothing found is no configuration")
	}
}
