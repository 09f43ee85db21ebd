package follow

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logskiff/preview/testparse"
)

func TestLastLines(t *testing.T) {
	check := func(text string, n int, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		at, err := lastLines(path, n)
		if err != nil || text[at:] != want {
			t.Errorf("last %d of %.20q: got %.20q, %v, want %.20q", n, text, text[at:], err, want)
		}
	}
	check("", 10, "")
	check("a\nb\nc\n", 2, "b\nc\n")
	check("a\nb\nc", 2, "b\nc")
	check("a\nb\nc\n", 3, "a\nb\nc\n")
	check("a\nb\nc\n", 10, "a\nb\nc\n")
	check("a\nb\nc\n", 0, "")
	check("\n\n\n", 1, "\n")
	long := strings.Repeat("x", 100_000)
	check(long+"\n"+long+"\n", 1, long+"\n")
	if at, err := lastLines(filepath.Join(t.TempDir(), "none"), 5); at != 0 || err != nil {
		t.Errorf("a file that is not there: %d, %v", at, err)
	}
}

func TestFollowShowsLinesThroughAParserAsTheyCome(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	line := `1.2.3.4 - - [21/Nov/2026:02:20:47 +0000] "GET /%s HTTP/1.1" 200 5 "-" "curl/8` + "\x1b" + `"` + "\n"
	if err := os.WriteFile(path, []byte(strings.Replace(line, "%s", "one", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	v := testparse.Viewer{Path: path, Out: w}
	go func() { done <- Run(ctx, Options{Path: path, Lines: 10}, v.Show) }()
	lines := bufio.NewScanner(r)
	expect := func(parts ...string) {
		t.Helper()
		if !lines.Scan() {
			t.Fatal("no line")
		}
		for _, p := range parts {
			if !strings.Contains(lines.Text(), p) {
				t.Fatalf("%q does not show %q", lines.Text(), p)
			}
		}
	}
	expect("2026-11-21T02:20:47Z", "remote_addr=1.2.3.4", "request_uri=/one", "status=200", `curl/8\x1b`)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	io.WriteString(f, strings.Replace(line, "%s", "two", 1)+"nonsense\n")
	expect("request_uri=/two")
	expect("nonsense", "not parsed")
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
