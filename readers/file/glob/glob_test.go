package glob

import (
	"path/filepath"
	"testing"
)

func globMatches(t *testing.T, pattern, path string) bool {
	t.Helper()
	globs, err := Compile(pattern)
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	dir, base := filepath.Split(path)
	return Exclude{globs: globs}.Matches(dir, base)
}

func TestGlob(t *testing.T) {
	f := func(pattern, path string, want bool) {
		t.Helper()
		if globMatches(t, pattern, path) != want {
			t.Errorf("%s against %s: want %v", pattern, path, want)
		}
	}
	f("/var/log/a.log", "/var/log/a.log", true)
	f("/var/log/*.log", "/var/log/a.log", true)
	f("/var/log/*.log", "/var/log/x/a.log", false)
	f("/var/**/*.log", "/var/a.log", true)
	f("/var/**/*.log", "/var/x/y/a.log", true)
	f("/var/**", "/var/x/y/z", true)
	f("/**/log/*", "/a/b/log/c", true)
	f("/var/[ab]?.log", "/var/b1.log", true)
	f("/var/{a,b/c}.log", "/var/b/c.log", true)
	f("/var/{a,b{1,2}}.log", "/var/b2.log", true)
	f(`/var/\*.log`, "/var/*.log", true)
	f(`/var/\*.log`, "/var/a.log", false)
	f("/var//./a.log", "/var/a.log", true)
	f("/var/[!7]*", "/var/6", true)
	f("/var/[!7]*", "/var/7", false)
	f("/var/a[[:digit:]].txt", "/var/a1.txt", true)
	f("/var/[]x]", "/var/]", true)
	f("/var/*", "/var/.a.log.swp", false)
	f("/var/.*", "/var/.a.log.swp", true)
}

func TestBadGlobsAreRefused(t *testing.T) {
	for _, bad := range []string{"/", "/a/[", "/a/b**", "/a/{b"} {
		if _, err := Compile(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("/var/**/{a,b}*.log", "/var/x/a1.log")
	f.Add(`/a/\[[^x]`, "/a/[y")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		globs, err := Compile(pattern)
		if err != nil {
			return
		}
		dir, base := filepath.Split(path)
		Exclude{globs: globs}.Matches(dir, base)
		for _, g := range globs {
			g.Root()
		}
	})
}
