package command

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A document's commands are typed as they stand there: each exists, with its options.
func TestTheCommandsOfDocumentsExist(t *testing.T) {
	options := map[string]map[string]bool{"help": {}}
	for _, c := range table() {
		options[c.name] = map[string]bool{"--help": true}
		for _, f := range c.flags() {
			options[c.name][dashed(f.Name)] = true
		}
	}
	code := regexp.MustCompile("(?m)^    .*$|`[^`\n]+`")
	typed := regexp.MustCompile(`logskiff ([a-z][a-z-]*)([^|;#\n` + "`" + `]*)`)
	option := regexp.MustCompile(`(?:^|[\s\[])(--?[a-z][a-z-]*)`)
	found := 0
	for _, pattern := range []string{"../*.md", "../docs/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if filepath.Base(file) == "CHANGELOG.md" {
				continue // it says how it was
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range code.FindAllString(string(text), -1) {
				for _, m := range typed.FindAllStringSubmatch(c, -1) {
					known := options[m[1]]
					if known == nil {
						if !strings.Contains(c, "docker run") { // of which it is an argument
							t.Errorf("%s: there is no command %q: %s", file, m[1], c)
						}
						continue
					}
					found++
					for _, o := range option.FindAllStringSubmatch(m[2], -1) {
						if !known[o[1]] {
							t.Errorf("%s: %s has no option %s: %s", file, m[1], o[1], c)
						}
					}
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("%d commands are in all documents: are they looked for as they are written?", found)
	}
}
