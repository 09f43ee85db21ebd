package parseencode

import (
	"path/filepath"
	"testing"

	"logskiff/kinds"
	"logskiff/parsers/parsertest"
)

// Every kind of parser keeps the contract with what real software writes: the lines of its cases.
func TestEveryParserKeepsTheContract(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range everyCase(t) {
		source := caseSource(t, filepath.Join(casesDir, c.name))
		if source.Parser.Kind == "raw" {
			continue // it leaves all lines as they are
		}
		p, err := kinds.BuildParser(source.Parser)
		if err != nil {
			t.Fatal(err)
		}
		tried[source.Parser.Kind] = true
		t.Run(c.name, func(t *testing.T) { parsertest.Run(t, p, c.lines...) })
	}
	for _, k := range kinds.All().Parsers {
		if !tried[k.Name] && k.Name != "raw" {
			t.Errorf("the parser %s has no case: add a folder to parsers/testdata/cases with config.toml and the input.log of a real program", k.Name)
		}
	}
}
