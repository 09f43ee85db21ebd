package discover

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const (
	maxDepth = 4     // folders below /var/log
	maxFiles = 20000 // looked at in one walk
)

// walk goes through the folder dir of the host. see is called for each name that
// is not a folder, denied for each that may not be looked into. Folders of the
// systemd journal, private ones and skip are passed over.
func (h host) walk(dir, skip string, see func(name string), denied func(name string)) {
	top, err := filepath.EvalSymlinks(h.real(dir))
	if err != nil {
		top = h.real(dir)
	}
	seen := 0
	filepath.WalkDir(top, func(at string, d fs.DirEntry, err error) error { //nolint:errcheck // the function below returns none
		name := path.Join(dir, strings.TrimPrefix(at, top))
		switch {
		case err != nil:
			if isPermission(err) && d != nil {
				denied(name)
			}
			return nil
		case d.IsDir():
			deep := strings.Count(strings.TrimPrefix(at, top), "/")
			if name == skip || deep > maxDepth || d.Name() == "journal" || d.Name() == "private" {
				return fs.SkipDir
			}
			return nil
		}
		if seen++; seen > maxFiles {
			return fs.SkipAll
		}
		see(name)
		return nil
	})
}

func (f *finder) walkLogs() {
	f.walk("/var/log", f.Skip, func(name string) {
		base := path.Base(name)
		switch {
		case isRotated(base):
		case isLogName(base):
			if _, err := f.stat(name); err == nil || isPermission(err) {
				f.add(name, underVarLog)
			}
		default:
			if info, err := f.stat(name); err == nil && info.Mode().IsRegular() {
				f.others[name] = info.Size()
			}
		}
	}, func(name string) {
		f.note(name, "may not be looked into", f.advice(name))
	})
}

// Below returns the text logs below a folder by their names, and what looked like
// one but may not be read, or may not be looked into. skip is not searched.
func Below(dir, skip string) (logs, unreadable []string) {
	h := host{"/"}
	h.walk(dir, skip, func(name string) {
		if !isLogName(path.Base(name)) || len(logs) >= maxLogs {
			return
		}
		f, _, err := h.open(name)
		if err != nil {
			if isPermission(err) {
				unreadable = append(unreadable, name)
			}
			return
		}
		defer f.Close()
		if head, err := readAt(f, 0, headBytes); err == nil && isText(head) {
			logs = append(logs, name)
		}
	}, func(name string) { unreadable = append(unreadable, name) })
	slices.Sort(logs)
	return logs, unreadable
}

// Best returns the best suggestion for each of the logs, as Find does: by what the configurations of web
// servers say of it, and by what it holds.
func Best(logs []string) []Suggestion {
	d := NewHostDetector()
	best := make([]Suggestion, len(logs))
	for i, name := range logs {
		s, err := host{"/"}.sample(name)
		if err != nil {
			s = Sample{}
		}
		best[i] = d.Suggest(name, s, d.Configured(name)...)[0]
	}
	return best
}
