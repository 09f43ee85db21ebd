package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeConfig writes the tables into a new file and returns its path.
func writeConfig(t *testing.T, tables ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "logskiff.toml")
	rewriteConfig(t, path, tables...)
	return path
}

func rewriteConfig(t *testing.T, path string, tables ...string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(tables, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
}

func agentTable(dataDir, listen string) string {
	return fmt.Sprintf("[agent]\ndata_dir = %q\nlisten = %q\nhost = \"e2e\"\n", dataDir, listen)
}

// fileSource follows one pattern from the beginning. more holds further keys of
// the table.
func fileSource(name, pattern, more string, sendTo ...string) string {
	return fmt.Sprintf("[[source]]\nname = %q\nreader.file = { paths = [%q], start_at = \"beginning\" }\nsend_to = [%s]\n%s\n",
		name, pattern, quoted(sendTo), more)
}

// httpSender sends to addresses; settings are further ones of its inline table,
// each beginning with a comma.
func httpSender(name, settings string, addrs ...string) string {
	urls := make([]string, len(addrs))
	for i, a := range addrs {
		urls[i] = "http://" + a
	}
	return fmt.Sprintf("[[sender]]\nname = %q\nhttp = { endpoints = [%s]%s }\n", name, quoted(urls), settings)
}

func quoted(list []string) string {
	var q []string
	for _, s := range list {
		q = append(q, fmt.Sprintf("%q", s))
	}
	return strings.Join(q, ", ")
}
