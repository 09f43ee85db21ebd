package command

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

func TestEveryCommandIsDescribed(t *testing.T) {
	var man bytes.Buffer
	writeManual(&man, table(), "1.2.3", "2026-11-21T02:20:47Z")
	help := usage()
	for _, c := range table() {
		code, stdout, _ := printed(t, c.name, "--help")
		if code != exitOK || !strings.Contains(stdout, c.short) {
			t.Errorf("%s --help: exit code %d\n%s", c.name, code, stdout)
		}
		if !strings.Contains(help, "logskiff "+c.name) || !strings.Contains(man.String(), ".SS "+roff(c.name)) {
			t.Errorf("%s is missing in the help or in the manual", c.name)
		}
		if len(c.examples) == 0 || !strings.Contains(stdout, "Examples:") {
			t.Errorf("%s --help has no example", c.name)
		}
		for _, e := range c.examples {
			if first, _, _ := strings.Cut(e, " "); first != c.name {
				t.Errorf("%s has an example of another command: %s", c.name, e)
			}
		}
		for _, f := range c.flags() {
			if _, about := flag.UnquoteUsage(f); !strings.Contains(man.String(), ".B "+roff(dashed(f.Name))) || about == "" {
				t.Errorf("%s %s is missing in the manual", c.name, dashed(f.Name))
			}
		}
	}
	for line := range strings.Lines(help) {
		if len(line) > 106 {
			t.Errorf("too wide for a terminal: %s", line)
		}
	}
	if !strings.HasPrefix(man.String(), `.TH LOGSKIFF 8 "2026-11-21" "logskiff 1.2.3"`) {
		t.Errorf("the manual begins with %.60s", man.String())
	}
}

func TestTheManualIsGoodRoff(t *testing.T) {
	if _, err := exec.LookPath("man"); err != nil {
		if os.Getenv("LOGSKIFF_REQUIRE_ALL") == "1" {
			t.Fatal("man is not installed, and LOGSKIFF_REQUIRE_ALL=1 wants every test to run")
		}
		t.Skip("man is not installed (apt-get install man-db)")
	}
	path := filepath.Join(t.TempDir(), "logskiff.8")
	var page bytes.Buffer
	writeManual(&page, table(), "1.2.3", "2026-11-21T02:20:47Z")
	if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("man", "--warnings=all", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=100")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil || said.Len() > 0 {
		t.Errorf("%v: %s", err, said.String())
	}
}

func TestBashCompletesCommandsOptionsAndWords(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	var script bytes.Buffer
	completeBash(&script, table())
	f := func(typed, want string) {
		t.Helper()
		ask := fmt.Sprintf("%s\nCOMP_WORDS=(%s); COMP_CWORD=%d; _logskiff; echo ${COMPREPLY[@]}", script.String(), typed, strings.Count(typed, " "))
		out, err := exec.Command("bash", "-c", ask).CombinedOutput()
		if got := strings.TrimSpace(string(out)); got != want || err != nil {
			t.Errorf("%q: got %q, %v; want %q", typed, got, err, want)
		}
	}
	f("logskiff ch", "check")
	f("logskiff test-p", "test-parse")
	f("logskiff test-s", "test-sender")
	f("logskiff completion z", "zsh")
	f("logskiff offset sh", "show")
	f("logskiff offset --d", "--data-dir")
	f("logskiff follow --j", "--json")
}

func TestZshAndFishScriptsAreGood(t *testing.T) {
	dir := t.TempDir()
	f := func(shell string, write func(*bytes.Buffer)) {
		t.Helper()
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("%s is not installed: its script is made, and not read by it", shell)
			return
		}
		var script bytes.Buffer
		write(&script)
		path := put(t, filepath.Join(dir, shell), script.String())
		if out, err := exec.Command(shell, "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", shell, err, out)
		}
	}
	f("zsh", func(b *bytes.Buffer) { completeZsh(b, table()) })
	f("fish", func(b *bytes.Buffer) { completeFish(b, table()) })
	for _, shell := range []string{"zsh", "fish"} {
		code, stdout, _ := printed(t, "completion", shell)
		for _, c := range table() {
			if code != exitOK || !strings.Contains(stdout, c.name) {
				t.Errorf("%s does not know %s", shell, c.name)
			}
		}
	}
	if code, _, _ := printed(t, "completion", "tcsh"); code != exitUsage {
		t.Errorf("an unknown shell: exit code %d", code)
	}
}

func TestVersionComesFromTheReleaseOrFromTheBuild(t *testing.T) {
	info := &debug.BuildInfo{Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-11-21T02:20:47Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	info.Main.Version = "(devel)"
	f := func(given build, want build, text string) {
		t.Helper()
		given.fill(info)
		if given != want || given.String() != text {
			t.Errorf("got %+v, %s; want %+v, %s", given, given, want, text)
		}
	}
	f(build{}, build{"(devel)", "0123456789abcdef", "2026-11-21T02:20:47Z", true}, "(devel)-0123456789ab+changes")
	f(build{version: "1.2.3", commit: "fedcba", date: "2026-01-01T00:00:00Z"}, build{"1.2.3", "fedcba", "2026-01-01T00:00:00Z", false}, "1.2.3-fedcba")
	_, stdout, _ := printed(t, "version")
	if !regexp.MustCompile(`^logskiff \S+ \((commit [0-9a-f]{40} \S+Z(, with changes)?|no commit is known)\) go1\S+ \w+/\w+\n$`).MatchString(stdout) {
		t.Errorf("version says %q", stdout)
	}
}
