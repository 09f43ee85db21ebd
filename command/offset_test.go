package command

import (
	"strings"
	"testing"

	"logskiff/agent/checkpoint"
)

func TestOffsetsOfAnAgentThatDoesNotAnswerCannotBeShown(t *testing.T) {
	dir := t.TempDir()
	store, err := checkpoint.Open(dir, checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if code, _, said := printed(t, "offset", "show", "--data-dir", dir); code != exitUnreachable || !strings.Contains(said, "does not answer") {
		t.Errorf("while it runs: exit code %d, %s", code, said)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, said := printed(t, "offset", "show", "--data-dir", dir); code != exitOK || !strings.Contains(said, "does not run now") {
		t.Errorf("after it: exit code %d, %s", code, said)
	}
}
