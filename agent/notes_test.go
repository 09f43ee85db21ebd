package agent_test

import (
	"os"
	"strings"
	"testing"

	"logskiff/agent"
)

func TestNotesSayWhatAGoodConfigurationMayNotMean(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "one\n")
	h.append("b.log", "two\n")
	if err := os.Symlink(h.path("b.log"), h.path("link")); err != nil {
		t.Fatal(err)
	}
	f := func(want string, paths ...string) {
		t.Helper()
		body := sender(r)
		for i, p := range paths {
			body = source(string(rune('a'+i)), h.path(p)) + body
		}
		got := strings.Join(agent.Notes(h.config(body)), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) || strings.Count(got, "\n") > 0 {
			t.Errorf("%v: got %q", paths, got)
		}
	}
	f("", "a.log", "b.log")
	f("is a folder", "")
	f("is a folder", ".", "a.log")
	f("too: "+h.path("a.log"), "*.log", "a.log")
	f(h.path("b.log")+")", "link", "b.log")
}
