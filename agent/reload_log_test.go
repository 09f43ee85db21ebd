package agent

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/kinds"
)

func TestEachMistakeOfARefusedReloadIsOneLogEntryThatSaysWhere(t *testing.T) {
	_, err := conf.Parse("x.toml", []byte("[[source]]\nnmae = \"a\"\nreader.fil = {}\n"), kinds.All())
	var found conf.Errors
	if !errors.As(err, &found) || len(found) < 2 {
		t.Fatalf("want several mistakes, got %v", err)
	}
	var out bytes.Buffer
	a := &Agent{Options: Options{Log: slog.New(slog.NewTextHandler(&out, nil))}}
	a.logReload(err)
	entries := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(entries) != len(found) {
		t.Fatalf("%d entries for %d mistakes:\n%s", len(entries), len(found), out.String())
	}
	for _, part := range []string{"the old configuration goes on", "where=x.toml:2:1", "where=x.toml:3:8", "nmae", "did you mean"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is missing in\n%s", part, out.String())
		}
	}
}
