package conf

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

func TestGlobsAreThoseOfGlob7(t *testing.T) {
	f := func(pattern, yes, no string) {
		t.Helper()
		if err := CheckGlob(pattern); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
		for _, name := range strings.Fields(yes) {
			if !MatchGlob(pattern, name) {
				t.Errorf("%s does not match %s", pattern, name)
			}
		}
		for _, name := range strings.Fields(no) {
			if MatchGlob(pattern, name) {
				t.Errorf("%s matches %s", pattern, name)
			}
		}
	}
	f("*", "a a.log", ".a .a.log.swp")
	f("*.log", "a.log é.log", ".a.log a.log.1 alog")
	f(".*", ".a .a.log", "a")
	f(`\.a`, ".a", "a")
	f("?", "a é", ". ab")
	f("[.]a", "", ".a")
	f("a?b*c", "axbc axbxbc", "abc axb")
	f("[!7]*", "a 6", "7 7a .a")
	f("[^7]*", "a 6 ^", "7 .a")
	f("[7^]*", "7 ^", "a")
	f("a[[:digit:]].txt", "a1.txt", "aa.txt ad.txt a:.txt")
	f("[[:alpha:][:digit:]_]", "a 1 _ é", ": [ -")
	f("[![:space:]]", "a", "")
	f("[]x]", "] x", "[ a")
	f("[!]x]", "a", "] x")
	f("[a-]", "a -", "b")
	f("[-a]", "a -", "b")
	f("[a-c-]", "b -", "d")
	f(`[\]]`, "]", `\ a`)
	f(`[[?*\]`, `[ ? * \`, "a ]")
	f(`\*`, "*", "a")
	f("[[.-.]a]", "- a", "b .")
	f("[[=a=]b]", "a b", "=")
	f("[[:nope:]]", ":] n] [] e]", "nope a")
	f("*a*a*a*a*b", "aaaab xaxaxaxab", strings.Repeat("a", 200))
	f("a*", "a/b"[:1], "a/b")
	for _, bad := range []string{"[", "[a", "[!", `a\`, "[]", "[!]", "[[:alpha:]"} {
		if CheckGlob(bad) == nil || MatchGlob(bad, bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

// What a shell says of the same.
func FuzzGlobsMatchAsAShellSays(f *testing.F) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		f.Skip("bash is missing")
	}
	for _, seed := range [][2]string{
		{"*-log", "a-log"}, {"[!7]*", "6"}, {"[[:digit:]]?", "1a"}, {"[]x]*", "]"}, {"[a-c-]", "-"}, {"a*b*c", "abbc"}, {`\*x`, "*x"},
		{"[^a]", "b"}, {"[^^]", "^"}, {"[!!]", "!"}, {"*-*-*", "a-b"}, {"[[:upper:]x-z]", "y"}, {"?*?", "ab"}, {"**", "a"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		const plain = "abcxyzAZ019-]![^*?:digtuper\\"
		known := regexp.MustCompile(`\[:(digit|upper|alpha):\]`)
		outside := func(r rune) bool { return !strings.ContainsRune(plain, r) }
		if strings.ContainsFunc(pattern+name, outside) || len(pattern) > 20 || len(name) > 20 || name == "" || CheckGlob(pattern) != nil ||
			strings.HasPrefix(name, ".") || strings.Contains(known.ReplaceAllString(pattern, ""), "[:") || // shells differ in what is none
			strings.Contains(pattern, "[") && strings.Contains(pattern, `\`) {
			return
		}
		out := exec.Command(bash, "-c", `LC_ALL=C.UTF-8; case "$1" in $2) exit 0;; esac; exit 1`, "bash", name, pattern).Run()
		if got := MatchGlob(pattern, name); got != (out == nil) {
			t.Fatalf("%q %q: %v, bash says %v", pattern, name, got, out == nil)
		}
	})
}
