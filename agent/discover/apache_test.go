package discover

import (
	"strings"
	"testing"
)

func TestApacheIsFollowedThroughItsIncludes(t *testing.T) {
	root := tree(t, map[string]string{
		"/etc/apache2/envvars": "# the start script reads it\nunset HOME\nif [ x ]; then SUFFIX=\"-x\"; fi\nexport APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n",
		"/etc/apache2/apache2.conf": `ServerRoot "/etc/apache2"
ErrorLog ${APACHE_LOG_DIR}/error.log
LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
logformat "%v \
%h %t" short
# CustomLog /var/log/comment.log short
IncludeOptional sites-enabled/*.conf
IncludeOptional none/*.conf
Include ports.conf
`,
		"/etc/apache2/sites-available/shop.conf": `Define SHOP ${APACHE_LOG_DIR}/shop
<VirtualHost *:80>
	CustomLog ${SHOP}/access.log combined env=!quiet
	CustomLog "|/usr/bin/rotatelogs /var/log/r.%Y 86400" combined
	CustomLog "${SHOP}/inline.log" "%h %r"
	TransferLog logs/transfer.log
	CustomLog ${NOWHERE}/x.log combined
	CustomLog ${SHOP}/odd.log nosuch
	ErrorLog syslog:local7
</VirtualHost>
`,
		"/etc/apache2/sites-enabled/shop.conf": "-> ../sites-available/shop.conf",
		"/var/log/apache2/error.log":           "",
		"/var/log/apache2/shop/access.log":     "",
		"/var/log/apache2/shop/inline.log":     "",
		"/var/log/apache2/shop/odd.log":        "",
		"/etc/apache2/logs/transfer.log":       "",
	})
	f := newFinder(Options{Root: root})
	f.apache()
	check := func(path, settings, why string) {
		t.Helper()
		e := f.byPath[path]
		switch {
		case e == nil:
			t.Errorf("%s was not found", path)
		case e.why[0] != why:
			t.Errorf("%s: found by %q, want %q", path, e.why, why)
		case settings == "" && len(e.configured) != 0, settings != "" && (len(e.configured) != 1 || e.configured[0] != Format{"apache", settings}):
			t.Errorf("%s: got %q, want %q", path, e.configured, settings)
		}
	}
	check("/var/log/apache2/error.log", "", "/etc/apache2/apache2.conf:2")
	check("/var/log/apache2/shop/access.log", `{ format = "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" }`, "/etc/apache2/sites-enabled/shop.conf:3")
	check("/var/log/apache2/shop/inline.log", `{ format = "%h %r" }`, "/etc/apache2/sites-enabled/shop.conf:5")
	check("/var/log/apache2/shop/odd.log", "", "/etc/apache2/sites-enabled/shop.conf:8")
	check("/etc/apache2/logs/transfer.log", `{ format = "%h %l %u %t \"%r\" %>s %b" }`, "/etc/apache2/sites-enabled/shop.conf:6")
	if len(f.entries) != 5 {
		t.Errorf("%d logs", len(f.entries))
	}
	notes := Found{Notes: f.notes}.notes()
	for _, want := range []string{
		"shop.conf:4: CustomLog goes to a program", "shop.conf:7: CustomLog has a variable in its path that is not defined",
		"shop.conf:8: names the format \"nosuch\"", "shop.conf:9: ErrorLog goes to syslog:local7", "ports.conf: is included, but does not exist",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note says %q in\n%s", want, notes)
		}
	}
}

func TestApacheWords(t *testing.T) {
	f := func(line string, want ...string) {
		t.Helper()
		if got := apacheWords(line); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
	f(``)
	f(`  a  b`, "a", "b")
	f(`a "b c" 'd e'f`, "a", "b c", "d e", "f")
	f(`a "b \"c\" \\ \n"`, "a", `b "c" \ \n`)
	f(`a "not closed`, "a", "not closed")
	f(`a "\`, "a", `\`)
}
