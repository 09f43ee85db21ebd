package agent_test

import (
	"os"
	"strings"
	"testing"
)

// Decisions are named by their numbers, so each has one of its own.
func TestEachDecisionInTheDocumentsHasANumberOfItsOwn(t *testing.T) {
	const folder = "../docs/decisions"
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]string{}
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "-")
		if other := taken[number]; other != "" {
			t.Errorf("%s and %s have one number", other, e.Name())
		}
		taken[number] = e.Name()
		text, err := os.ReadFile(folder + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# "+number+" ") {
			t.Errorf("%s does not begin with its number", e.Name())
		}
	}
}
