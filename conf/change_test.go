package conf_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/kinds"
)

// What is there when a change is made is what is checked: new files, changed ones, and files that are gone; and nothing is written.
func TestAChangeIsCheckedBeforeItIsMade(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "logskiff.toml")
	source := func(name string) string {
		return "[[source]]\nname = \"" + name + "\"\nreader.file = { paths = [\"/var/log/" + name + "\"] }\n"
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(main, "[agent]\ninclude = [\"conf.d/*.toml\"]\n[[sender]]\nname = \"in\"\nhttp = { endpoints = [\"http://h:1\"] }\n")
	write(filepath.Join(dir, "conf.d", "b.toml"), source("b"))
	f := func(what string, c *conf.Change, want string) {
		t.Helper()
		cfg, err := conf.CheckChange(main, kinds.All(), c, func(*conf.Config) error { return nil })
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		var names []string
		for _, s := range cfg.Sources {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: sources %q, want %q", what, got, want)
		}
	}
	in := func(name string) string { return filepath.Join(dir, "conf.d", name) }
	f("no change", nil, "b")
	f("a new file, in its order", &conf.Change{File: in("a.toml"), Text: source("a")}, "a b")
	f("a file that is another", &conf.Change{File: in("b.toml"), Text: source("c")}, "c")
	f("a file that is gone", &conf.Change{File: in("b.toml"), Gone: true}, "")
	f("a file that no pattern matches", &conf.Change{File: in("a.txt"), Text: "nonsense"}, "b")
	_, err := conf.CheckChange(main, kinds.All(), &conf.Change{File: in("a.toml"), Text: source("b")}, func(*conf.Config) error { return nil })
	var bad conf.Errors
	if !errors.As(err, &bad) || len(bad) != 1 || bad[0].File != in("b.toml") || bad[0].Line != 2 {
		t.Errorf("a name that is taken: %v", err)
	}
	if all, _ := filepath.Glob(in("*")); len(all) != 1 {
		t.Errorf("something was written: %v", all)
	}
}

func TestASourceIsPausedInItsTextAndNothingElseChanges(t *testing.T) {
	f := func(text, source, want string) {
		t.Helper()
		got, err := conf.SetPaused(text, source, true)
		if err != nil || got != want {
			t.Fatalf("paused: %v\n%s\nwant\n%s", err, got, want)
		}
		again, err := conf.SetPaused(got, source, true)
		if err != nil || again != got {
			t.Errorf("paused twice: %v\n%s", err, again)
		}
		if back, err := conf.SetPaused(got, source, false); err != nil || back != text {
			t.Errorf("taken back: %v\n%s", err, back)
		}
	}
	f("# a\n[[source]]\nname         = \"a\" # it is a\nparser.nginx = {}\n", "a", "# a\n[[source]]\nname         = \"a\" # it is a\npaused       = true\nparser.nginx = {}\n")
	f("[[source]]\n  name = \"a\"\n\n[[source]]\n  name = 'b'\n", "b", "[[source]]\n  name = \"a\"\n\n[[source]]\n  name = 'b'\n  paused = true\n")
	f("[[source]]\nx=1\nname=\"a\"\n[source.tags]\nname = \"b\"\n", "a", "[[source]]\nx=1\nname=\"a\"\npaused = true\n[source.tags]\nname = \"b\"\n")
	if got, err := conf.SetPaused("[[source]]\nname = \"a\"\npaused = false\n", "a", true); err != nil || got != "[[source]]\nname = \"a\"\npaused = true\n" {
		t.Errorf("false becomes true: %v %q", err, got)
	}
	for _, text := range []string{"", "source = [{ name = \"a\" }]\n", "[[source]]\nname = \"b\"\n", "[[source]\n", "source = 1\n"} {
		if got, err := conf.SetPaused(text, "a", true); err == nil {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestATableFromOutsideStaysOneValue(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got, err := conf.Inline(text)
		if want == "" {
			if err == nil {
				t.Errorf("%q became %q", text, got)
			}
			return
		}
		if err != nil || got != want {
			t.Errorf("%q became %q, %v; want %q", text, got, err, want)
		}
	}
	f("{}", "{}")
	f(`{ format = 'a "b" ${x}', n = 1, "a b" = [true, { x = 1.5 }] }`, `{ "a b" = [true, { x = 1.5 }], format = "a \"b\" ${x}", n = 1 }`)
	f("{ a = \"\"\"x\ny\"\"\" }", `{ a = "x\u000Ay" }`)
	f("{}\n[[sender]]\nname = \"x\"", "")
	f("{}\nx = 1", "")
	f("1", "")
	f("", "")
	f("{ at = 2026-01-01 }", "")
	f("{ n = inf }", "")
	f(strings.Repeat("[", 100), "")
}

func FuzzInline(f *testing.F) {
	f.Add("{ format = \"combined\" }")
	f.Add("{}\nx = 1")
	f.Fuzz(func(t *testing.T, text string) {
		one, err := conf.Inline(text)
		if err != nil {
			return
		}
		if strings.ContainsAny(one, "\n\r") {
			t.Fatalf("%q takes several lines", one)
		}
		if again, err := conf.Inline(one); err != nil || again != one {
			t.Fatalf("%q became %q, %v", one, again, err)
		}
	})
}

func FuzzSetPaused(f *testing.F) {
	f.Add("[[source]]\nname = \"a\"\n", "a")
	f.Add("[[source]]\n'name' = \"a\"\npaused = 1\n", "a")
	f.Fuzz(func(t *testing.T, text, source string) {
		got, err := conf.SetPaused(text, source, true)
		if err != nil {
			return
		}
		if again, err := conf.SetPaused(got, source, true); err != nil || again != got {
			t.Fatalf("%q became %q, %v", got, again, err)
		}
	})
}

func TestSecretsOfAFileAreNotShown(t *testing.T) {
	const canary = "canary-5512"
	for _, text := range []string{
		"[[sender]]\nname = \"in\"\nhttp = { endpoints = [\"http://u:" + canary + "@h:1\"], auth = { bearer = \"" + canary + "\" } }\n",
		"[[sender]]\nname = \"in\"\nhttp.endpoints = [\"http://h:1\"]\nhttp.bearer = \"" + canary + "\"\n",
		"password = \"" + canary + "\"\n",
		"[[sender]\nbearer = \"" + canary + "\"\n",
		"[[sender]]\nname = \"in\"\nhtpt = { token = \"" + canary + "\" }\n",
	} {
		shown := conf.Masked("x.toml", text, kinds.All())
		if strings.Contains(shown, canary) || !strings.Contains(shown, "***") {
			t.Errorf("%s\nis shown as\n%s", text, shown)
		}
	}
	plain := "# ok\n[[source]]\nname = \"a\"\nreader.file = { paths = [\"/a\"] }\n"
	if got := conf.Masked("x.toml", plain, kinds.All()); got != plain {
		t.Errorf("%q is shown as %q", plain, got)
	}
}
