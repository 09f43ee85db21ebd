package conf

import (
	"strings"
	"testing"
)

func TestTheNearestKeyIsSuggested(t *testing.T) {
	known := []string{"paths", "start_at", "poll_interval", "max_line", "ca", "tls", "nginx", "exclude"}
	for word, want := range map[string]string{
		"path": "paths", "pahts": "paths", "ngnix": "nginx", "NGINX": "nginx", "start-at": "start_at", "startat": "start_at", "start": "start_at",
		"pol_intervall": "poll_interval", "tsl": "tls", "maxline": "max_line", "excludes": "exclude", "exclude_files": "exclude",
		"": "", "x": "", "xy": "", "format": "", "cat": "ca", "completely_different": "", "é": "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	if got := DidYouMean("format", []string{"b", "a"}); got != "known: a, b" {
		t.Errorf("got %q", got)
	}
	if got := DidYouMean("format", strings.Split(strings.Repeat("a ", mostKnown)+"a", " ")); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestDistanceCountsEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "axc", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"ca", "abc", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: got %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("%s, %s: got %d, want %d", c.b, c.a, got, c.want)
		}
	}
}
