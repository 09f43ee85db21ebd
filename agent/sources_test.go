package agent_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"logskiff/agent"
	"logskiff/conf"
	"logskiff/kinds"
)

// What the page and the command line ask about sources is answered from the agent's own file, and within agent.browse.
func TestAnAgentKnowsWhereItsSourcesAreWritten(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "1\n")
	h.file = h.path("logskiff.toml")
	h.append("logskiff.toml", fmt.Sprintf("[agent]\ndata_dir = %q\nlisten = \"off\"\nbrowse = [%q]\n%s%s", h.path("data"), h.path("*.log"), source("a", h.path("a.log")), sender(r)))
	h.load = func() (*conf.Config, error) { return conf.Load(h.file, kinds.All()) }
	cfg, err := h.load()
	if err != nil {
		t.Fatal(err)
	}
	h.start(cfg)
	h.snapshot()
	var at struct {
		File string
		Line int
		Text string
	}
	if err := agent.Ask(t.Context(), h.path("data"), "api/v1/sources/a", &at); err != nil || at.File != h.file || at.Line != 5 || !strings.Contains(at.Text, "[[sender]]") {
		t.Errorf("%+v, %v", at, err)
	}
	if err := agent.Ask(t.Context(), h.path("data"), "api/v1/sources/none", &at); err == nil || !strings.Contains(err.Error(), "no such source") {
		t.Errorf("an unknown one: %v", err)
	}
	if text, err := os.ReadFile(h.file); err != nil || !strings.Contains(string(text), "browse") {
		t.Errorf("%s, %v", text, err)
	}
}

// Who has no source yet gets an empty list, not null: a page that counts them breaks on that.
func TestASnapshotWithoutSourcesHasAnEmptyList(t *testing.T) {
	h := newHost(t)
	h.append("logskiff.toml", fmt.Sprintf("[agent]\ndata_dir = %q\nlisten = \"off\"\ninclude = [\"conf.d/*.toml\"]\n", h.path("data")))
	cfg, err := conf.Load(h.path("logskiff.toml"), kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	h.start(cfg)
	if s := h.snapshot(); s.Sources == nil || s.Senders == nil {
		t.Errorf("sources %v, senders %v", s.Sources, s.Senders)
	}
}
