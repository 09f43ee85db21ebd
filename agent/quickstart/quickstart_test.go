package quickstart_test

import (
	"os"
	"path/filepath"
	"testing"

	"logskiff/agent"
	"logskiff/agent/quickstart"
	"logskiff/conf"
	"logskiff/readers/file"
)

const combinedLine = `127.0.0.1 - - [21/Nov/2026:02:20:47 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"` + "\n"

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindTakesTextLogsAndSeesNginx(t *testing.T) {
	root := t.TempDir()
	web := write(t, filepath.Join(root, "nginx", "access.log"), combinedLine)
	odd := write(t, filepath.Join(root, "shop", "shop_access.log"), combinedLine)
	fresh := write(t, filepath.Join(root, "nginx", "new-access.log"), "")
	app := write(t, filepath.Join(root, "app.log"), "hello\n")
	sys := write(t, filepath.Join(root, "syslog"), "hello\n")
	write(t, filepath.Join(root, "bin.log"), "a\x00b")
	write(t, filepath.Join(root, "access.log.1"), combinedLine)
	write(t, filepath.Join(root, "wtmp"), "x")
	write(t, filepath.Join(root, "ours", "x.log"), "x\n")
	if err := os.Symlink("/dev/zero", filepath.Join(root, "zero.log")); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, l := range quickstart.Find(root, filepath.Join(root, "ours")).Logs {
		got[l.Path] = l.Nginx
	}
	want := map[string]bool{web: true, odd: true, fresh: true, app: false, sys: false}
	if len(got) != len(want) {
		t.Fatalf("found %v, want %v", got, want)
	}
	for path, nginx := range want {
		if is, ok := got[path]; !ok || is != nginx {
			t.Errorf("%s: found %v, nginx %v", path, ok, is)
		}
	}
}

func TestTheConfigurationItWritesIsValid(t *testing.T) {
	found := quickstart.Found{Logs: []quickstart.Log{{Path: "/var/log/nginx/we\"ird\t${X} \\.log", Nginx: true}, {Path: "/var/log/a.log"}}}
	for _, f := range []quickstart.Found{found, {}} {
		text := quickstart.Config(f, "/var/log", "/tmp/data dir", "7711")
		cfg, err := conf.Parse("built-in", []byte(text), agent.Kinds())
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if len(f.Logs) > 0 {
			got := cfg.Sources[0].Reader.Settings.(*file.Config).Paths
			if len(got) != 1 || got[0] != f.Logs[0].Path {
				t.Fatalf("the path came out as %q", got)
			}
		}
	}
}
