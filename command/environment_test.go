package command

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What systemd 252 makes of such a file: EnvironmentFile= in systemd.exec(5).
func TestAnEnvironmentIsReadAsSystemdReadsIt(t *testing.T) {
	f := func(text string, want map[string]string) {
		t.Helper()
		if got := parseEnvironment(text); !maps.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	one := func(text, value string) { t.Helper(); f(text, map[string]string{"A": value}) }
	one("A=1", "1")
	one("A=1\n", "1")
	one("A=1\r\n", "1")
	one("  A=1  \n", "1")
	one("A=", "")
	one("A=a b # no comment", "a b # no comment")
	one("A='a b'", "a b")
	one("A=\"a b \"  ", "a b ")
	one("A='a\\b\"'", "a\\b\"")
	one("A=\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d")
	one("A=a\\ b", "a b")
	one("A=a\\\nb", "ab")
	one("A=\"a\nb\"\n", "a\nb")
	one("A=a'b'c", "abc")
	one("# B=2\n; C=3\n\nA=x=y\nnothing\n1B=2\nexport D=4\n", "x=y")
	one("A='not closed", "not closed")
	f("A=1\nB=\"2\"\nA=3", map[string]string{"A": "3", "B": "2"})
	f("", map[string]string{})
	f("=1\n \n\\", map[string]string{})
}

func TestCheckTakesTheEnvironmentOfTheService(t *testing.T) {
	dir := t.TempDir()
	config, environment := filepath.Join(dir, "c.toml"), filepath.Join(dir, "environment")
	for path, text := range map[string]string{
		config:      "[[source]]\nname = \"a\"\nreader.file.paths = [\"/x\"]\n[[sender]]\nname = \"b\"\nhttp = { endpoints = [\"http://h\"], bearer = \"${LOGSKIFF_TEST_TOKEN}\" }\n",
		environment: "# tokens\nLOGSKIFF_TEST_TOKEN='abc'\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("LOGSKIFF_TEST_TOKEN", "")
	if err := os.Unsetenv("LOGSKIFF_TEST_TOKEN"); err != nil {
		t.Fatal(err)
	}
	if code, _, said := printed(t, "check", "-c", config); code != exitBadConfig || !strings.Contains(said, "LOGSKIFF_TEST_TOKEN is not set") {
		t.Errorf("without it: %d, %s", code, said)
	}
	if code, _, said := printed(t, "check", "-c", config, "--env-file", environment); code != exitOK {
		t.Errorf("with it: %d, %s", code, said)
	}
	if code, _, said := printed(t, "check", "-c", config, "--env-file", filepath.Join(dir, "none")); code != exitFailed || !strings.Contains(said, "cannot read the environment") {
		t.Errorf("with one that is not there: %d, %s", code, said)
	}
}

func FuzzEnvironment(f *testing.F) {
	f.Add("A=1\nB='2'\n")
	f.Add("A=\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		for name := range parseEnvironment(text) {
			if !isVariableName(name) {
				t.Errorf("a variable is called %q", name)
			}
		}
	})
}

// The packages' file is found for a configuration that lies beside it, and for no other.
func TestThePackagesEnvironmentIsFoundByItself(t *testing.T) {
	packages, elsewhere := t.TempDir(), t.TempDir()
	const name = "LOGSKIFF_TEST_FOUND"
	if err := os.WriteFile(filepath.Join(packages, "environment"), []byte(name+"=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(file, given, want string) {
		t.Helper()
		t.Setenv(name, "0")
		none := ""
		o := checking{environment: &none}
		if given != "" {
			o.environment = &given
		}
		if err := o.load(file, filepath.Join(packages, "environment")); err != nil {
			t.Fatal(err)
		}
		if got := os.Getenv(name); got != want {
			t.Errorf("for %s with --env-file %q it is %s, want %s", file, given, got, want)
		}
	}
	f(filepath.Join(packages, "logskiff.toml"), "", "1")
	f(filepath.Join(packages, "forwarder-main.toml"), "", "1")
	f(filepath.Join(elsewhere, "logskiff.toml"), "", "0")
	f(filepath.Join(elsewhere, "logskiff.toml"), filepath.Join(packages, "environment"), "1")
}
