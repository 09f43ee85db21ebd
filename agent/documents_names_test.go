package agent_test

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
	"testing"
)

// names returns every name that the module's code declares: packages, types, functions, methods, fields, values.
func names(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, s := range sources(t) {
		all[s.file.Name.Name] = true
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				all[n.Name.Name] = true
			case *ast.TypeSpec:
				all[n.Name.Name] = true
			case *ast.ValueSpec:
				for _, name := range n.Names {
					all[name.Name] = true
				}
			case *ast.Field:
				for _, name := range n.Names {
					all[name.Name] = true
				}
			}
			return true
		})
	}
	return all
}

// How it is now is said by all documents but these, which say how it was.
func historical(name string) bool {
	return name == "CHANGELOG.md" || name == "docs/tried.md" || strings.HasPrefix(name, "docs/decisions/")
}

// A document leads to files; one that was moved leads nobody.
func TestTheFilesThatDocumentsNameExist(t *testing.T) {
	var tops []string
	for _, r := range rooms {
		if r.folder != "." {
			tops = append(tops, r.folder)
		}
	}
	named := regexp.MustCompile(`(?m)(?:^|[\s(` + "`" + `])((?:` + strings.Join(append(tops, "packaging", "docs", "e2e"), "|") + `)/[\w/.*-]*)`)
	found := 0
	for name, text := range documents(t) {
		if historical(name) {
			continue
		}
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			file := strings.TrimRight(m[1], ".")
			if strings.Contains(file, "*") {
				continue
			}
			found++
			if !exists(file) && !decision(t, file) {
				t.Errorf("%s names %s, and there is no such file", name, file)
			}
		}
	}
	if found < 100 {
		t.Errorf("%d files are named in all documents: are they looked for as they are written?", found)
	}
}

// decision reports whether a path is the number of a decision.
func decision(t *testing.T, file string) bool {
	dir, number := path.Split(file)
	if dir != "docs/decisions/" {
		return false
	}
	for name := range documents(t) {
		if strings.HasPrefix(name, dir+number+"-") {
			return true
		}
	}
	return false
}

// A name in code's clothes is one that somebody will look for.
func TestTheNamesOfCodeInDocumentsAreDeclared(t *testing.T) {
	code := regexp.MustCompile("`([A-Za-z]\\w*(?:\\.[A-Za-z]\\w*)+)`")
	exported := regexp.MustCompile(`(?:^|\.)[A-Z][a-z]\w*`)
	file := regexp.MustCompile(`\.(go|md|toml|log|conf|json|ndjson|service|socket|yaml|sh)$`)
	declared := names(t)
	found := 0
	for name, text := range documents(t) {
		if historical(name) {
			continue
		}
		for _, m := range code.FindAllStringSubmatch(text, -1) {
			if !exported.MatchString(m[1]) || file.MatchString(m[1]) {
				continue
			}
			found++
			for part := range strings.SplitSeq(m[1], ".") {
				if !declared[part] {
					t.Errorf("%s names `%s`, and nothing is called %s", name, m[1], part)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("%d names of code are in all documents: are they looked for as they are written?", found)
	}
}
