package swar

import (
	"strings"
	"testing"
)

// The lowest mark is where a look at each byte finds the first one.
func TestTheLowestMarkIsExact(t *testing.T) {
	isSpecial := func(c byte) bool { return c < ' ' || c >= 0x80 || c == '"' || c == '\\' }
	isBlank := func(c byte) bool { return c <= ' ' }
	check := func(s []byte) {
		t.Helper()
		for _, x := range []struct {
			name  string
			marks uint64
			is    func(byte) bool
		}{{"Special", Special(Load(s)), isSpecial}, {"Blank", Blank(Load(s)), isBlank}} {
			want := -1
			for i, c := range s[:8] {
				if x.is(c) {
					want = i
					break
				}
			}
			got := -1
			if x.marks != 0 {
				got = First(x.marks)
			}
			if got != want {
				t.Errorf("%s of %q: %d, want %d", x.name, s, got, want)
			}
		}
	}
	for at := range 8 {
		for c := range 256 {
			for _, behind := range []byte{'a', '!', ' ', '"', '#', 0x80, 0} {
				s := []byte(strings.Repeat("a", 8))
				s[at] = byte(c)
				for i := at + 1; i < 8; i++ {
					s[i] = behind
				}
				check(s)
			}
		}
	}
}
