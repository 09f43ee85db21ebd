package file

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"logskiff/conf"
)

// Scenario 38: what glob(7) says, in paths and exclude.
func TestScenario38PathsAreGlobs(t *testing.T) {
	f := func(paths, exclude, want string) {
		t.Helper()
		g := newRig(t, strings.Fields(paths)...)
		g.cfg.Exclude = strings.Fields(exclude)
		g.do(mkdirs(g.path("d"), g.path(".h")))
		for _, name := range []string{"6.log", "7.log", "a1.txt", "ab.txt", "]", ".6.log.swp", "d/6.log", "d/.6.log", ".h/6.log"} {
			g.write(name, name+"\n")
		}
		g.start()
		g.step()
		g.wantSet(strings.Fields(want)...)
		var met []string
		g.cfg.Match(1000, func(path string, _ os.FileInfo) bool {
			met = append(met, strings.TrimPrefix(path, g.dir+"/"))
			return true
		})
		slices.Sort(met)
		if all := strings.Fields(want); !slices.Equal(met, slices.Sorted(slices.Values(all))) {
			t.Errorf("%s without %s: Match says %q, want %q", paths, exclude, met, all)
		}
	}
	f("[!7]*.log", "", "6.log")
	f("[^7]*.log", "", "6.log")
	f("a[[:digit:]].txt", "", "a1.txt")
	f("[]x]", "", "]")
	f("*", "", "6.log 7.log a1.txt ab.txt ]")
	f(".*", "", ".6.log.swp")
	f("**/*.log", "", "6.log 7.log d/6.log")
	f("**", "", "6.log 7.log a1.txt ab.txt ] d/6.log")
	f(".h/* d/*", "", ".h/6.log d/6.log")
	f(".h/* d/* *.log", ".h/6.log [!7]*", "7.log")
	f("*.log", "[[:digit:]].log", "")
}

func TestRotationNames(t *testing.T) {
	f := func(name string, want bool) {
		t.Helper()
		if rotationOf("a.log", name) != want {
			t.Errorf("%s: want %v", name, want)
		}
	}
	f("a.log.1", true)
	f("a.log-20261120", true)
	f("a.log.2.gz", true)
	f("a-20261120.log", true)
	f("a-2026-11-20.log.zst", true)
	f("a.log.bak", false)
	f("ab.log", false)
	f("a.log2x", false)
	f("b.log.1", false)
}

func TestValidateNamesEachBadKey(t *testing.T) {
	c := Default()
	c.Paths = []string{"relative.log", "/a/["}
	c.Exclude = []string{"["}
	c.StartAt, c.MaxLine, c.PollInterval, c.OpenFiles, c.Encoding = "middle", 1, 1, 0, "klingon"
	err := c.Validate()
	for _, key := range []string{"paths", "exclude", "start_at", "max_line", "poll_interval", "open_files", "encoding"} {
		if err == nil || !strings.Contains(err.Error(), key+": ") {
			t.Errorf("%s is not named in %v", key, err)
		}
	}
	var fe *conf.FieldError
	if !errors.As(err, &fe) {
		t.Errorf("%T is no FieldError", err)
	}
	good := Default()
	good.Paths = []string{"/var/log/*.log"}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}

func TestExcludesByNameAndPath(t *testing.T) {
	g := newRig(t, "**/*.log")
	g.cfg.Exclude = []string{"skip*.log", "old/**"}
	g.do(mkdirs(g.path("old/x"), g.path("new")))
	g.write("skip1.log", "no\n")
	g.write("old/x/a.log", "no\n")
	g.write("new/a.log", "yes\n")
	g.start()
	g.step()
	g.want("yes")
}
