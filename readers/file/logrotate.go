package file

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"time"

	"logskiff/readers/file/disk"
)

// logrotate knows the folders to which logrotate moves old logs (olddir in its
// configuration, logrotate(8)).
type logrotate struct {
	conf, dir string
	read      time.Time
	dirs      []string
}

// olddirs returns the folders where rotated files of dir may be. The
// configuration is read at the first call, and again a minute later at the earliest.
func (l *logrotate) olddirs(disk *disk.Disk, dir string) []string {
	if time.Since(l.read) > time.Minute {
		l.read = time.Now()
		l.dirs = nil
		l.parse(l.conf)
		names, _ := os.ReadDir(l.dir)
		for _, e := range names {
			l.parse(filepath.Join(l.dir, e.Name()))
		}
	}
	var out []string
	for _, d := range l.dirs {
		if !filepath.IsAbs(d) {
			d = filepath.Join(dir, d)
		}
		if i, err := disk.StatFolder(d); err == nil && i.Folder() {
			out = append(out, d)
		}
	}
	return out
}

// parse collects olddir lines; a file that cannot be read has none.
func (l *logrotate) parse(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "olddir" {
			continue
		}
		d := strings.Trim(words[1], `"'`)
		if d != "" && !contains(l.dirs, d) {
			l.dirs = append(l.dirs, d)
		}
	}
}

func contains(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}
