package console

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"logskiff/agent/api"
)

// wrong is what goes wrong on a host: texts are long and hostile.
func wrong() api.ErrorList {
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	return api.ErrorList{At: noon, Errors: []api.Trouble{
		{Kind: api.TakesNothing, Level: api.Warning, What: "endpoint", Name: "ingest", Endpoint: "https://ingest-2.example.net:7711", Count: 12,
			Since: ago(40 * time.Second), LastAt: ago(time.Second), Text: "dial tcp 192.0.2.7:7711: connect: connection refused"},
		{Kind: api.NotParsed, Level: api.Warning, What: "source", Name: "app", Count: 16204, Since: ago(time.Hour), LastAt: noon, Text: "not a JSON object"},
		{Kind: api.Held, Level: api.Critical, What: "source", Name: "app", Sender: "audit-s3", Count: 1, Since: ago(2 * time.Hour), LastAt: noon,
			Text: "it refuses everything: 401 Unauthorized \x1b[2J\nsecond line of an answer"},
		{Kind: api.Unreadable, Level: api.Warning, What: "source", Name: "syslog", Count: 1, Since: ago(26 * time.Hour), LastAt: noon, Text: "/var/log/a folder/auth.log: permission denied"},
		{Kind: api.Refused, Level: api.Warning, What: "agent", Count: 2, Since: ago(12 * time.Minute), LastAt: ago(9 * time.Minute), OverAt: api.Stamp(ago(9 * time.Minute)), Text: "c.toml:7:1: unknown key"},
	}}
}

// What a person sees at 40, 80 and 200 columns, and what a program cuts.
func TestTheErrorsAtEachWidth(t *testing.T) {
	for _, width := range []int{40, 80, 200, 0} {
		var out bytes.Buffer
		if err := WriteErrors(&out, wrong(), width); err != nil {
			t.Fatal(err)
		}
		golden(t, fmt.Sprintf("testdata/errors-%d.txt", width), out.String())
		head := strings.Fields(out.String())
		for line := range strings.Lines(out.String()) {
			if width > 0 && utf8.RuneCountInString(strings.TrimRight(line, "\n")) > width {
				t.Errorf("%d columns: %q is longer", width, line)
			}
			if n := len(strings.Fields(line)); width == 0 && n != 10 {
				t.Errorf("a line has %d columns, and its head %v", n, head[:10])
			}
		}
	}
	var none bytes.Buffer
	if err := WriteErrors(&none, api.ErrorList{}, 80); err != nil || none.String() != "Nothing goes wrong, and nothing did in the last 15 minutes.\n" {
		t.Errorf("%v: %q", err, none.String())
	}
}

// golden compares what is written with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what is written; run go test ./command/console -update, and read what changed:\n%s", name, got)
	}
	if strings.Contains(got, "\x1b") {
		t.Errorf("%s: a control character reaches the terminal", name)
	}
}

// Each kind that the agent knows has words for a person.
func TestEachKindOfTroubleHasWords(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "../../agent/api/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			lit, ok := spec.Values[0].(*ast.BasicLit)
			kind := ""
			if ok {
				kind = strings.Trim(lit.Value, `"`)
			}
			if kinds++; kind != api.MostlyNotParsed && troubleWords[kind].text == "" {
				t.Errorf("%s (%s) has no words", spec.Names[0], kind)
			}
		}
		return true
	})
	if kinds < 10 {
		t.Errorf("only %d kinds were found", kinds)
	}
}
