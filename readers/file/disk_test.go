package file

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Whoever asks a file system without the disk waits for ever when that hangs.
func TestEverySystemCallOnAFollowedFileSystemGoesThroughTheDisk(t *testing.T) {
	own := []string{"spool.go", "logrotate.go", "budget.go", "match.go"} // the agent's data folder, /etc, limits, no reader's
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, below...)
	calls := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(own, name) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fn, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := fn.X.(*ast.Ident)
			if !ok || pkg.Name != "unix" && pkg.Name != "os" && (pkg.Name != "filepath" || !slices.Contains([]string{"EvalSymlinks", "Glob", "Walk", "WalkDir", "Abs"}, fn.Sel.Name)) {
				return true
			}
			if calls++; filepath.Dir(name) != "disk" {
				t.Errorf("%s calls %s.%s: let the disk do it", name, pkg.Name, fn.Sel.Name)
			}
			return true
		})
	}
	if calls < 10 {
		t.Errorf("%d calls were found, this test looks at nothing", calls)
	}
}
