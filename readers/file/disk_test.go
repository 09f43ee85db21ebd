package file

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever asks a file system without the disk waits for ever when that hangs.
func TestEverySystemCallOnAFollowedFileSystemGoesThroughTheDisk(t *testing.T) {
	system := []string{"stat.go", "listing.go", "folder.go", "opener.go"} // what the disk asks
	own := []string{"spool.go", "logrotate.go", "budget.go", "match.go",  // the agent's data folder, /etc, limits, no reader's
		"inotify.go"} // no file system's, but for add, which Hub.subscribe has the disk call
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
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
			if calls++; !slices.Contains(system, name) {
				t.Errorf("%s calls %s.%s: let the disk do it", name, pkg.Name, fn.Sel.Name)
			}
			return true
		})
	}
	if calls < 10 {
		t.Errorf("%d calls were found, this test looks at nothing", calls)
	}
}

// However many paths hang, the threads in the kernel are few, and a look that meets them
// all ends soon.
func TestWhatHangsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMounts()
		m.patience = 20 * time.Millisecond
		hang := make(chan struct{})
		began := time.Now()
		stuck := 0
		for n := range 1000 {
			at := where{path: "/unknown/" + string(rune('a'+n%26)) + string(rune('a'+n/26))}
			if _, ok := ask(m, at, func(*pulse) int { <-hang; return 0 }, nil); ok {
				t.Fatal("it came back")
			}
		}
		m.mu.Lock()
		for _, a := range m.away {
			stuck += a.stuck
		}
		m.mu.Unlock()
		if stuck > mostUnknown {
			t.Errorf("%d calls hang", stuck)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
		if _, ok := ask(m, where{dev: 1}, func(*pulse) int { return 1 }, nil); !ok {
			t.Error("a mount that answers is not asked")
		}
		close(hang)
		for len(m.allAway()) > 0 {
			time.Sleep(time.Millisecond)
		}
	})
}

// A long call that goes on is waited for.
func TestALongListingIsNoHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMounts()
		m.patience = 30 * time.Millisecond
		n, ok := ask(m, where{dev: 1}, func(p *pulse) int {
			for range 40 {
				time.Sleep(5 * time.Millisecond)
				p.beat()
			}
			return 40
		}, nil)
		if !ok || n != 40 {
			t.Errorf("given up: %v %d", ok, n)
		}
	})
}

// What comes back too late is put away, and what had to wait for it is done.
func TestALateAnswerIsPutAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMounts()
		m.patience = 10 * time.Millisecond
		at := where{dev: 7}
		hang, late := make(chan struct{}), make(chan int, 1)
		if _, ok := ask(m, at, func(*pulse) int { <-hang; return 5 }, func(v int) { late <- v }); ok {
			t.Fatal("it came back")
		}
		if _, ok := ask(m, at, func(*pulse) int { t.Error("asked"); return 0 }, nil); ok {
			t.Error("a mount that is away is asked")
		}
		close(hang)
		if v := <-late; v != 5 {
			t.Errorf("late: %d", v)
		}
		for len(m.allAway()) > 0 {
			time.Sleep(time.Millisecond)
		}
		if v, ok := ask(m, at, func(*pulse) int { return 6 }, nil); !ok || v != 6 {
			t.Error("it does not go on")
		}
	})
}
