package kafka

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
)

// docs/destinations.md says of each answer what it leads to, in the row of those that lead to the same.
func TestEachAnswerIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/destinations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## kafka\n")
	rows := map[string]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for _, name := range regexp.MustCompile(`[A-Z_]{6,}`).FindAllString(cells[1], -1) {
			if rows[name] != "" {
				t.Errorf("%s stands in two rows", name)
			}
			rows[name] = cells[2]
		}
	}
	words := map[fate]string{moved: "leader", strange: "new producer id", tooLarge: "halved", invalid: "the others are stored"}
	for code, v := range verdicts {
		name := "NONE"
		if e := kerr.TypedErrorForCode(code); e != nil {
			name = e.Message
		}
		says, ok := rows[name]
		delete(rows, name)
		switch {
		case code == 0 || name == "BROKER_NOT_AVAILABLE" || name == "NOT_CONTROLLER": // of metadata, which any broker is asked for again
		case !ok:
			t.Errorf("docs/destinations.md says nothing of %s", name)
		case words[v.fate] != "" && !v.topic && !strings.Contains(says, words[v.fate]):
			t.Errorf("%s: %q", name, says)
		}
	}
	for name := range rows {
		t.Errorf("docs/destinations.md has %s, which nothing is decided of", name)
	}
}
