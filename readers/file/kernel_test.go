package file

import (
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"logskiff/readers/file/disk"
)

// hooked is the system, with something around each call.
type hooked struct {
	disk.System
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

func (h *hooked) Stat(path string) (i disk.Info, err error) {
	h.around("stat", path, func() { i, err = h.System.Stat(path) })
	return i, err
}

func (h *hooked) StatBorn(path string) (i disk.Info, born int64, err error) {
	h.around("stat", path, func() { i, born, err = h.System.StatBorn(path) })
	return i, born, err
}

func (h *hooked) StatNames(dir string, names []string, to []disk.Stated, p *disk.Pulse) {
	for n := range names {
		h.around("stat", dir+"/"+names[n], func() { h.System.StatNames(dir, names[n:n+1], to[n:n+1], p) })
	}
}

func (h *hooked) KindOf(path string) (kind byte) {
	h.around("lstat", path, func() { kind = h.System.KindOf(path) })
	return kind
}

func (h *hooked) List(path string, p *disk.Pulse) (all []disk.Entry, err error) {
	h.around("list", path, func() { all, err = h.System.List(path, p) })
	return all, err
}

func (h *hooked) Way(path, real string) (all []string) {
	h.around("readlink", path, func() { all = h.System.Way(path, real) })
	return all
}

func (h *hooked) Resolve(path string) (real string, err error) {
	h.around("readlink", path, func() { real, err = h.System.Resolve(path) })
	return real, err
}

func (h *hooked) Eventless(path string) (name string) {
	h.around("statfs", path, func() { name = h.System.Eventless(path) })
	return name
}

func (h *hooked) OpenRead(o *disk.Opener, path string) (fd int, i disk.Info, err error) {
	h.around("open", path, func() { fd, i, err = h.System.OpenRead(o, path) })
	if err == nil {
		h.mu.Lock()
		h.paths[fd] = path
		h.mu.Unlock()
	}
	return fd, i, err
}

func (h *hooked) Fstat(fd int) (i disk.Info, err error) {
	h.around("fstat", h.pathOf(fd), func() { i, err = h.System.Fstat(fd) })
	return i, err
}

func (h *hooked) Birth(fd int) (born int64) {
	h.around("statx", h.pathOf(fd), func() { born = h.System.Birth(fd) })
	return born
}

func (h *hooked) SeekData(fd int, at int64) (data int64, err error) {
	h.around("lseek", h.pathOf(fd), func() { data, err = h.System.SeekData(fd, at) })
	return data, err
}

func (h *hooked) PreadFull(fd int, p []byte, at int64) (n int, err error) {
	h.around("pread", h.pathOf(fd), func() { n, err = h.System.PreadFull(fd, p, at) })
	return n, err
}

func (h *hooked) Close(fd int) { h.around("close", h.pathOf(fd), func() { h.System.Close(fd) }) }

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
func (g *rig) ask(sys disk.Kernel) {
	if g.sys = sys; sys == nil {
		sys = disk.System{}
	}
	if g.r != nil {
		g.r.disk.Sys = sys
	}
}
