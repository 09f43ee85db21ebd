package agent_test

import (
	"os"
	"strings"
	"testing"

	"logskiff/agent"
	"logskiff/conf"
	"logskiff/kinds"
)

func TestTheConfigurationsOfTheReadmeAreGood(t *testing.T) {
	t.Setenv("INGEST_TOKEN", "a token")
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	inside := false
	for line := range strings.Lines(string(readme)) {
		text, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented && strings.HasPrefix(text, "[agent]"):
			blocks, inside = append(blocks, text), true
		case inside && (indented || line == "\n"):
			blocks[len(blocks)-1] += strings.TrimPrefix(line, "    ")
		default:
			inside = false
		}
	}
	if len(blocks) != 2 {
		t.Fatalf("found %d configurations, want the agent's and the forwarder's", len(blocks))
	}
	for _, text := range blocks {
		cfg, err := conf.Parse("README.md", []byte(text), kinds.All())
		if err != nil {
			t.Errorf("%v\nin\n%s", err, text)
			continue
		}
		if err := agent.Check(cfg); err != nil {
			t.Errorf("%v\nin\n%s", err, text)
		}
	}
}
