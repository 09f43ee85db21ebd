package agent_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents returns the texts for people in the repository, by their paths below its root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md"} {
		found, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel("..", f)
			all[filepath.ToSlash(rel)] = string(text)
		}
	}
	if all["README.md"] == "" || all["docs/architecture.md"] == "" {
		t.Fatal("README.md or docs/architecture.md is missing")
	}
	return all
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join("..", filepath.FromSlash(name)))
	return err == nil
}

// A document names the tests that hold what it says. One that was renamed holds nothing there.
func TestTheTestsThatDocumentsNameExist(t *testing.T) {
	named := regexp.MustCompile(`\b((?:Test|Fuzz)[A-Z0-9]\w*)(…?)`)
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	var tests strings.Builder // each between two spaces
	for _, s := range sources(t) {
		for _, m := range declared.FindAllSubmatch(s.text, -1) {
			tests.WriteString(" " + string(m[1]) + " ")
		}
	}
	var apart []string // modules of their own
	for _, dir := range []string{"packaging", "e2e/browser"} {
		found, err := filepath.Glob("../" + dir + "/*_test.go")
		if err != nil || len(found) == 0 {
			t.Fatal(dir, "has no tests", err)
		}
		apart = append(apart, found...)
	}
	for _, f := range apart {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllSubmatch(text, -1) {
			tests.WriteString(" " + string(m[1]) + " ")
		}
	}
	for name, text := range documents(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			end := " "
			if m[2] != "" {
				end = ""
			}
			if !strings.Contains(tests.String(), " "+m[1]+end) {
				t.Errorf("%s names %s, and there is no such test", name, m[0])
			}
		}
	}
}

func TestTheLinksOfDocumentsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for name, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to != "" && !strings.Contains(to, "://") && !exists(path.Join(path.Dir(name), to)) {
				t.Errorf("%s: a link to %s leads nowhere", name, m[1])
			}
		}
	}
}

// section returns what stands below a heading, up to the next one.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/architecture.md has no section %q", heading)
	}
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

// The glossary decides which word a thing has: twenty of them can be kept in mind.
func TestTheGlossaryHasTwentyNounsAndTheirHomes(t *testing.T) {
	text := section(t, documents(t)["docs/architecture.md"], "Twenty nouns")
	entries := regexp.MustCompile(`(?m)^- \*\*(\w+)\*\*: .* (\S+)$`).FindAllStringSubmatch(text, -1)
	seen := map[string]bool{}
	for _, e := range entries {
		if seen[e[1]] {
			t.Errorf("%s is explained twice", e[1])
		}
		seen[e[1]] = true
		if !exists(e[2]) {
			t.Errorf("%s: there is no %s", e[1], e[2])
		}
	}
	if len(seen) != 20 || strings.Count(text, "\n- ") != 20 {
		t.Errorf("%d of %d entries are a noun and its home, want 20", len(seen), strings.Count(text, "\n- "))
	}
}

// The file map is how a newcomer finds a file: each row names what is there, and no folder is left out.
func TestTheFileMapNamesWhatIsThere(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| ([^|]+) \|`).FindAllStringSubmatch(section(t, documents(t)["docs/architecture.md"], "File map"), -1)
	named := map[string]bool{}
	for _, row := range rows[1:] { // the first is the head
		dir := ""
		for name := range strings.SplitSeq(row[1], ", ") {
			if strings.Contains(name, "/") || !strings.HasSuffix(name, ".go") {
				dir = path.Dir(name)
			} else {
				name = path.Join(dir, name) // as the one before it
			}
			if !exists(name) {
				t.Errorf("there is no %s", name)
			}
			top, _, _ := strings.Cut(name, "/")
			named[top] = true
		}
	}
	for _, s := range sources(t) {
		if top, _, _ := strings.Cut(s.dir, "/"); top != "." && !named[top] {
			t.Errorf("%s has no row", top)
			named[top] = true
		}
	}
}
