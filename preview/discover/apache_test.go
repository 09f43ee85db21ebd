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
		case settings == "" && len(e.configured) != 0 && e.configured[0] != noAccessLog, settings != "" && (len(e.configured) != 1 || e.configured[0] != Format{"apache", settings}):
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

const apacheErrors = "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187:50120] File does not exist: /favicon.ico\n" +
	"[Fri Sep 09 10:43:01.000001 2011] [mpm_event:notice] [pid 35707:tid 140] AH00489: Apache/2.4.62 (Debian) configured -- resuming normal operations\n"

// An error log is no access log, whether it has lines or not, and whatever formats are about.
func TestApacheErrorLogsAreNoAccessLogs(t *testing.T) {
	const anything = "LogFormat \"%h %l %u %t\" odd\nCustomLog /var/log/apache2/odd.log odd\n"
	for _, text := range []string{"", apacheErrors} {
		for _, conf := range []string{"", "ErrorLog /var/log/apache2/error.log\n" + anything} {
			files := map[string]string{
				"/var/log/apache2/error.log":               text,
				"/var/log/apache2/shop_error.log":          text,
				"/var/log/apache2/odd.log":                 "1.2.3.4 - - [21/Nov/2026:02:20:47 +0000]\n",
				"/var/log/apache2/access.log":              "",
				"/var/log/apache2/other_vhosts_access.log": "",
				"/var/log/httpd/ssl_access_log":            "",
			}
			if conf != "" {
				files["/etc/apache2/apache2.conf"] = conf
			}
			found := find(t, Options{Root: tree(t, files)})
			f := func(path, want string) {
				t.Helper()
				if l := found.the(t, path); l.Parser.Text() != want {
					t.Errorf("%s: got %s, want %s", path, l.Parser.Text(), want)
				}
			}
			f("/var/log/apache2/error.log", "raw = {}")
			f("/var/log/apache2/shop_error.log", "raw = {}")
			f("/var/log/apache2/access.log", `apache = { format = "combined" }`)
			f("/var/log/apache2/other_vhosts_access.log", `apache = { format = "vhost_combined" }`)
			f("/var/log/httpd/ssl_access_log", `apache = { format = "combined" }`)
		}
	}
}
