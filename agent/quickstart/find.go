// Package quickstart makes the configuration for someone who has none yet: it
// looks at what lies under /var/log and writes TOML that follows it into a
// forwarder in the same process.
//
// It only looks and writes text; it starts nothing and knows no plugin's code.
package quickstart

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// Log is one readable log that was found.
type Log struct {
	Path  string
	Nginx bool // its lines look like nginx's "combined" format
}

// Found is what a search brought.
type Found struct {
	Logs       []Log
	Unreadable []string // looked like logs, but may not be read by this user
}

const (
	maxDepth = 4
	maxLogs  = 1000
)

var (
	logName = regexp.MustCompile(`(\.log|_log|\.err|\.out)$|^(syslog|messages|secure|maillog|cron|auth|debug|kern|boot|access|error)$`)
	// ^address - user [time] "request" status bytes "referer" "agent"$, as
	// http://nginx.org/en/docs/http/ngx_http_log_module.html gives for "combined".
	combined = regexp.MustCompile(`^\S+ - \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "[^"]*" \d{3} \d+ "[^"]*" "[^"]*"$`)
)

// Find looks for logs below root. Folders and files it may not read are passed
// over; binary files, rotated and compressed ones are left out. skip is a
// folder that is not searched (our own data).
func Find(root, skip string) Found {
	var found Found
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error { //nolint:errcheck // the function below returns none
		switch {
		case err != nil:
			if os.IsPermission(err) && d != nil {
				found.Unreadable = append(found.Unreadable, path)
			}
			return nil
		case d.IsDir():
			deep := strings.Count(strings.TrimPrefix(path, root), string(filepath.Separator))
			if path == skip || deep > maxDepth || d.Name() == "journal" || d.Name() == "private" {
				return fs.SkipDir
			}
			return nil
		case !logName.MatchString(d.Name()) || len(found.Logs) >= maxLogs:
			return nil
		}
		found.look(path)
		return nil
	})
	slices.SortFunc(found.Logs, func(a, b Log) int { return strings.Compare(a.Path, b.Path) })
	return found
}

func (f *Found) look(path string) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if os.IsPermission(err) {
			f.Unreadable = append(f.Unreadable, path)
		}
		return
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return
	}
	head := make([]byte, 8<<10)
	n, err := io.ReadFull(file, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return
	}
	head = head[:n]
	if bytes.IndexByte(head, 0) >= 0 {
		return // not text
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	nginx := combined.Match(line) || n == 0 && strings.Contains(path, "/nginx/") && strings.Contains(filepath.Base(path), "access")
	f.Logs = append(f.Logs, Log{Path: path, Nginx: nginx})
}
