package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// eachReceived calls yield with every line that a forwarder has written into dir.
func eachReceived(t *testing.T, dir string, yield func(line []byte)) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "received-*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			yield(lines.Bytes())
		}
		if err := lines.Err(); err != nil {
			t.Errorf("cannot read %s: %v", name, err)
		}
		f.Close()
	}
}

// countReceived counts the lines in dir, of which the last may be half a line.
func countReceived(t *testing.T, dir string) int {
	n := 0
	names, _ := filepath.Glob(filepath.Join(dir, "received-*.ndjson"))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(text, []byte("\n"))
	}
	return n
}

// received reads what a forwarder wrote: numbered lines in "message".
func received(t *testing.T, dir string) *ledger {
	t.Helper()
	l := newLedger()
	eachReceived(t, dir, func(line []byte) {
		var m message
		if err := json.Unmarshal(line, &m); err != nil || m.Offset == nil || m.Stream == "" {
			t.Errorf("the forwarder wrote what is no record (%v): %.200q", err, line)
			return
		}
		l.addText(identity{m.Stream, *m.Offset}, m.Message)
	})
	return l
}
