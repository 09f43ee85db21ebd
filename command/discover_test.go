package command

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/kinds"
)

// printed runs a command and returns its exit code and what it wrote.
func printed(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	files := [2]*os.File{os.Stdout, os.Stderr}
	defer func() { os.Stdout, os.Stderr = files[0], files[1] }()
	dir := t.TempDir()
	for i, f := range []**os.File{&os.Stdout, &os.Stderr} {
		file, err := os.Create(filepath.Join(dir, string(rune('0'+i))))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		*f = file
	}
	code = Execute(args)
	read := func(f *os.File) string {
		text, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return code, read(os.Stdout), read(os.Stderr)
}

func put(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestDiscoverPrintsTablesTOMLAndJSON(t *testing.T) {
	root := t.TempDir()
	put(t, root+"/etc/nginx/nginx.conf", "http { access_log /var/log/nginx/access.log; access_log syslog:server=x; }")
	put(t, root+"/var/log/nginx/access.log", `1.2.3.4 - - [21/Nov/2026:02:20:47 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"`+"\n")
	code, stdout, stderr := printed(t, "discover", "--root", root, "--watch", "0")
	if code != exitOK || !strings.Contains(stdout, "nginx combined") || !strings.Contains(stderr, "syslog:server=x") {
		t.Errorf("%d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = printed(t, "discover", "--root", root, "--watch", "0", "--toml")
	if _, err := conf.Parse("stdout", []byte(stdout), kinds.All()); code != exitOK || err != nil || stderr != "" {
		t.Errorf("%d, %v\n%s%s", code, err, stdout, stderr)
	}
	code, stdout, stderr = printed(t, "discover", "--root", root, "--watch", "0", "--json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var l struct {
		Path   string
		Parser struct {
			Kind  string
			Score float64
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &l); code != exitOK || err != nil || l.Path != "/var/log/nginx/access.log" || l.Parser.Kind != "nginx" || l.Parser.Score != 1 {
		t.Errorf("%d, %v, %+v\n%s%s", code, err, l, stdout, stderr)
	}
	var n struct{ Where, Note string }
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &n); err != nil || n.Where != "/etc/nginx/nginx.conf:1" || n.Note == "" {
		t.Errorf("%v, %+v", err, n)
	}
	for _, root := range []string{root + "/none", root + "/etc/nginx/nginx.conf"} {
		if code, _, stderr := printed(t, "discover", "--root", root); code != exitFailed || !strings.Contains(stderr, root) {
			t.Errorf("%s: %d\n%s", root, code, stderr)
		}
	}
	for _, args := range [][]string{{"x"}, {"--toml", "--json"}, {"--watch", "-1s"}, {"--nothing"}} {
		if code, _, _ := printed(t, append([]string{"discover"}, args...)...); code != exitUsage {
			t.Errorf("discover %s: exit code %d", args, code)
		}
	}
	if code, stdout, _ := printed(t, "discover", "--help"); code != exitOK || !strings.Contains(stdout, "-toml") {
		t.Errorf("%d, %s", code, stdout)
	}
}
