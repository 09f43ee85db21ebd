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

// room is a folder and what packages below it may import of the module: the rest is banned.
type room struct {
	folder string
	may    []string
	why    string
}

// The rooms, from the one that all stand on to the one that stands on all: an arrow never runs back up.
var rooms = []room{
	{"record", []string{"record"}, "all plugins share batches; a batch that knew a format or a protocol would change with each of them"},
	{"conf", nil, "it decodes settings for whoever has some, so it can be read and tested without knowing what they are for"},
	{"readers", []string{"record", "conf", "readers"}, "a reader that knew a parser or a sender could not stand before another one"},
	{"parsers", []string{"record", "conf", "parsers"}, "a parser is a pure function of a batch: whoever reads and sends it, the same record comes out"},
	{"senders", []string{"record", "conf", "senders"}, "a sender that knew a reader would acknowledge by itself; only deliver and ack move a cursor"},
	{"kinds", []string{"record", "conf", "readers", "parsers", "senders"}, "who lists or builds plugins must not have to start an agent for that"},
	{"preview", []string{"record", "conf", "readers", "parsers", "senders", "kinds", "preview"}, "the page and the command line look at logs without an agent; one that runs must not be needed, nor disturbed"},
	{"agent", []string{"record", "conf", "readers", "parsers", "senders", "kinds", "preview", "agent"}, "what runs unattended has no terminal, no options and no exit code"},
	{"command", []string{"conf", "readers", "senders", "kinds", "preview", "agent", "command"}, "it prints and ends; records are parsed and encoded in preview, which the page shares"},
	{"bench", []string{"bench"}, "it measures the built binary as a user has it"},
	{".", []string{"command"}, "nothing can import or test package main, so nothing is in it"},
}

// has says whether a package is in the room; the root is a room without folders.
func (r room) has(dir string) bool { return dir == r.folder || r.folder != "." && below(dir, r.folder) }

func TestNoArrowRunsBackUp(t *testing.T) {
	for i, r := range rooms {
		for _, m := range r.may {
			if !slices.ContainsFunc(rooms[:i+1], func(lower room) bool { return lower.folder == m }) {
				t.Errorf("%s may import %s, which does not stand before it in the list", r.folder, m)
			}
		}
	}
	for _, s := range sources(t) {
		if s.test || s.dir == "e2e" {
			continue
		}
		i := slices.IndexFunc(rooms, func(r room) bool { return r.has(s.dir) })
		if i < 0 {
			t.Errorf("%s is in no room; say in this test what its folder may import, and why", s.path)
			continue
		}
		r := rooms[i]
		for _, imported := range s.imports() {
			inside, ours := strings.CutPrefix(imported, "logskiff/")
			if !ours {
				continue
			}
			if !slices.ContainsFunc(r.may, func(m string) bool { return below(inside, m) }) {
				t.Errorf("%s imports %s; %s may import only %v: %s", s.path, imported, r.folder, r.may, r.why)
			}
			if (r.folder == "agent" || r.folder == "command") && inside == r.folder {
				t.Errorf("%s imports %s, which stands on it: what both need goes below both", s.path, imported)
			}
			if strings.HasSuffix(inside, "test") && !strings.HasSuffix(s.dir, "test") {
				t.Errorf("%s imports the test helper %s outside a test: it would be in the binary", s.path, imported)
			}
		}
	}
}

// The list is the graph: an arrow that nothing needs any more is taken off it, so that it can only come back with a reason.
func TestEachArrowBetweenRoomsIsNeeded(t *testing.T) {
	drawn := map[[2]string]bool{}
	for _, s := range sources(t) {
		i := slices.IndexFunc(rooms, func(r room) bool { return r.has(s.dir) })
		if s.test || i < 0 {
			continue
		}
		for _, imported := range s.imports() {
			inside, _ := strings.CutPrefix(imported, "logskiff/")
			for _, m := range rooms[i].may {
				if below(inside, m) {
					drawn[[2]string{rooms[i].folder, m}] = true
				}
			}
		}
	}
	for _, r := range rooms {
		for _, m := range r.may {
			if m != r.folder && !drawn[[2]string{r.folder, m}] {
				t.Errorf("nothing in %s imports %s; take it off the list of rooms", r.folder, m)
			}
		}
	}
}

// record and conf are what everything is made of: a sub-folder of theirs may use them, never they it.
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

// What several readers need is in a package of its own, which no plugin has to be built with.
func TestReadersStandOnTheirToolsAlone(t *testing.T) {
	tools := map[string]string{
		"logskiff/readers/file/disk":  "it asks file systems, which can hang, for whoever reads logs; what is decided by their answers is not its business",
		"logskiff/readers/file/glob":  "it matches names alone: who lists the folders, a reader or discover, is its caller's business",
		"logskiff/readers/file/watch": "it wakes readers of files; what an event is about they find out themselves",
		"logskiff/readers/inbox":      "it holds what comes over any protocol, so it may know none",
		"logskiff/readers/lines":      "it cuts bytes that it is given: whoever reads them, files or sockets, can test it without either",
	}
	for _, s := range sources(t) {
		if s.test || !below(s.dir, "readers") || strings.HasSuffix(s.dir, "test") {
			continue
		}
		why, tool := tools["logskiff/"+s.dir]
		for _, imported := range s.imports() {
			if !strings.HasPrefix(imported, "logskiff/readers") {
				continue
			}
			_, known := tools[imported]
			switch {
			case imported == "logskiff/readers":
			case s.dir == "readers/file/watch" && imported == "logskiff/readers/file/disk": // asking for events hangs as all else does
			case tool:
				t.Errorf("%s imports %s, and all readers stand on it: %s", s.path, imported, why)
			case !known:
				t.Errorf("%s imports %s: a plugin imports the contract and the tools, never another plugin", s.path, imported)
			}
		}
	}
}

// What parsers stand on is no format, so it can be read, fuzzed and used without one: it imports no parser.
func TestWhatParsersStandOnKnowsNoFormat(t *testing.T) {
	may := map[string][]string{
		"parsers/swar":      nil,
		"parsers/number":    {"record"},
		"parsers/scanner":   {"parsers/swar"},
		"parsers/jsoncheck": {"parsers/swar", "parsers/number", "record/jsontext"},
		"parsers/clocks":    {"parsers/number", "conf"},
		"parsers/layouts":   {"parsers/number", "parsers/clocks"},
	}
	found := map[string]bool{}
	for _, s := range sources(t) {
		list, base := may[s.dir]
		if s.test || !below(s.dir, "parsers") {
			continue
		}
		found[s.dir] = true
		if !base && s.dir != "parsers" && s.dir != "parsers/fields" && !strings.HasSuffix(s.dir, "test") {
			t.Errorf("%s is in no list; say in this test what its folder may import", s.path)
		}
		for _, imported := range s.imports() {
			if inside, ours := strings.CutPrefix(imported, "logskiff/"); ours && base && !slices.Contains(list, inside) {
				t.Errorf("%s imports %s; it may import only %v: all parsers stand on it", s.path, imported, list)
			}
		}
	}
	for dir := range may {
		if !found[dir] {
			t.Errorf("%s is not there", dir)
		}
	}
}

// A parser reads one record; which records there are, and that nothing stays of one that it cannot read, is said once.
func TestParsersHaveOneLoopOverRecords(t *testing.T) {
	loops := 0
	for _, s := range sources(t) {
		if s.test || s.dir != "parsers" {
			continue
		}
		loop := bytes.Contains(s.text, []byte("range b.Records")) || bytes.Contains(s.text, []byte(".Fail("))
		switch {
		case s.path == "parsers/lines.go" && loop:
			loops++
		case s.path == "parsers/time_stage.go": // a stage looks at records that failed, too
		case loop:
			t.Errorf("%s goes over records by itself; eachLine of parsers/lines.go does", s.path)
		}
	}
	if loops != 1 {
		t.Error("parsers/lines.go has no loop, this test looks at nothing")
	}
}

// Nothing but what ack.Tracker released moves a cursor: not time, not a stop, not an error.
func TestOnlyAnAcknowledgementMovesACursor(t *testing.T) {
	calls := 0
	for _, s := range sources(t) {
		if s.test || strings.HasSuffix(s.dir, "test") {
			continue
		}
		for _, d := range s.file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if to, ok := call.Fun.(*ast.SelectorExpr); !ok || to.Sel.Name != "Advance" {
					return true
				}
				if calls++; s.path != "agent/pipeline.go" || fn.Name.Name != "released" {
					t.Errorf("%s: %s moves a cursor; Pipeline.released alone does", s.path, fn.Name.Name)
				}
				return true
			})
		}
	}
	if calls != 2 {
		t.Errorf("%d calls move cursors, want that of the store and that of the reader", calls)
	}
}

// What is below senders/ and is no sender serves all of them; a sender serves none.
func TestSendersStandOnWhatIsForAllOfThem(t *testing.T) {
	forAll := map[string][]string{ // what of ours it may import
		"senders/encode":     {"record", "senders"},
		"senders/httpclient": {"conf", "senders"}, // no record and no protocol: what is sent is the sender's business
		"senders/sendertest": {"record", "senders", "senders/encode"},
	}
	for _, s := range sources(t) {
		if s.test || !strings.HasPrefix(s.dir, "senders/") {
			continue
		}
		may, isForAll := forAll[s.dir]
		for _, imported := range s.imports() {
			inside, ours := strings.CutPrefix(imported, "logskiff/")
			switch {
			case !ours:
			case isForAll && !slices.ContainsFunc(may, func(m string) bool { return inside == m || m == "record" && below(inside, m) }):
				t.Errorf("%s imports %s; it may import only %v, since it is for all senders", s.path, imported, may)
			case !isForAll && strings.HasPrefix(inside, "senders/") && forAll[inside] == nil:
				t.Errorf("%s imports %s: a sender that stands on another changes with it; what both need goes below senders/ and knows neither", s.path, imported)
			}
		}
	}
}

func TestMainIsAFewLines(t *testing.T) {
	for _, s := range sources(t) {
		if s.dir == "." && (s.path != "main.go" || s.lines > 20) {
			t.Errorf("%s has %d lines; the root has main.go alone, of 20 lines at most: commands are in command/, one file each", s.path, s.lines)
		}
	}
}

func TestEachLibraryHasOneHome(t *testing.T) {
	type home struct{ folder, why string }
	homes := map[string]home{
		"github.com/BurntSushi/toml":         {"conf", "what it says of mistakes has no advice; conf says it in our words, once"},
		"go.etcd.io/bbolt":                   {"agent/checkpoint", "what a checkpoint survives is decided in one place"},
		"github.com/fsnotify/fsnotify":       {"readers/file/watch", "its events only wake readers; who took one for the truth would lose lines"},
		"github.com/hpcloud/tail":            {"command/follow", "it may end the process and loses lines: docs/decisions/001"},
		"github.com/expr-lang/expr":          {"parsers/fields", "expressions mean the same wherever they stand"},
		"github.com/expr-lang/expr/ast":      {"parsers/fields", "expressions mean the same wherever they stand"},
		"github.com/expr-lang/expr/vm":       {"parsers/fields", "expressions mean the same wherever they stand"},
		"github.com/twmb/franz-go/pkg/kgo":   {"senders/kafka", "who used its producer would have a second queue and a second retry loop: docs/decisions/025"},
		"github.com/twmb/franz-go/pkg/kmsg":  {"senders/kafka", "the protocol is spoken in one place"},
		"github.com/VictoriaMetrics/metrics": {"agent", "plugins count for themselves; only the agent knows how it is asked"},
	}
	for _, s := range sources(t) {
		for _, imported := range s.imports() {
			if home, ok := homes[imported]; ok && s.dir != home.folder && !below(s.dir, "bench") && !(s.test && s.dir == "e2e") {
				t.Errorf("%s imports %s, whose home is %s: %s", s.path, imported, home.folder, home.why)
			}
		}
	}
}

// Whoever reads an import knows what it is called, unless the import says otherwise.
func TestPackagesAreNamedAsTheirFolders(t *testing.T) {
	for _, s := range sources(t) {
		name, folder := strings.TrimSuffix(s.file.Name.Name, "_test"), filepath.Base(s.dir)
		if name != folder && !(name == "main" && (s.dir == "." || s.dir == "bench")) {
			t.Errorf("%s is in package %s", s.path, name)
		}
	}
}

// A second package comment is printed behind the first, where nobody looks for it.
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

// A file of one idea fits on a few screens, and what holds a second idea is found by its size.
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

// Whoever ends the process takes what is in flight with it, and leaves the sockets and locks of others
// as they are. An error that is returned is handled by who knows what must be saved first.
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

// A server without ErrorLog writes to the standard logger: not as our log says things, and not where it goes.
func TestEachServerHasALog(t *testing.T) {
	servers := 0
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, imported := range s.imports() {
			if imported == "log" {
				t.Errorf("%s imports log: an slog.Logger is handed in", s.path)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			l, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			kind, ok := l.Type.(*ast.SelectorExpr)
			if !ok || kind.Sel.Name != "Server" && kind.Sel.Name != "ReverseProxy" {
				return true
			}
			if pkg, ok := kind.X.(*ast.Ident); !ok || pkg.Name != "http" && pkg.Name != "httputil" {
				return true
			}
			servers++
			if !slices.ContainsFunc(l.Elts, func(e ast.Expr) bool {
				kv, ok := e.(*ast.KeyValueExpr)
				return ok && kv.Key.(*ast.Ident).Name == "ErrorLog"
			}) {
				t.Errorf("%s makes a server without ErrorLog", s.path)
			}
			return true
		})
	}
	if servers < 2 {
		t.Errorf("%d servers were found, this test looks at nothing", servers)
	}
}
