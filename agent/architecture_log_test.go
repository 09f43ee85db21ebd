package agent_test

import (
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// logCall is one call of a logger.
type logCall struct {
	place   string
	message string // what it begins with, as far as it is a literal
	keys    []string
	bad     string // why it cannot be read
}

// logCalls finds the calls of loggers outside tests: of things called log, Log or logger.
func logCalls(t *testing.T) (calls []logCall) {
	t.Helper()
	for _, s := range sources(t) {
		if s.test || below(s.dir, "bench") || below(s.dir, "e2e") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || len(call.Args) == 0 || !isLogger(method.X) {
				return true
			}
			if x, ok := method.X.(*ast.Ident); ok && x.Name == "slog" {
				if slices.Contains([]string{"Info", "Warn", "Error", "Debug", "Log", "With"}, method.Sel.Name) {
					t.Errorf("%s uses slog's own logger: loggers are handed in", s.path)
				}
				return true
			}
			c := logCall{place: s.path}
			switch method.Sel.Name {
			case "Info", "Warn", "Error", "Debug":
				c.message, c.bad = literalOf(call.Args[0])
				c.place += ": " + c.message
				c.readKeys(call, call.Args[1:])
			case "With":
				c.readKeys(call, call.Args)
			case "Handler", "Enabled":
				return true
			default:
				c.bad = method.Sel.Name + " is none of Debug, Info, Warn, Error and With"
			}
			calls = append(calls, c)
			return true
		})
	}
	return calls
}

func isLogger(x ast.Expr) bool {
	name := ""
	switch x := x.(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.SelectorExpr:
		name = x.Sel.Name
	}
	return name == "log" || name == "Log" || name == "logger" || name == "slog"
}

// literalOf returns the literal that an expression begins with.
func literalOf(x ast.Expr) (text, bad string) {
	for {
		sum, ok := x.(*ast.BinaryExpr)
		if !ok || sum.Op != token.ADD {
			break
		}
		x = sum.X
	}
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", "it does not begin with a literal"
	}
	text, _ = strconv.Unquote(lit.Value)
	return text, ""
}

func (c *logCall) readKeys(call *ast.CallExpr, args []ast.Expr) {
	if len(args)%2 != 0 || call.Ellipsis.IsValid() {
		c.bad = "its keys and values are not written out by twos"
		return
	}
	for i := 0; i < len(args); i += 2 {
		key, bad := literalOf(args[i])
		if bad != "" {
			c.bad = "a key is no literal"
		}
		c.keys = append(c.keys, key)
	}
}

// firstColumn returns what stands in the first column of a table of docs/logs.md.
func firstColumn(t *testing.T, heading string) (words []string) {
	t.Helper()
	text, err := os.ReadFile("../docs/logs.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("docs/logs.md has no part %q", heading)
	}
	part, _, _ = strings.Cut(part, "\n## ")
	quoted := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(part) {
		if column, ok := strings.CutPrefix(line, "| "); ok {
			column, _, _ = strings.Cut(column, " | ")
			for _, m := range quoted.FindAllStringSubmatch(column, -1) {
				words = append(words, m[1])
			}
		}
	}
	return words
}

// Who looks for what became of a log finds which one it was, its stream and how far it was read.
func TestLinesAboutAStreamSayWhichAndWhere(t *testing.T) {
	about := map[string]int{"rotated": 0, "truncated": 0, "resumed": 0, "lost": 0, "quarantined": 0, "kept: the unread rest": 0}
	for _, c := range logCalls(t) {
		for word := range about {
			if !strings.HasPrefix(c.message, word) {
				continue
			}
			about[word]++
			for _, key := range []string{"path", "stream", "offset"} {
				if !slices.Contains(c.keys, key) {
					t.Errorf("%s: it has no %s", c.place, key)
				}
			}
		}
	}
	for word, n := range about {
		if n == 0 {
			t.Errorf("nothing is said to be %s", word)
		}
	}
}

// Who watches a log looks for words and keys that mean one thing each: docs/logs.md has them, and no others are used.
func TestEachLineOfTheLogBeginsWithADocumentedWord(t *testing.T) {
	words, keys := firstColumn(t, "First words"), firstColumn(t, "Keys")
	var saidWords, saidKeys []string
	calls := logCalls(t)
	if len(calls) < 80 {
		t.Fatalf("only %d calls of loggers are found", len(calls))
	}
	for _, c := range calls {
		if c.bad != "" {
			t.Errorf("%s: %s", c.place, c.bad)
			continue
		}
		saidKeys = append(saidKeys, c.keys...)
		for _, k := range c.keys {
			if !slices.Contains(keys, k) {
				t.Errorf("%s: docs/logs.md has no key %q", c.place, k)
			}
		}
		if c.message == "" {
			continue // With
		}
		word, _, colon := strings.Cut(c.message, ":")
		if first, _, _ := strings.Cut(c.message, " "); !colon || first == "cannot" {
			word = first
		}
		saidWords = append(saidWords, word)
		if !slices.Contains(words, word) {
			t.Errorf("%s: docs/logs.md has no first word %q", c.place, word)
		}
		if strings.HasSuffix(c.message, ".") || strings.Contains(c.message, "\n") {
			t.Errorf("%s: it is one line without a full stop", c.place)
		}
		if slices.Contains([]string{"rotated", "truncated", "resumed", "lost", "quarantined"}, word) {
			for _, k := range []string{"path", "stream", "offset"} {
				if !slices.Contains(c.keys, k) {
					t.Errorf("%s: it does not say the %s", c.place, k)
				}
			}
		}
	}
	for _, w := range words {
		if !slices.Contains(saidWords, w) {
			t.Errorf("docs/logs.md has the first word %q, which nothing says", w)
		}
	}
	for _, k := range keys {
		if !slices.Contains(saidKeys, k) {
			t.Errorf("docs/logs.md has the key %q, which nothing says", k)
		}
	}
}
