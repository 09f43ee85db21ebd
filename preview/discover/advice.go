package discover

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// Advice is the command that lets a user, "" being logskiff, read a log.
func Advice(name, user string) string { return newFinder(Options{User: user}).advice(name) }

// advice is the command that lets the agent's user read a log: joining the group
// that may, or an entry in the access control lists (setfacl(1)).
func (f *finder) advice(name string) string {
	at, info := f.barrier(name)
	need := fs.FileMode(0o040)
	if info != nil && info.IsDir() {
		need = 0o050
	}
	if info != nil && info.Mode()&need == need {
		if group := f.groupOf(info); group != "" && group != "root" {
			return fmt.Sprintf("sudo usermod -aG %s %s", group, f.User)
		}
	}
	if info != nil && info.IsDir() {
		return fmt.Sprintf("sudo setfacl -R -m u:%s:rX,d:u:%s:rX %s", f.User, f.User, Shell(at))
	}
	return fmt.Sprintf("sudo setfacl -m u:%s:r %s; sudo setfacl -m u:%s:rx,d:u:%s:r %s", f.User, Shell(name), f.User, f.User, Shell(path.Dir(name)))
}

// barrier returns the first folder on the way to name that others may not enter,
// or the file itself.
func (f *finder) barrier(name string) (at string, info fs.FileInfo) {
	for _, part := range strings.Split(strings.Trim(name, "/"), "/") {
		next, err := f.stat(at + "/" + part)
		if err != nil {
			return at, info // what may not be entered is the folder before
		}
		at, info = at+"/"+part, next
		if info.IsDir() && info.Mode()&0o001 == 0 {
			return at, info
		}
	}
	return at, info
}

// groupOf returns the name of the group a file belongs to, or "".
func (f *finder) groupOf(info fs.FileInfo) string {
	s, ok := info.Sys().(*syscall.Stat_t)
	text, err := f.text("/etc/group")
	if !ok || err != nil {
		return ""
	}
	for line := range strings.Lines(text) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[2] == strconv.FormatUint(uint64(s.Gid), 10) {
			return fields[0]
		}
	}
	return ""
}

// Shell quotes a text for a shell.
func Shell(name string) string {
	const safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+:@%"
	if strings.Trim(name, safe) == "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
