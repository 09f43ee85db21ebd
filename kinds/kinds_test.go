package kinds

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/parsers"
	"logskiff/senders"
	"logskiff/senders/sendertest"
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
			if seen[k.Name] || k.Name == "" {
				t.Errorf("%s %q: a second row, or one without a name", stage, k.Name)
			}
			if !strings.HasSuffix(k.Doc, ".") {
				t.Errorf("%s %q is described by %q, want a sentence with its full stop", stage, k.Name, k.Doc)
			}
			seen[k.Name] = true
		}
	}
}

func TestWhereReadersListen(t *testing.T) {
	want := map[string]string{"file": "[]", "http": "[127.0.0.1:7711]"}
	for _, k := range All().Readers {
		if got := fmt.Sprint(Listens(conf.Plugin{Kind: k.Name, Settings: k.New()})); got != want[k.Name] {
			t.Errorf("%s listens on %s by default, and this test has %q for it", k.Name, got, want[k.Name])
		}
	}
}

// built is a sender of settings as a configuration has them.
func built(t *testing.T, text string) (conf.Plugin, *senders.Sender) {
	t.Helper()
	cfg, err := conf.Parse("x", []byte("[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\n[[sender]]\nname = \"b\"\n"+text+"\n"), All())
	if err != nil {
		t.Fatal(err)
	}
	plugin := cfg.Senders[0].Plugin
	s, err := BuildSender(plugin, SenderEnv{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return plugin, s
}

func TestWhatSendersSayOfThemselves(t *testing.T) {
	seen := map[string]bool{}
	f := func(text string, asRead, header bool, folder string) {
		t.Helper()
		plugin, s := built(t, text)
		seen[plugin.Kind] = true
		if s.AsRead != asRead || (s.Header != nil) != header {
			t.Errorf("%s sends lines as they were read: %t; has a header: %t", text, s.AsRead, s.Header != nil)
		}
		if got, ok := Folder(plugin); got != folder || ok != (folder != "") {
			t.Errorf("%s keeps what was sent in %q", text, got)
		}
		for _, problem := range sendertest.Lacks(s) {
			t.Errorf("%s: %s", text, problem)
		}
	}
	f(`http = { endpoints = ["http://h"] }`, false, true, "")
	f(`http = { endpoints = ["http://h", "http://i"], format = "lines", strategy = "failover" }`, true, true, "")
	f(`file = { path = "/nowhere/x" }`, false, false, "/nowhere/x")
	f(`kafka = { brokers = ["k:9092"], topic = "x" }`, false, false, "")
	f(`kafka = { brokers = ["k:9092"], topic = "x", value = "raw" }`, true, false, "")
	f(`kafka = { brokers = ["k:9092"], topic = "x", value = "{message}" }`, false, false, "")
	f(`elasticsearch = { endpoints = ["http://e:9200", "http://f:9200/es"], index = "x" }`, false, false, "")
	f(`victorialogs = { endpoints = ["http://v:9428"] }`, false, false, "")
	for _, k := range All().Senders {
		if !seen[k.Name] {
			t.Errorf("this test builds no sender of the kind %s: add a line with settings of it", k.Name)
		}
	}
}

// What is built of settings that are checked nowhere fails when the agent uses it.
func TestASenderOfDefaultsIsWholeOrRefused(t *testing.T) {
	for _, k := range All().Senders {
		s, err := BuildSender(conf.Plugin{Kind: k.Name, Settings: k.New()}, SenderEnv{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			continue
		}
		for _, problem := range sendertest.Lacks(s) {
			t.Errorf("%s of its defaults: %s", k.Name, problem)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
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
			t.Errorf("%s: that it knows its fields (parsers.Fixed) is %v; kinds/fields.md says otherwise: \"all do but%s\"", k.Name, fixed, list)
		}
	}
}
