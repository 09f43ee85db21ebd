package discover

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"logskiff/conf"
)

// Bounds on what is looked at.
const (
	maxConf    = 1 << 20 // bytes of one configuration file
	maxConfs   = 1000    // configuration files of one program
	maxMatches = 2000    // names one glob stands for
	maxLinks   = 40      // symbolic links in one path
)

// host is the file system below root, which is taken as /. Paths are those of
// the host: absolute, and without root.
type host struct{ root string }

// real returns where path lies in this process's file system. Links are followed
// below root, so that an absolute one does not lead out of it.
func (h host) real(name string) string {
	if h.root == "/" {
		return name
	}
	done, rest := "/", name
	for links := 0; rest != ""; {
		var first string
		first, rest, _ = strings.Cut(rest, "/")
		switch first {
		case "", ".":
			continue
		case "..":
			done = path.Dir(done)
			continue
		}
		at := path.Join(done, first)
		to, err := os.Readlink(filepath.Join(h.root, at))
		if links++; err != nil || links > maxLinks {
			done = at
			continue
		}
		if path.IsAbs(to) {
			done = "/"
		}
		rest = to + "/" + rest
	}
	return filepath.Join(h.root, done)
}

func (h host) stat(name string) (fs.FileInfo, error) { return os.Stat(h.real(name)) }

// open opens a regular file for reading. It never waits, as a named pipe or a
// device would make it: those are not opened at all, since that alone can wake a
// writer up.
func (h host) open(name string) (*os.File, fs.FileInfo, error) {
	at := h.real(name)
	info, err := os.Stat(at)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, info, fmt.Errorf("%s is not a regular file", name)
	}
	f, err := os.OpenFile(at, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, info, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", name)
	}
	if err != nil {
		f.Close()
		return nil, info, err
	}
	return f, info, nil
}

// text reads a configuration file, or its first maxConf bytes.
func (h host) text(name string) (string, error) {
	f, _, err := h.open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConf))
	return string(text), err
}

func (h host) names(dir string) []string {
	entries, err := os.ReadDir(h.real(dir))
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

func isPattern(s string) bool { return strings.ContainsAny(s, `*?[`) }

// glob returns what a pattern as of glob(7) stands for, in order; a plain path
// stands for itself, whether it exists or not.
func (h host) glob(pattern string) []string {
	if !isPattern(pattern) {
		return []string{path.Clean(pattern)}
	}
	found := []string{"/"}
	for _, part := range strings.Split(pattern, "/") {
		if part == "" {
			continue
		}
		var next []string
		for _, dir := range found {
			if !isPattern(part) {
				next = append(next, path.Join(dir, part))
				continue
			}
			for _, name := range h.names(dir) {
				if conf.MatchGlob(part, name) && len(next) < maxMatches {
					next = append(next, path.Join(dir, name))
				}
			}
		}
		found = next
	}
	exist := found[:0]
	for _, name := range found {
		if _, err := h.stat(name); err == nil || !os.IsNotExist(err) {
			exist = append(exist, name)
		}
	}
	return exist
}
