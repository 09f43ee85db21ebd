package agent_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// goFile is one Go file of the module.
type goFile struct {
	path, dir string // below the module's root, with slashes
	test      bool
	lines     int
	file      *ast.File
	text      []byte
}

func (s goFile) imports() []string {
	var list []string
	for _, i := range s.file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		list = append(list, path)
	}
	return list
}

func sources(t *testing.T) []goFile {
	t.Helper()
	var all []goFile
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "out" || d.Name() == "logskiff-data" || isModule(path, root)) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		all = append(all, goFile{
			path: rel, dir: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(rel, "_test.go"),
			lines: bytes.Count(text, []byte("\n")), file: file, text: text,
		})
		return nil
	})
	if err != nil || len(all) < 50 {
		t.Fatalf("cannot read the module: %d files, %v", len(all), err)
	}
	return all
}

// isModule: heavy tools live in modules of their own, with their own rules.
func isModule(dir, root string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return dir != root && err == nil
}

func below(dir, folder string) bool { return dir == folder || strings.HasPrefix(dir, folder+"/") }

func TestStagesDoNotKnowEachOther(t *testing.T) {
	// What a package below the folder may import from the module.
	rules := []struct {
		folder string
		may    []string
	}{
		{"record", []string{"record"}},
		{"conf", nil},
		{"readers", []string{"record", "conf", "readers"}},
		{"parsers", []string{"record", "conf", "parsers"}},
		{"senders", []string{"record", "conf", "senders"}},
		{"kinds", []string{"record", "conf", "readers", "parsers", "senders", "kinds"}},
		{"preview", []string{"record", "conf", "readers", "parsers", "senders", "kinds", "preview"}},
	}
	for _, s := range sources(t) {
		for _, imported := range s.imports() {
			inside, ours := strings.CutPrefix(imported, "logskiff/")
			if !ours || s.test {
				continue
			}
			for _, r := range rules {
				if below(s.dir, r.folder) && !slices.ContainsFunc(r.may, func(m string) bool { return below(inside, m) }) {
					t.Errorf("%s imports %s; %s may import only %v", s.path, imported, r.folder, r.may)
				}
			}
			if strings.HasSuffix(inside, "test") && !strings.HasSuffix(s.dir, "test") {
				t.Errorf("%s imports the test helper %s outside a test", s.path, imported)
			}
		}
	}
}

func TestRecordImportsNothingOfOurs(t *testing.T) {
	for _, s := range sources(t) {
		if s.dir != "record" && s.dir != "conf" || s.test {
			continue
		}
		for _, imported := range s.imports() {
			if strings.HasPrefix(imported, "logskiff") {
				t.Errorf("%s imports %s", s.path, imported)
			}
		}
	}
}

func TestEachLibraryHasOneHome(t *testing.T) {
	homes := map[string]string{
		"github.com/BurntSushi/toml":         "conf",
		"go.etcd.io/bbolt":                   "agent/checkpoint",
		"github.com/fsnotify/fsnotify":       "readers/file",
		"github.com/hpcloud/tail":            "command/follow",
		"github.com/expr-lang/expr":          "parsers/fields",
		"github.com/expr-lang/expr/ast":      "parsers/fields",
		"github.com/expr-lang/expr/vm":       "parsers/fields",
		"github.com/VictoriaMetrics/metrics": "agent",
	}
	for _, s := range sources(t) {
		for _, imported := range s.imports() {
			if home, ok := homes[imported]; ok && s.dir != home && !below(s.dir, "bench") {
				t.Errorf("%s imports %s, whose home is %s", s.path, imported, home)
			}
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	comments := map[string][]string{}
	dirs := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		dirs[s.dir] = true
		if s.file.Doc != nil && (strings.HasPrefix(s.file.Doc.Text(), "Package ") || strings.HasPrefix(s.file.Doc.Text(), "Command ")) {
			comments[s.dir] = append(comments[s.dir], s.path)
		}
	}
	for dir := range dirs {
		if n := len(comments[dir]); n != 1 {
			t.Errorf("%s has %d package comments, want one: %v", dir, n, comments[dir])
		}
	}
}

func TestFilesStaySmall(t *testing.T) {
	var sizes []int
	for _, s := range sources(t) {
		sizes = append(sizes, s.lines)
		if s.lines > 500 {
			t.Errorf("%s has %d lines; split it by idea, none may have over 500", s.path, s.lines)
		}
	}
	slices.Sort(sizes)
	if half := sizes[len(sizes)/2]; half >= 150 {
		t.Errorf("half the files have %d lines or more, want under 150", half)
	}
}

func TestOnlyMainEndsTheProcess(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.dir == "." || below(s.dir, "bench") || below(s.dir, "e2e") {
			continue
		}
		for i, line := range strings.Split(string(s.text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			switch {
			case strings.Contains(code, "os.Exit("), strings.Contains(code, "log.Fatal"):
				t.Errorf("%s:%d ends the process", s.path, i+1)
			case strings.Contains(code, "panic(") && !strings.Contains(code, "BUG:"):
				t.Errorf("%s:%d panics without \"BUG:\"", s.path, i+1)
			}
		}
	}
}
