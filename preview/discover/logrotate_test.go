package discover

import "testing"

func TestLogrotateSaysHowALogIsRotated(t *testing.T) {
	root := tree(t, map[string]string{
		"/etc/logrotate.conf": "weekly\nrotate 4\n# compress\ncompress\ninclude /etc/logrotate.d\n/var/log/last.log {\n  nocreate\n}\n",
		"/etc/logrotate.d/app": `/var/log/app/*.log "/var/log/with space/x.log"
/var/log/other.log
{
	daily
	copytruncate
	delaycompress
	olddir /var/log/old
	postrotate
		if [ -f x ]; then
			copytruncate is not a directive here
		}
	endscript
}
/var/log/second.log{
	nocompress
	create 0640 www-data adm
}
`,
		"/etc/logrotate.d/app.dpkg-old": "/var/log/stale.log {\n}\n",
		"/var/log/app/a.log":            "",
		"/var/log/with space/x.log":     "",
		"/var/log/other.log":            "",
		"/var/log/second.log":           "",
		"/var/log/last.log":             "",
		"/var/log/stale.log":            "",
		"/var/log/app/b.log":            "",
	})
	f := newFinder(Options{Root: root})
	f.logrotate()
	check := func(path, want, where string) {
		t.Helper()
		got := f.rotation(path)
		switch {
		case want == "" && got != nil:
			t.Errorf("%s: got %+v, want nothing", path, *got)
		case want != "" && (got == nil || got.String() != want || got.Where != where):
			t.Errorf("%s: got %+v, want %s by %s", path, got, want, where)
		}
	}
	const first = "copytruncate, compress later, olddir /var/log/old"
	check("/var/log/app/a.log", first, "/etc/logrotate.d/app:1")
	check("/var/log/with space/x.log", first, "/etc/logrotate.d/app:1")
	check("/var/log/other.log", first, "/etc/logrotate.d/app:1")
	check("/var/log/second.log", "create", "/etc/logrotate.d/app:14")
	check("/var/log/last.log", "nocreate, compress", "/etc/logrotate.conf:6")
	check("/var/log/app/deeper/a.log", "", "")
	check("/var/log/stale.log", "", "")
	if f.byPath["/var/log/app/b.log"] == nil || f.byPath["/var/log/stale.log"] != nil {
		t.Error("what a glob stands for was not found, or what a stale file names was")
	}
}
