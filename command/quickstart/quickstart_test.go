package quickstart_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logskiff/command/quickstart"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/discover"
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

func TestFindTakesTextLogsAndSaysWhatReadsThem(t *testing.T) {
	root := t.TempDir()
	combined, raw := `nginx = { format = "combined" }`, "raw = {}"
	want := map[string]string{
		write(t, filepath.Join(root, "nginx", "access.log"), combinedLine):                     combined,
		write(t, filepath.Join(root, "shop", "shop_access.log"), combinedLine):                 combined,
		write(t, filepath.Join(root, "nginx", "new-access.log"), ""):                           combined,
		write(t, filepath.Join(root, "app.log"), "hello\n"):                                    raw,
		write(t, filepath.Join(root, "syslog"), "hello\n"):                                     raw,
		write(t, filepath.Join(root, "other_vhosts_access.log"), "a.example:80 "+combinedLine): `apache = { format = "vhost_combined" }`,
		write(t, filepath.Join(root, "mixed.log"), combinedLine+combinedLine+"hello\n"):        raw,
		write(t, filepath.Join(root, "json.log"), `{"a":1,"b":2}`+"\n"):                        "json = {}",
	}
	write(t, filepath.Join(root, "bin.log"), "a\x00b")
	write(t, filepath.Join(root, "access.log.1"), combinedLine)
	write(t, filepath.Join(root, "wtmp"), "x")
	write(t, filepath.Join(root, "ours", "x.log"), "x\n")
	if err := os.Symlink("/dev/zero", filepath.Join(root, "zero.log")); err != nil {
		t.Fatal(err)
	}
	found := quickstart.Find(root, filepath.Join(root, "ours")).Logs
	for _, l := range found {
		if text, ok := want[l.Path]; !ok || l.Parser.Text() != text {
			t.Errorf("%s: got %s, want %s", l.Path, l.Parser.Text(), text)
		}
	}
	if len(found) != len(want) {
		t.Errorf("found %d logs: %v", len(found), found)
	}
}

func TestTheConfigurationItWritesIsValid(t *testing.T) {
	combined, slow := discover.Format{Kind: "nginx", Settings: `{ format = "combined" }`}, discover.Format{Kind: "mysql_slow", Settings: "{}"}
	found := quickstart.Found{Logs: []quickstart.Log{
		{Path: "/var/log/nginx/we\"ird\t${X} \\.log", Parser: combined}, {Path: "/var/log/a.log", Parser: discover.Format{Kind: "raw", Settings: "{}"}},
		{Path: "/var/log/slow.log", Parser: slow}, {Path: "/var/log/b.log", Parser: combined},
		{Path: "/var/log/c.log", Parser: discover.Format{Kind: "nginx", Settings: `{ format = "$remote_addr $status" }`}},
	}}
	for _, f := range []quickstart.Found{found, {}} {
		text := quickstart.Config(f, "/var/log", "/tmp/data dir", "7711")
		cfg, err := conf.Parse("built-in", []byte(text), kinds.All())
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if len(f.Logs) == 0 {
			continue
		}
		var names []string
		for _, s := range cfg.Sources {
			names = append(names, s.Name)
		}
		if want := "nginx mysql-slow nginx-2 logs forwarder"; strings.Join(names, " ") != want {
			t.Errorf("the sources are %q, want %s", names, want)
		}
		got := cfg.Sources[0].Reader.Settings.(*file.Config).Paths
		if len(got) != 2 || got[0] != f.Logs[0].Path || got[1] != "/var/log/b.log" {
			t.Errorf("the paths came out as %q", got)
		}
		if c := cfg.Sources[1].Reader.Settings.(*file.Config); c.Multiline.Preset != "mysql_slow" {
			t.Errorf("the slow log is read as %+v", c.Multiline)
		}
	}
}
