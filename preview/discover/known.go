package discover

import (
	"path"
	"regexp"
	"strings"
)

// known are the places where distributions and programs put their logs. Files of
// a folder that come and go all the time are always followed by their glob.
var known = []struct {
	glob  string
	comes bool
}{
	{"/var/log/syslog", false}, {"/var/log/messages", false}, {"/var/log/auth.log", false}, {"/var/log/secure", false},
	{"/var/log/kern.log", false}, {"/var/log/daemon.log", false}, {"/var/log/user.log", false}, {"/var/log/mail.log", false},
	{"/var/log/maillog", false}, {"/var/log/cron", false}, {"/var/log/cron.log", false}, {"/var/log/audit/audit.log", false},
	{"/var/log/mysql/*.log", false}, {"/var/log/mysql*.log", false}, {"/var/log/mysqld.log", false}, {"/var/log/mariadb/*.log", false},
	{"/var/lib/mysql/*-slow.log", false},
	{"/var/log/postgresql/*.log", false}, {"/var/log/postgresql/*.csv", false},
	{"/var/lib/pgsql/data/log/*.log", false}, {"/var/lib/pgsql/*/data/log/*.log", false}, {"/var/lib/postgresql/data/log/*.log", false},
	{"/var/log/redis/*.log", false}, {"/var/log/haproxy.log", false}, {"/var/log/caddy/*.log", false}, {"/var/log/php*-fpm.log", false},
	{"/var/log/tomcat*/*.log", false}, {"/var/log/tomcat*/catalina.out", false},
	{"/var/log/pods/*/*/*.log", true}, {"/var/log/containers/*.log", true}, // the second leads to the first
	{"/var/lib/docker/containers/*/*-json.log", true},
}

func (f *finder) known() {
	for _, k := range known {
		var found []*entry
		other := false // a file of this place is followed by another glob already
		for _, name := range f.glob(k.glob) {
			if _, err := f.stat(name); err != nil && !isPermission(err) || isRotated(path.Base(name)) {
				continue
			}
			if e := f.add(name, "a known place"); e != nil {
				found = append(found, e)
				other = other || e.glob != ""
			}
		}
		if k.comes && !other {
			for _, e := range found {
				e.glob = k.glob
			}
		}
	}
}

var (
	logName = regexp.MustCompile(`(\.log|_log|\.err|\.out)$|^(syslog|messages|secure|maillog|cron|auth|debug|kern|boot|access|error)$`)
	oldName = regexp.MustCompile(`\.(gz|xz|bz2|zst|lz4|Z|zip|old|bak)$|\.\d{1,3}$|[-._]\d{8}(-\d+)?$|-\d{4}-\d\d-\d\d$`)
)

// isLedger says whether a file's name is that of the records of log-ins, which are
// binary even while they are empty (utmp(5), lastlog(8)).
func isLedger(name string) bool {
	switch name {
	case "wtmp", "btmp", "utmp", "lastlog", "faillog", "tallylog":
		return true
	}
	return false
}

// isRotated says whether a file's name is one that rotation gives.
func isRotated(name string) bool { return oldName.MatchString(name) }

func isLogName(name string) bool { return logName.MatchString(name) }

// inLogFolder says whether a folder above the file is named as one for logs.
func inLogFolder(name string) bool {
	for _, part := range strings.Split(path.Dir(name), "/") {
		if part == "log" || part == "logs" {
			return true
		}
	}
	return false
}
