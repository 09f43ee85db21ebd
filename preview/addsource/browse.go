package addsource

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"logskiff/conf"
	"logskiff/readers/file/glob"
)

// ErrNotShown is the one answer for what is not there and for what may not be shown: who asks learns nothing of either.
var ErrNotShown = errors.New("there is no such log, or it may not be shown: agent.browse says what may")

// DeniedError says that a log which may be shown cannot be read by this process.
type DeniedError struct{ Path, Advice string }

func (e *DeniedError) Error() string { return e.Path + ": permission denied" }

// never are folders that nothing is shown of, whatever agent.browse says.
var never = []string{"/proc", "/sys", "/dev", "/etc", "/root", "/boot"}

// open opens a log to look at it. Where Browse is set, the path with its links resolved must be matched by it; the file is opened
// below the folder that a pattern begins with, never waits, and is a regular one with one link.
func (e *Engine) open(name string) (*os.File, fs.FileInfo, error) {
	if !filepath.IsAbs(name) || filepath.Clean(name) != name || strings.ContainsRune(name, 0) {
		return nil, nil, ErrNotShown
	}
	if e.Browse == nil {
		return openPlain(name)
	}
	if e.mayShow(name) == "" {
		return nil, nil, ErrNotShown // not even its links are looked at
	}
	resolved, err := filepath.EvalSymlinks(name)
	if err != nil {
		if info, there := os.Lstat(name); errors.Is(err, fs.ErrPermission) && (there != nil || info.Mode().IsRegular()) {
			return nil, nil, &DeniedError{Path: name}
		}
		return nil, nil, ErrNotShown
	}
	below := e.mayShow(resolved)
	if below == "" {
		return nil, nil, ErrNotShown
	}
	root, err := os.OpenRoot(below)
	if err != nil {
		return nil, nil, ErrNotShown
	}
	defer root.Close()
	rest, err := filepath.Rel(below, resolved)
	if err != nil {
		return nil, nil, ErrNotShown
	}
	before, err := root.Lstat(rest)
	if err != nil || !before.Mode().IsRegular() {
		return nil, nil, ErrNotShown // opening a pipe or a device can do something
	}
	f, err := root.OpenFile(rest, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil, &DeniedError{Path: name}
	}
	if err != nil {
		return nil, nil, ErrNotShown
	}
	info, err := f.Stat()
	if err != nil || !os.SameFile(before, info) || !info.Mode().IsRegular() || links(info) != 1 {
		return nil, nil, errors.Join(ErrNotShown, f.Close())
	}
	return f, info, nil
}

// openPlain opens a regular file for who may see all that the process may read.
func openPlain(name string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, nil, &DeniedError{Path: name}
	case err != nil:
		return nil, nil, fmt.Errorf("cannot look at it: %w", err)
	case !info.Mode().IsRegular():
		return nil, nil, fmt.Errorf("%s is no regular file", name)
	}
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil, &DeniedError{Path: name}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read it: %w", err)
	}
	if info, err = f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, nil, errors.Join(fmt.Errorf("%s is no regular file", name), err, f.Close())
	}
	return f, info, nil
}

func links(info fs.FileInfo) uint64 {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return uint64(st.Nlink) //nolint:unconvert // 16 or 32 bits on some systems
}

// mayShow returns the folder that the pattern of Browse which matches a clean path begins with, "" when none does or nothing is
// ever shown there.
func (e *Engine) mayShow(name string) (below string) {
	if e.neverShown(name) {
		return ""
	}
	dir, base := filepath.Split(name)
	for _, pattern := range e.Browse() {
		m, err := glob.CompileExclude(pattern)
		if err != nil || !m.Matches(dir, base) {
			continue
		}
		all, err := glob.Compile(pattern)
		if err != nil {
			continue
		}
		for _, one := range all {
			if root, _ := one.Root(); root == "/" || strings.HasPrefix(name, root+"/") {
				return root
			}
		}
	}
	return ""
}

func (e *Engine) neverShown(name string) bool {
	for _, dir := range append([]string{e.DataDir}, never...) {
		if dir != "" && (name == dir || strings.HasPrefix(name, dir+"/")) {
			return true
		}
	}
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasPrefix(part, ".") })
}

// mayPlan says why no source may be planned for a path or glob, or returns nil. Everything that a glob can match must be matched by one
// pattern of Browse: so that where one has more than whole names and **, only plain paths are let through. plain: it is no glob, whatever it has in it.
func (e *Engine) mayPlan(path string, plain bool) error {
	switch {
	case !filepath.IsAbs(path):
		return fmt.Errorf("%q is no absolute path", path)
	case strings.ContainsRune(path, 0) || filepath.Clean(path) != path:
		return fmt.Errorf("%q is no clean path", path)
	case e.Browse == nil:
		return nil
	case e.mayShow(path) == "":
		return fmt.Errorf("%s: %w", path, ErrNotShown)
	case plain || !strings.ContainsAny(path, `*?[{\`):
		return nil
	case strings.Contains(path, "{"):
		return fmt.Errorf("%s: write the names in braces as paths of their own", path)
	case strings.Contains(path, `\`):
		if one, ok := plainPath(path); ok && e.mayShow(one) != "" {
			return nil
		}
		return fmt.Errorf("%s: %w", path, ErrNotShown)
	}
	dir, base := filepath.Split(path)
	for _, pattern := range e.Browse() {
		whole := !slices.ContainsFunc(strings.Split(pattern, "/"), func(part string) bool {
			return strings.ContainsAny(part, `?[{\`) || strings.Contains(part, "*") && part != "*" && part != "**"
		})
		if m, err := glob.CompileExclude(pattern); err == nil && whole && m.Matches(dir, base) && (!strings.Contains(path, "**") || strings.HasSuffix(pattern, "**")) {
			return nil
		}
	}
	return fmt.Errorf("%s: a glob must lie below a folder of agent.browse as a whole", path)
}

// plainPath says whether a path of a reader is one file, and which.
func plainPath(pattern string) (string, bool) {
	if !conf.IsGlob(pattern) && !strings.Contains(pattern, "{") {
		return pattern, true
	}
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			i++
			b.WriteByte(pattern[i])
		case strings.IndexByte(`*?[{`, c) >= 0:
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}
