package agent_test

import (
	"flag"
	"os"
	"testing"

	"logskiff/agent"
	"logskiff/conf"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

func TestReferenceIsWhatTheStructsSay(t *testing.T) {
	const path = "../docs/configuration.md"
	want := conf.Reference(agent.Kinds())
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatalf("%s is not what the settings structs say; run: go test ./agent -run Reference -update", path)
	}
}
