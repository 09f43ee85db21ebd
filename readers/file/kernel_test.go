package file

import (
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// hooked is the system, with something around each call.
type hooked struct {
	system
	around func(op, path string, do func())

	mu    sync.Mutex
	paths map[int]string // of open files
}

func newHooked(around func(op, path string, do func())) *hooked {
	return &hooked{around: around, paths: map[int]string{}}
}

func (h *hooked) pathOf(fd int) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.paths[fd]
}

func (h *hooked) stat(path string) (i info, err error) {
	h.around("stat", path, func() { i, err = h.system.stat(path) })
	return i, err
}

func (h *hooked) statBorn(path string) (i info, born int64, err error) {
	h.around("stat", path, func() { i, born, err = h.system.statBorn(path) })
	return i, born, err
}

func (h *hooked) statNames(dir string, names []string, to []stated, p *pulse) {
	for n := range names {
		h.around("stat", dir+"/"+names[n], func() { h.system.statNames(dir, names[n:n+1], to[n:n+1], p) })
	}
}

func (h *hooked) kindOf(path string) (kind byte) {
	h.around("lstat", path, func() { kind = h.system.kindOf(path) })
	return kind
}

func (h *hooked) list(path string, p *pulse) (all []entry, err error) {
	h.around("list", path, func() { all, err = h.system.list(path, p) })
	return all, err
}

func (h *hooked) way(path, real string) (all []string) {
	h.around("readlink", path, func() { all = h.system.way(path, real) })
	return all
}

func (h *hooked) resolve(path string) (real string, err error) {
	h.around("readlink", path, func() { real, err = h.system.resolve(path) })
	return real, err
}

func (h *hooked) eventless(path string) (name string) {
	h.around("statfs", path, func() { name = h.system.eventless(path) })
	return name
}

func (h *hooked) openRead(o *opener, path string) (fd int, i info, err error) {
	h.around("open", path, func() { fd, i, err = h.system.openRead(o, path) })
	if err == nil {
		h.mu.Lock()
		h.paths[fd] = path
		h.mu.Unlock()
	}
	return fd, i, err
}

func (h *hooked) fstat(fd int) (i info, err error) {
	h.around("fstat", h.pathOf(fd), func() { i, err = h.system.fstat(fd) })
	return i, err
}

func (h *hooked) birth(fd int) (born int64) {
	h.around("statx", h.pathOf(fd), func() { born = h.system.birth(fd) })
	return born
}

func (h *hooked) seekData(fd int, at int64) (data int64, err error) {
	h.around("lseek", h.pathOf(fd), func() { data, err = h.system.seekData(fd, at) })
	return data, err
}

func (h *hooked) preadFull(fd int, p []byte, at int64) (n int, err error) {
	h.around("pread", h.pathOf(fd), func() { n, err = h.system.preadFull(fd, p, at) })
	return n, err
}

func (h *hooked) close(fd int) { h.around("close", h.pathOf(fd), func() { h.system.close(fd) }) }

// asNobody has the rig's reader ask the system without the rights of root, for whom no
// permission is denied, while fn runs.
func asNobody(t *testing.T, g *rig, fn func()) {
	t.Helper()
	if unix.Geteuid() != 0 {
		fn()
		return
	}
	was := g.sys
	g.ask(newHooked(func(_, _ string, do func()) {
		runtime.LockOSThread() // the rights of file access belong to a thread, setfsuid(2)
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Error("cannot give up the rights of root: ", err)
		}
		defer func() { _ = unix.Setfsuid(0) }()
		do()
	}))
	fn()
	g.ask(was)
}

// ask has the rig's reader ask sys, now and when it is started anew.
func (g *rig) ask(sys kernel) {
	if g.sys = sys; sys == nil {
		sys = system{}
	}
	if g.r != nil {
		g.r.disk.sys = sys
	}
}
