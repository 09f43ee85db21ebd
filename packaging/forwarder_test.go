package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// forwarder is a real one, beside the root.
type forwarder struct {
	t            *testing.T
	url, address string
	received     string
	text, config string // the shipped example for this folder and address, and where it is
	cmd          *exec.Cmd
	said         output
}

// newForwarder runs the shipped example.
func newForwarder(t *testing.T) *forwarder {
	t.Helper()
	dir, address := t.TempDir(), "127.0.0.1:"+freePort(t)
	example, err := os.ReadFile("etc/forwarder.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("127.0.0.1:7720", "off", "127.0.0.1:7711", address, "/var/lib/logskiff-forwarder-main", dir).Replace(string(example))
	cmd := exec.Command(binary(t), "run", "-c", dir+"/forwarder.toml")
	f := &forwarder{t: t, url: "http://" + address, address: address, received: dir + "/received", text: text, config: dir + "/forwarder.toml", cmd: cmd}
	write(t, f.config, f.text)
	cmd.Stdout, cmd.Stderr = &f.said, &f.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() //nolint:errcheck // it was killed
		if t.Failed() {
			t.Logf("the forwarder said:\n%s", f.said.String())
		}
	})
	return f
}

// set has the forwarder run on with a setting added to its reader.http.
func (f *forwarder) set(setting string) {
	f.t.Helper()
	listen := strconv.Quote(f.address)
	write(f.t, f.config, strings.Replace(f.text, listen, listen+", "+setting, 1))
	if err := f.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		f.t.Fatal(err)
	}
}

var written = regexp.MustCompile(`"message":"(line [0-9]{7}) `)

// wantOnce waits until each of n lines lies in the forwarder's files, once.
func (f *forwarder) wantOnce(n int) {
	f.t.Helper()
	seen := map[string]int{}
	if !waitFor(patience, func() bool {
		clear(seen)
		f.files(func(text []byte) {
			for _, m := range written.FindAllSubmatch(text, -1) {
				seen[string(m[1])]++
			}
		})
		return len(seen) >= n
	}) {
		f.t.Fatalf("the forwarder has %d lines of %d", len(seen), n)
	}
	for what, times := range seen {
		if times != 1 {
			f.t.Errorf("%s is there %d times", what, times)
		}
	}
	if len(seen) != n {
		f.t.Errorf("%d lines are there, %d were written", len(seen), n)
	}
}

// files calls each with what each of its files holds.
func (f *forwarder) files(each func(text []byte)) {
	f.t.Helper()
	files, err := filepath.Glob(f.received + "/*.ndjson")
	if err != nil {
		f.t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.t.Fatal(err)
		}
		each(text)
	}
}

// wasCalled says whether a call has come.
func (f *forwarder) wasCalled() (was bool) {
	f.t.Helper()
	f.files(func(text []byte) { was = was || bytes.Contains(text, []byte(call)) })
	return was
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
