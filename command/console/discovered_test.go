package console

import (
	"strings"
	"testing"
	"unicode/utf8"

	"logskiff/preview/discover"
)

func someFound() discover.Found {
	nginx := discover.Suggestion{Format: discover.Format{Kind: "nginx", Settings: `{ format = "combined" }`}, Parsed: 49, Lines: 50, Score: .98}
	return discover.Found{
		Logs: []discover.Log{
			{Path: "/var/log/nginx/*access.log", Files: []string{"a", "b", "c"}, Size: 12_345_678, Growth: 1500, Readable: true, Parser: nginx,
				Rotation: &discover.Rotation{Mode: "create", Compress: true, Delay: true}, Found: []string{"/etc/nginx/nginx.conf:41", "written by nginx"}},
			{Path: "/var/log/a\x1b[31m.log", Problem: "permission denied", Advice: "sudo usermod -aG adm logskiff", Parser: discover.Suggestion{Format: discover.Format{Kind: "raw", Settings: "{}"}}, Found: []string{"it grows"}},
		},
		Notes: []discover.Note{{Where: "/etc/nginx/nginx.conf:42", Text: "access_log goes to syslog:x, not to a file"}, {Where: "/proc", Text: "no", Advice: "run it as root"}},
	}
}

func TestDiscoveredLogsAreATable(t *testing.T) {
	var out, messages strings.Builder
	if err := Discovered(&out, &messages, 0, someFound()); err != nil {
		t.Fatal(err)
	}
	want := `LOG                             SIZE     GROWS    PARSER          SCORE         ROTATION                FOUND
/var/log/nginx/*access.log (3)  12.3 MB  +1.5 kB  nginx combined  49 of 50      create, compress later  /etc/nginx/nginx.conf:41, written by nginx
/var/log/a\x1b[31m.log          0 B      -        raw             not readable  -                       it grows
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	want = `/var/log/a\x1b[31m.log cannot be read (permission denied). Let the agent in:
  sudo usermod -aG adm logskiff
/etc/nginx/nginx.conf:42: access_log goes to syslog:x, not to a file
/proc: no; run it as root
Ready configuration for all of them: logskiff discover --toml
`
	if messages.String() != want {
		t.Errorf("got\n%s\nwant\n%s", messages.String(), want)
	}
}

func TestATableFitsTheTerminal(t *testing.T) {
	f := func(width, most int) {
		t.Helper()
		var out strings.Builder
		if err := Discovered(&out, &strings.Builder{}, width, someFound()); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > most {
				t.Errorf("%d columns in a terminal of %d: %q", n, width, line)
			}
		}
		if !strings.Contains(out.String(), "…") {
			t.Errorf("nothing was cut for %d columns", width)
		}
	}
	f(120, 120)
	f(96, 96)
	f(40, 93) // no column is cut below what says something
}

func TestNothingFoundIsSaid(t *testing.T) {
	var out, messages strings.Builder
	if err := Discovered(&out, &messages, 80, discover.Found{}); err != nil || out.String() != "" || messages.String() != "No log was found.\n" {
		t.Errorf("%v: %q, %q", err, out.String(), messages.String())
	}
}
