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

func TestNotesSayWhichNamesOfATemplateAreFieldsToo(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	f := func(want, parser, fields string) {
		t.Helper()
		got := agent.Notes(h.config(source("a", h.path("a.log")) + parser + "\nfields = " + fields + "\n" + sender(r)))
		if (want == "") != (len(got) == 0) || len(got) > 1 || want != "" && !strings.Contains(got[0], want) {
			t.Errorf("%s, %s: got %q", parser, fields, got)
		}
	}
	f(`{stream} in a template is what the agent knows of a record, not the field of that name which parser.cri makes; write {fields.stream}`,
		`parser.cri = {}`, `[{ template = "{message} {x:-{stream}}", to = "t" }, { template = "{stream}", to = "u" }]`)
	f("", `parser.cri = {}`, `[{ template = "{fields.stream}", to = "t" }]`)
	f("", `parser.cri = {}`, `[{ drop = ["stream"] }, { template = "{stream}", to = "t" }]`)
	f("", `parser.json = {}`, `[{ template = "{stream}", to = "t" }]`)
}
