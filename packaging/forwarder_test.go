package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// forwarder is a real one, beside the root.
type forwarder struct {
	t        *testing.T
	url      string
	received string
}

// newForwarder runs the shipped example; settings are added to its reader.http.
func newForwarder(t *testing.T, settings ...string) *forwarder {
	t.Helper()
	dir, address := t.TempDir(), "127.0.0.1:"+freePort(t)
	example, err := os.ReadFile("etc/forwarder.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("127.0.0.1:7720", "off", `"127.0.0.1:7711"`, strings.Join(append([]string{`"` + address + `"`}, settings...), ", "), "/var/lib/logskiff-forwarder-main", dir).Replace(string(example))
	write(t, dir+"/forwarder.toml", text)
	cmd := exec.Command(binary(t), "run", "-c", dir+"/forwarder.toml")
	var said output
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() //nolint:errcheck // it was killed
		if t.Failed() {
			t.Logf("the forwarder said:\n%s", said.String())
		}
	})
	return &forwarder{t: t, url: "http://" + address, received: dir + "/received"}
}

var written = regexp.MustCompile(`"message":"(line [0-9]{7}) `)

// wantOnce waits until each of n lines lies in the forwarder's files, once.
func (f *forwarder) wantOnce(n int) {
	f.t.Helper()
	seen := map[string]int{}
	eventually(f.t, fmt.Sprintf("the forwarder has %d lines", n), func() bool {
		clear(seen)
		files, err := filepath.Glob(f.received + "/*.ndjson")
		if err != nil {
			f.t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.t.Fatal(err)
			}
			for _, m := range written.FindAllSubmatch(text, -1) {
				seen[string(m[1])]++
			}
		}
		return len(seen) >= n
	})
	for what, times := range seen {
		if times != 1 {
			f.t.Errorf("%s is there %d times", what, times)
		}
	}
	if len(seen) != n {
		f.t.Errorf("%d lines are there, %d were written", len(seen), n)
	}
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
