package agent_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/kinds"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

// Every line that the reference shows for a kind can be pasted.
func TestExamplesOfTheReferenceAreGood(t *testing.T) {
	text := conf.Reference(kinds.All())
	examples := regexp.MustCompile(`(?m)^(reader|parser)\.[a-z0-9_]+ = \{.*\}$|^(http|file|kafka|elasticsearch|victorialogs) += \{.*\}$`).FindAllString(text, -1)
	if len(examples) < len(kinds.All().Parsers)+4 {
		t.Fatalf("there are only %d: %q", len(examples), examples)
	}
	for _, line := range examples {
		source, sender := "reader.file = { paths = [\"/x\"] }", "file = {}"
		switch {
		case strings.HasPrefix(line, "reader."):
			source = line
		case strings.HasPrefix(line, "parser."):
			source += "\n" + line
		default:
			sender = line
		}
		config := filepath.Join(t.TempDir(), "c.toml")
		text := "[[source]]\nname = \"a\"\n" + source + "\n[[sender]]\nname = \"b\"\n" + sender + "\n"
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := conf.Load(config, kinds.All()); err != nil {
			t.Error(err)
		}
	}
}

func TestReferenceIsWhatTheStructsSay(t *testing.T) {
	const path = "../docs/configuration.md"
	want := conf.Reference(kinds.All())
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
