package conf

import (
	"flag"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestReferenceHasEveryKeyOfEveryKind(t *testing.T) {
	got := Reference(fakeKinds())
	file := "testdata/reference.md"
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the reference changed; got:\n%s", got)
	}
	for _, row := range []string{
		"| `paths` | list of text |  | Patterns of the files to follow. |",
		"| `tls.password` | secret |  | Password of the key. |",
		"| `routes[].keep` | true or false |  | Keep it. |",
		"| `timeout` | duration | `\"0s\"` | How long to wait. |",
		"| `max_line` | size | `\"1MiB\"` | Longest line. |",
		"The log_format, with a \\| in it. `${...}` is taken as it is. |",
		"| `stop_timeout` | duration | `\"4s\"` |",
		"| `batch.wait` | duration | `\"200ms\"` |",
	} {
		if !strings.Contains(got, row) {
			t.Errorf("no row %s", row)
		}
	}
	if strings.Contains(got, "NotAKey") {
		t.Error("a field without a toml tag is listed")
	}
}

func TestExamplesOfTheReferenceLoad(t *testing.T) {
	load := func(text string) {
		t.Helper()
		if _, err := Parse("example", []byte(text), fakeKinds()); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	complete := 0
	for _, m := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(Reference(fakeKinds()), -1) {
		if text := m[1]; strings.HasPrefix(text, "[[") {
			complete++
			load(text)
		}
	}
	if complete != 2 {
		t.Errorf("found %d complete examples", complete)
	}
	const source, sender = "[[source]]\nname = \"a\"\n", "\n[[sender]]\nname = \"b\"\n"
	k := fakeKinds()
	for _, reader := range k.Readers {
		for _, parser := range k.Parsers {
			for _, to := range k.Senders {
				load(source + example("reader", reader) + "\n" + example("parser", parser) + sender + example("sender", to))
			}
		}
	}
}

func TestEveryKeyOfTheAgentIsDocumented(t *testing.T) {
	for _, row := range regexp.MustCompile(`(?m)^\| .*\|$`).FindAllString(Reference(fakeKinds()), -1) {
		if strings.HasSuffix(row, "|  |") {
			t.Errorf("no meaning: %s", row)
		}
	}
}

func TestDefaultsAreWrittenAsTheConfigurationWouldBe(t *testing.T) {
	one := 1
	for want, v := range map[string]any{
		"": []string{}, "`[\"a\", \"b\"]`": []string{"a", "b"}, "`{ \"a b\" = 1, c = 2 }`": map[string]int{"c": 2, "a b": 1},
		"`1`": &one, "`\"7d\"`": Duration(7 * 24 * time.Hour), "`[\"1KiB\"]`": []Size{1024}, "`false`": false, "`0.5`": 0.5,
	} {
		if got := defaultText(reflect.ValueOf(v)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := defaultText(reflect.ValueOf(Secret("canary"))); got != "" {
		t.Errorf("a default secret is shown: %s", got)
	}
}
