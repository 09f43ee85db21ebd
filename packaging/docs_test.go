package main

import (
	"os"
	"strings"
	"testing"
)

// indented returns the lines that a document shows indented, from the block that begins
// with a given line up to the next text. A document without the block fails the test.
func indented(t *testing.T, path, first string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n\n    "+first)
	if !found {
		t.Fatalf("%s has no block that begins with %q", path, first)
	}
	for l := range strings.SplitSeq("    "+first+rest, "\n") {
		code, ok := strings.CutPrefix(l, "    ")
		if !ok && l != "" {
			break
		}
		all = append(all, code)
	}
	return all
}

// commands returns the commands of such a block without their comments and without
// sudo: tests are root.
func commands(t *testing.T, path, first string) (all []string) {
	t.Helper()
	for _, l := range indented(t, path, first) {
		l, _, _ = strings.Cut(l, " #")
		if l = strings.ReplaceAll(strings.TrimSpace(l), "sudo ", ""); l != "" {
			all = append(all, l)
		}
	}
	return all
}

func TestCommandsAreFoundInDocuments(t *testing.T) {
	path := t.TempDir() + "/a.md"
	write(t, path, "# A\n\n    other\n\nText:\n\n    sudo one -x # why\n\n    two | sudo tee three\n\nMore:\n\n    four\n")
	if got := strings.Join(commands(t, path, "sudo one"), ";"); got != "one -x;two | tee three" {
		t.Errorf("got %s", got)
	}
}
