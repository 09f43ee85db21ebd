package discover

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"logskiff/parsers"
	"logskiff/record"
)

const casesDir = "../../parsers/testdata/cases"

// casePaths are where logs lie that only their place tells from others: apache and
// nginx write "combined" alike.
var casePaths = map[string]string{"apache": "/var/log/apache2/access.log"}

// TestEachCaseIsDetectedAsItsOwnParser: the lines that show what a parser reads must
// not be taken for those of another. A case with settings of its own stands for a
// format that the writer's configuration names.
func TestEachCaseIsDetectedAsItsOwnParser(t *testing.T) {
	entries, err := os.ReadDir(casesDir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("there are no cases in %s: %v", casesDir, err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			config, err := os.ReadFile(filepath.Join(casesDir, e.Name(), "config.toml"))
			if err != nil {
				t.Fatal(err)
			}
			input, err := os.ReadFile(filepath.Join(casesDir, e.Name(), "input.log"))
			if err != nil {
				t.Fatal(err)
			}
			own := caseParser(t, config)
			if own.Kind == "regex" || own.Kind == "grok" {
				t.Skip("no log is of this kind by itself: it can be written for any")
			}
			s := NewSample(bytes.Split(input, []byte("\n"))...)
			d, configured := NewDetector(), []Format(nil)
			if !slices.ContainsFunc(d.all, func(c candidate) bool { return c.Format == own }) {
				d, configured = NewDetector(own), []Format{own}
			}
			s.Lines = readable(t, own, s)
			if got := d.Suggest(casePaths[own.Kind], s, configured...)[0]; got.Kind != own.Kind || got.Settings != own.Settings && got.Settings != "{}" {
				t.Errorf("taken for %s (%d of %d), want %s; all: %+v", got.Text(), got.Parsed, got.Lines, own, d.Suggest("", s))
			}
		})
	}
}

// readable leaves out the lines that a case has to show what does not parse.
func readable(t *testing.T, c Format, s Sample) [][]byte {
	t.Helper()
	p, err := ParserFor(c)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(s.Lines, func(line []byte) bool { return !reads(p, line) })
}

// caseParser returns the parser of a case's config.toml.
func caseParser(t *testing.T, config []byte) Format {
	t.Helper()
	m := regexp.MustCompile(`(?ms)^parser\.(\w+) *= *(.*?)\s*(\z|^[a-z][a-z._]* *=)`).FindSubmatch(config)
	if m == nil {
		t.Fatalf("there is no parser in %s", config)
	}
	return Format{string(m[1]), string(m[2])}
}

// reads says whether a parser makes something of a line.
func reads(p parsers.Parser, line []byte) bool {
	var b record.Batch
	fill(&b, [][]byte{line}, time.Now().UnixNano())
	p.Parse(&b)
	return says(&b, &b.Records[0], 1)
}
