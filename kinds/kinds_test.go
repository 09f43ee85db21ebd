package kinds

import (
	"log/slog"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/parsers"
)

// A plugin whose settings are another's would panic here: the loader hands what New
// made to what builds it.
func TestEachParserIsBuiltOfItsDefaultsOrSaysWhatIsMissing(t *testing.T) {
	for _, k := range All().Parsers {
		p, err := BuildParser(conf.Plugin{Kind: k.Name, Settings: k.New()})
		needs := k.Name == "regex" || k.Name == "grok" || k.Name == "csv"
		if (err != nil) != needs || err == nil && p == nil {
			t.Errorf("%s: %v, %v", k.Name, p, err)
		}
	}
}

func TestNamesAreTakenOnce(t *testing.T) {
	for stage, rows := range map[string][]conf.Kind{"reader": All().Readers, "parser": All().Parsers, "sender": All().Senders} {
		seen := map[string]bool{}
		for _, k := range rows {
			if seen[k.Name] || k.Name == "" || !strings.HasSuffix(k.Doc, ".") {
				t.Errorf("%s %q: a second row, or it is not described: %q", stage, k.Name, k.Doc)
			}
			seen[k.Name] = true
		}
	}
}

func TestWhatListensAndWhatSendsLinesAsTheyWereRead(t *testing.T) {
	all := All()
	for _, k := range all.Readers {
		all := Listens(conf.Plugin{Kind: k.Name, Settings: k.New()})
		if (len(all) == 1) != (k.Name == "http") || len(all) > 0 && (all[0].Network != "tcp" || !strings.Contains(all[0].Address, ":")) {
			t.Errorf("%s listens on %v", k.Name, all)
		}
	}
	f := func(text string, asRead, header bool, folder string) {
		t.Helper()
		cfg, err := conf.Parse("x", []byte("[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\n[[sender]]\nname = \"b\"\n"+text+"\n"), all)
		if err != nil {
			t.Fatal(err)
		}
		plugin := cfg.Senders[0].Plugin
		s, err := BuildSender(plugin, SenderEnv{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if s.AsRead != asRead || (s.Header != nil) != header {
			t.Errorf("%s sends lines as they were read: %t; has a header: %t", text, s.AsRead, s.Header != nil)
		}
		if got, ok := Folder(plugin); got != folder || ok != (folder != "") {
			t.Errorf("%s keeps what was sent in %q", text, got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	f(`http = { endpoints = ["http://h"] }`, false, true, "")
	f(`http = { endpoints = ["http://h"], format = "lines" }`, true, true, "")
	f(`file = { path = "/nowhere/x" }`, false, false, "/nowhere/x")
}

// The documentation of templates lists the parsers that cannot say what fields there are.
func TestParsersThatKnowTheirFieldsAreThoseThatAreDocumented(t *testing.T) {
	_, list, _ := strings.Cut(fieldsDoc, "all do but")
	list, _, _ = strings.Cut(list, ".")
	for _, k := range All().Parsers {
		settings := k.New()
		switch s := settings.(type) {
		case *parsers.RegexConfig:
			s.Pattern = "(?P<a>.)"
		case *parsers.GrokConfig:
			s.Pattern = "%{WORD:a}"
		case *parsers.CSVConfig:
			s.Columns = []string{"a"}
		}
		p, err := BuildParser(conf.Plugin{Kind: k.Name, Settings: settings})
		if err != nil {
			t.Fatal(err)
		}
		fixed := false
		if says, ok := p.(parsers.Fixed); ok {
			_, fixed = says.FieldNames()
		}
		if fixed == strings.Contains(list, "`"+k.Name+"`") {
			t.Errorf("%s: that it knows its fields is %v, and documented otherwise: %s", k.Name, fixed, list)
		}
	}
}
