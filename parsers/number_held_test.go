package parsers

import (
	"fmt"
	"strings"
	"testing"

	"logskiff/parsers/parsertest"
	"logskiff/record"
)

// Every parser that guesses or converts numbers takes the same for one.
func TestAllParsersTakeTheSameForANumber(t *testing.T) {
	types := func(p Parser, line string) record.Type {
		b := newBatch(line)
		p.Parse(b)
		kind := record.Absent
		b.EachField(&b.Records[0], func(name []byte, f record.Field) {
			if string(name) == "n" || string(name) == "sc_bytes" {
				kind = f.Type
			}
		})
		return kind
	}
	build := func(p Parser, err error) Parser {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p.Clone()
	}
	csv := func(kind string) Parser {
		c := DefaultCSV()
		c.Columns, c.Types = []string{"n", "z"}, map[string]string{"n": kind}
		return build(NewCSV(c))
	}
	w3c := DefaultW3C()
	w3c.Fields = "sc-bytes cs-method"
	guess := map[string]Parser{
		"csv":    csv("auto"),
		"regex":  build(NewRegex(RegexConfig{Pattern: `^(?P<n>.*),z$`, Types: map[string]string{"n": "auto"}})),
		"kv":     newKV(t, KVConfig{Separator: ",", Assign: "=", Types: "auto"}),
		"logfmt": newLogfmt(t),
	}
	ask := map[string]Parser{
		"csv":   csv("number"),
		"regex": build(NewRegex(RegexConfig{Pattern: `^(?P<n>.*),z$`, Types: map[string]string{"n": "number"}})),
		"int":   build(NewGrok(GrokConfig{Pattern: `^%{DATA:n:int},z$`})),
		"float": build(NewGrok(GrokConfig{Pattern: `^%{DATA:n:float},z$`})),
		"w3c":   build(NewW3C(w3c)),
	}
	lines := map[string]string{"kv": "n=%s", "logfmt": "n=%s", "w3c": "%s GET"}
	for _, g := range parsertest.Numbers {
		if g.Text == "" || g.Text == "-" || strings.Contains(g.Text, ",") {
			continue
		}
		check := func(all map[string]Parser, want bool, how string) {
			for name, p := range all {
				if strings.Contains(g.Text, " ") && (name == "logfmt" || name == "w3c") {
					continue
				}
				pattern, ok := lines[name]
				if !ok {
					pattern = "%s,z"
				}
				if got := types(p, fmt.Sprintf(pattern, g.Text)) == record.Number; got != want {
					t.Errorf("%s %s %q: a number: %v", name, how, g.Text, got)
				}
			}
		}
		check(guess, g.Guessed, "guesses")
		check(ask, g.Asked, "is asked for")
	}
}
