package agent_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// A time.Time of time.Now knows the monotonic clock too, and what compares two of them
// goes by it, until it is made a number. So only what is stored, shown, or compared
// with times from elsewhere may be.
func TestWhatWaitsDoesNotGoByTheWallClock(t *testing.T) {
	stamps := []string{
		"agent/pipeline.go", "agent/moveoffset.go", "preview/testparse/viewer.go", "preview/testparse/testparse.go", "preview/testparse/rows.go", "preview/discover/detect.go", // Batch.ReadAt: lines' times are compared with it
		"agent/deliver/quarantine.go", // the time in an entry
		"readers/http/handler.go",     // at most one line for each number
	}
	for _, s := range sources(t) {
		if s.test || below(s.dir, "bench") || below(s.dir, "e2e") || slices.Contains(stamps, s.path) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if name := madeOfNow(n); name != "" {
				t.Errorf("%s makes a number of time.Now with %s: the clock can be set between two of them", s.path, name)
			}
			return true
		})
	}
}

// madeOfNow returns the method that a node calls on a time made of time.Now to get one
// without its monotonic reading, or "".
func madeOfNow(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return ""
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !strings.HasPrefix(method.Sel.Name, "Unix") && !slices.Contains([]string{"UTC", "Local", "Round", "Truncate"}, method.Sel.Name) {
		return ""
	}
	found := ""
	ast.Inspect(method.X, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Now" {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
				found = method.Sel.Name
			}
		}
		return true
	})
	return found
}
