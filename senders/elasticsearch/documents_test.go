package elasticsearch

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"logskiff/senders"
)

// docs/destinations.md says of each answer about a document what it leads to, in the row of those that lead to the same.
func TestEachAnswerIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/destinations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## elasticsearch\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for _, name := range regexp.MustCompile("`([a-z_]+_exception)`").FindAllStringSubmatch(cells[1], -1) {
			rows[name[1]] += cells[2]
		}
	}
	words := map[senders.Class]string{senders.Delivered: "delivered", senders.Throttled: "slower", senders.Held: "somebody has to act", senders.Retry: "", senders.Refused: "quarantine"}
	check := func(name string, v verdict) {
		t.Helper()
		says, ok := rows[name]
		switch {
		case !ok:
			t.Errorf("docs/destinations.md says nothing of %s", name)
		case !strings.Contains(says, words[v.class]) || v.keyed && !strings.Contains(says, "of that index wait"):
			t.Errorf("%s: %q, and it is %v", name, says, v.class)
		}
	}
	for name, v := range verdicts {
		check(name, v)
		delete(rows, name)
	}
	for _, name := range []string{"illegal_argument_exception", "cluster_block_exception"} { // which mean several things
		for _, s := range []said{{status: 400, kind: []byte(`"` + name + `"`)}, {status: 503, kind: []byte(`"` + name + `"`), reason: []byte(`"pipeline with id [x]"`)}} {
			check(name, verdictOf(&s))
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("docs/destinations.md has %s, which nothing is decided of", name)
	}
}
