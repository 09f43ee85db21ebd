package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStoreCheckSaysWhatItFoundByItsExitCode(t *testing.T) {
	dir := t.TempDir()
	received := filepath.Join(dir, "received")
	config := put(t, filepath.Join(dir, "f.toml"), "[agent]\ndata_dir = \""+dir+"\"\n[[source]]\nname = \"in\"\nreader.http = {}\nsend_to = [\"out\"]\n[[sender]]\nname = \"out\"\nfile = { path = \""+received+"\" }\n")
	f := func(code int, said string, args ...string) {
		t.Helper()
		got, stdout, stderr := printed(t, append([]string{"store"}, args...)...)
		if got != code || !strings.Contains(stdout+stderr, said) {
			t.Fatalf("%v: exit code %d\n%s%s", args, got, stdout, stderr)
		}
	}
	line := `{"_offset":0,"_size":10,"_stream":"` + strings.Repeat("0a", 16) + `","message":"x"}` + "\n"
	file := put(t, filepath.Join(received, "received-20261121T022047Z-000001.ndjson"), line)
	f(exitUsage, "store check", "show")
	f(exitFailed, "not the folder of a sender.file", "check", received)
	put(t, filepath.Join(received, "index", "commits.log"), "")
	f(exitFailed, "it is missing", "check", "-c", config)
	f(exitOK, "1 record(s), 1 stream(s) remembered", "check", "-c", config, "--remake")
	f(exitOK, "1 record(s)", "check", received)
	if text, err := os.ReadFile(file); err != nil || string(text) != line {
		t.Fatal(string(text), err)
	}
}
