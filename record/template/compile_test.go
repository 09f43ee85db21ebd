package template_test

import (
	"errors"
	"strings"
	"testing"

	"logskiff/record/template"
)

func TestEachMistakeSaysWhereAndWhatToDo(t *testing.T) {
	f := func(text string, at int, msg, hint string) {
		t.Helper()
		_, err := template.Compile(text, template.Options{})
		bad, ok := errors.AsType[*template.Error](err)
		if !ok || bad.At != at || !strings.Contains(bad.Msg, msg) || !strings.Contains(bad.Hint, hint) {
			t.Errorf("%s: got %#v, want %q and %q at %d", text, err, msg, hint, at)
		}
	}
	f("a {", 2, "without its }", "{{")
	f("a {level", 2, "without its }", "{{")
	f("a {level:-x", 11, "without its }", "{{")
	f("a } b", 2, "a } without its {", "}}")
	f("{level}}", 7, "a } without its {", "}}")
	f("{}", 0, "names nothing", "{name}")
	f("{ level }", 0, "space around", "write {level}")
	f("{a{b}", 2, "in the name", "{{")
	f("{level:info}", 0, "there is no -", "{level:-default}")
	f("{.a}", 0, "begins with a dot", "{name}")
	f("{tags}", 0, "names no tag", "{fields.tags}")
	f("{\xff}", 0, "not valid UTF-8", "")
	f("{time:-x}", 0, "needs no default", "%Y.%m.%d")
	f("{time:%Y-%Q}", 6, "%Q is not known", "%Y")
	f("{time:%}", 6, "% is not known", "%Y")
	f("{time:2006}", 6, "nothing of the time", "%Y.%m.%d")
	f("{time:}", 6, "nothing of the time", "%Y.%m.%d")
	f("{time:%Y", 0, "no } behind it", "%Y.%m.%d")
	f(strings.Repeat("{a:-", 10)+strings.Repeat("}", 10), 36, "more than 8 times", "fewer")
}

func TestWhatADestinationForbidsIsSaidAtOnce(t *testing.T) {
	f := func(safe, text, msg string) {
		t.Helper()
		s, known := template.SafeFor(safe)
		if !known {
			t.Fatalf("there is no %s", safe)
		}
		_, err := template.Compile(text, template.Options{Safe: s})
		if got := errText(err); !strings.Contains(got, msg) || (msg == "") != (err == nil) {
			t.Errorf("%s as %s: got %q, want %q", text, safe, got, msg)
		}
	}
	f("topic", "logs-{source}-{time:%Y.%m.%d}", "")
	f("topic", "logs/{source}", `no topic can have '/' in its name`)
	f("topic", "logs-{time:%H:%M}", `can have ':' in its name`)
	f("topic", "logs-{time}", `can have ':' in its name`)
	f("topic", "logs-{time:%z}", `can have '+' in its name`)
	f("topic", "logs-{a:-b c}", `can have ' ' in its name`)
	f("index", "Logs-{source}", `can have 'L' in its name`)
	f("index", "_{source}", `begins with "_"`)
	f("index", "logs-{time:%b}", `can have 'A' in its name`)
	f("index", "logs-{time:%e}", `can have ' ' in its name`)
	f("index", "logs-{source}-{time:%Y.%m.%d}", "")
	f("path", "/srv/{host}/{time:%F}/a.log", "")
	f("path", "a\x00b", `can have '\x00' in its name`)
	if _, known := template.SafeFor("queue"); known {
		t.Error("queue is no kind of name")
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestAPatternHasAWildcardForWhatDiffers(t *testing.T) {
	for text, want := range map[string]string{
		"logs-{source}-{time:%Y.%m.%d}": "logs-*-*", "logs": "logs", "{source}{host:-x}": "*", "a{{b{source}{time:%Y}c": "a{b*c", "": "",
	} {
		c, err := template.Compile(text, template.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Pattern("*"); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
