package conf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVariablesAndFilesAreExpanded(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("A", "one")
	t.Setenv("EMPTY", "")
	t.Setenv("NESTED", "${A}")
	check := func(text, want string) {
		t.Helper()
		got, bad := expand(text)
		if bad != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, bad, want)
		}
	}
	check("", "")
	check("plain", "plain")
	check("${A}", "one")
	check("<${A}${A}>", "<oneone>")
	check("${EMPTY}", "")
	check("${EMPTY:-two}${NONE_SUCH:-three}${A:-four}", "twothreeone")
	check("${NONE_SUCH:-}", "")
	check("${NONE_SUCH:-${A}}!", "one!")
	check("${NONE_SUCH:-<${NONE_SUCH:-${A}}>}", "<one>")
	check("${A:-${NONE_SUCH}}", "one") // what is not used is not looked up
	check("${NONE_SUCH:-$${A}}}", "${A}}")
	check("$remote_addr [$time_local] $$ 5$", "$remote_addr [$time_local] $$ 5$")
	check("$${A} $$${A}", "${A} $${A}")
	check("${NESTED}", "${A}") // what comes in is not expanded again
	check("${file:"+file("one", "secret\n")+"}", "secret")
	check("${file:"+file("crlf", "secret\r\n")+"}", "secret")
	check("${file:"+file("two", "a\n\n")+"}!", "a\n!")
	check("${file:"+file("none", "a b")+"}", "a b")
	check("${file:"+file("full", strings.Repeat("x", maxSecretFile))+"}", strings.Repeat("x", maxSecretFile))
	file("long", strings.Repeat("canary", maxSecretFile))

	refuse := func(text, want string) {
		t.Helper()
		got, bad := expand(text)
		if bad == nil {
			t.Errorf("%q: expanded to %q", text, got)
			return
		}
		if !strings.Contains(bad.Msg, want) || strings.Contains(bad.Msg+bad.Hint, "canary") {
			t.Errorf("%q: got %q", text, bad.Msg)
		}
	}
	refuse("${NONE_SUCH:-${NONE_EITHER}}", "environment variable NONE_EITHER is not set")
	refuse("${NONE_SUCH:-${A}", "without its }")
	refuse("${A-canary}", "only ${NAME:-default} is known")
	refuse(strings.Repeat("${NONE_SUCH:-", 1000)+strings.Repeat("}", 1000), "in each other")
	refuse("${NONE_SUCH}", "environment variable NONE_SUCH is not set")
	refuse("canary${A", "without its }")
	refuse("${}", "name of an environment variable")
	refuse("${canary one}", "name of an environment variable")
	refuse("${1A}", "name of an environment variable")
	refuse("${file:}", "whole path")
	refuse("${file:relative}", "whole path")
	refuse("${file:"+dir+"/absent}", dir+"/absent")
	refuse("${file:"+dir+"}", "a folder")
	refuse("${file:/dev/zero}", "not a regular file")
	refuse("${file:"+dir+"/long}", "larger than 64KiB")
}
