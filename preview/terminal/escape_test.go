package terminal

import "testing"

func TestEscapeLeavesNothingThatDrivesATerminal(t *testing.T) {
	check := func(in, want string) {
		t.Helper()
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
	check("plain text, é, 日本", "plain text, é, 日本")
	check("a\tb", "a\tb")
	check("\x1b[31mred", `\x1b[31mred`)
	check("bell\a del\x7f", `bell\x07 del\x7f`)
	check("c1 \u009b31m", `c1 \u{9b}31m`)
	check("bad \xff byte", `bad \xff byte`)
	check("two\nlines\r", `two\x0alines\x0d`)
	check("right-to-left \u202e", `right-to-left \u{202e}`)
	check("a replaced \uFFFD stays", "a replaced \uFFFD stays")
}

func FuzzEscape(f *testing.F) {
	f.Add("a\x1b]0;x\a")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Escape(s) {
			if r < 0x20 && r != '\t' || r >= 0x7f && r < 0xa0 {
				t.Fatalf("%q became %q", s, Escape(s))
			}
		}
	})
}
