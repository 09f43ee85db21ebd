package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// need skips a test on a machine without a program, and names the package that has
// it. With LOGSKIFF_REQUIRE_ALL=1 a missing part is a failure.
func need(t *testing.T, program, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	missing(t, program+" is not installed (apt-get install "+pkg+")")
}

func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("LOGSKIFF_REQUIRE_ALL") == "1" {
		t.Fatalf("%s, and LOGSKIFF_REQUIRE_ALL=1 wants every test to run", why)
	}
	t.Skip(why)
}

func TestTheUnitsAreConfined(t *testing.T) {
	need(t, "systemd-analyze", "systemd")
	rating := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`)
	units, err := filepath.Glob("systemd/*.service")
	if err != nil || len(units) != 2 {
		t.Fatal(units, err)
	}
	for _, unit := range units {
		out, err := exec.Command("systemd-analyze", "security", "--offline=yes", unit).CombinedOutput()
		m := rating.FindSubmatch(out)
		if err != nil || m == nil {
			t.Fatalf("%v: %s", err, out)
		}
		if rated, err := strconv.ParseFloat(string(m[1]), 64); err != nil || rated >= 2 {
			t.Errorf("%s is rated %s, want less than 2.0\n%s", unit, m[1], out)
		}
	}
}

// TestTheUnitStartsOnlyWithASource runs what ExecCondition= says.
func TestTheUnitStartsOnlyWithASource(t *testing.T) {
	unit, err := os.ReadFile("systemd/logskiff.service")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^ExecCondition=(/bin/grep) (-\S+) "(.*)" (\S+) (\S+)$`).FindSubmatch(unit)
	if m == nil {
		t.Fatal("the unit has no such condition")
	}
	f := func(want bool, main, more string) {
		t.Helper()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "conf.d"), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "logskiff.toml"), main)
		if more != "" {
			write(t, filepath.Join(dir, "conf.d/a.toml"), more)
		}
		err := exec.Command(string(m[1]), string(m[2]), string(m[3]), filepath.Join(dir, "logskiff.toml"), filepath.Join(dir, "conf.d")).Run()
		if (err == nil) != want {
			t.Errorf("%q and %q: starts: %v, want %v", main, more, err == nil, want)
		}
	}
	shipped, err := os.ReadFile("etc/logskiff.toml")
	if err != nil {
		t.Fatal(err)
	}
	f(false, string(shipped), "")
	f(false, string(shipped), "[[sender]]\n")
	f(true, string(shipped), "[[source]]\n")
	f(true, "  [[ source ]]\n", "")
	f(false, "# [[source]]\n", "")
}

func TestPackagesPassLintian(t *testing.T) {
	need(t, "lintian", "lintian")
	_, files := built(t, "1.2.3", "deb")
	out, err := exec.Command("lintian", "--allow-root", files["deb"]).CombinedOutput()
	if err != nil || strings.Contains("\n"+string(out), "\nE:") {
		t.Errorf("%v\n%s", err, out)
	}
	all, _ := exec.Command("lintian", "--allow-root", "--no-override", files["deb"]).CombinedOutput() // it fails: that is the point
	wantReasons(t, "debian/lintian-overrides", `(?m)^# .+\nlogskiff: (\S+)`, `(?m)^E: logskiff: (\S+)`, all)
}

func TestPackagesPassRpmlint(t *testing.T) {
	need(t, "rpmlint", "rpmlint")
	_, files := built(t, "1.2.3", "rpm")
	out, err := exec.Command("rpmlint", "-c", "rpm/rpmlint.toml", files["rpm"]).CombinedOutput()
	if err != nil || strings.Contains(string(out), ": E: ") || !strings.Contains(string(out), "1 packages") {
		t.Errorf("%v\n%s", err, out)
	}
	all, _ := exec.Command("rpmlint", files["rpm"]).CombinedOutput() // it fails: that is the point
	wantReasons(t, "rpm/rpmlint.toml", `(?m)^    "([^"]+)", +# .+`, `(?m)^\S+: E: (\S+)`, all)
}

// wantReasons wants each error that a linter finds without our exceptions to be one of
// them, with a comment that says why, and no exception for what it does not find.
func wantReasons(t *testing.T, exceptions, exception, finding string, said []byte) {
	t.Helper()
	text, err := os.ReadFile(exceptions)
	if err != nil {
		t.Fatal(err)
	}
	names := func(pattern string, text []byte) string {
		var all []string
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
			all = append(all, string(m[1]))
		}
		slices.Sort(all)
		return strings.Join(slices.Compact(all), " ")
	}
	if excused, found := names(exception, text), names(finding, said); excused != found || found == "" {
		t.Errorf("%s excuses, with a reason: %s\nfound is: %s\n%s", exceptions, excused, found, said)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tree lists the files of a folder with their checksums.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x\n", path, sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
