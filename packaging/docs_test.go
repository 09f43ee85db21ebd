package main

import (
	"os"
	"strings"
	"testing"
)

// commands returns the commands that a document shows indented, in the block that
// begins with a given line, without their comments and without sudo: tests are root.
// A document that no longer has the block fails the test.
func commands(t *testing.T, path, first string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), "\n\n    "+first)
	if !found {
		t.Fatalf("%s has no block that begins with %q", path, first)
	}
	block, _, _ = strings.Cut(first+block, "\n\n")
	for l := range strings.SplitSeq(block, "\n") {
		l, _, _ = strings.Cut(l, "  #")
		l = strings.ReplaceAll(strings.TrimSpace(l), "sudo ", "")
		all = append(all, l)
	}
	return all
}

func TestCommandsAreFoundInDocuments(t *testing.T) {
	path := t.TempDir() + "/a.md"
	write(t, path, "# A\n\n    other\n\nText:\n\n    sudo one -x      # why\n    two | sudo tee three\n\nMore.\n")
	if got := strings.Join(commands(t, path, "sudo one"), ";"); got != "one -x;two | tee three" {
		t.Errorf("got %s", got)
	}
}
