package file

import (
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// A followed folder can hang: its file server is gone, and every system call on it
// waits in the kernel for ever. So each is made by a goroutine of its own, and who
// asked waits for it with patience. When it does not come back in time its mount
// counts as away, and all that is asked of it fails at once, with errHung, until that
// call returns. What fails so says nothing about the file: nobody may take it for gone.

// errHung says that the file system did not answer.
var errHung = errors.New("the file system does not answer")

const (
	// patience is how long a system call may take before its mount counts as away: a
	// disk that has to spin up, or a server that is busy, answers by then mostly.
	patience = time.Second
	// mostUnknown bounds the calls that hang on paths whose mount is not known.
	mostUnknown = 16
)

// kernel is what a disk asks; tests have one of their own, in which folders hang.
type kernel interface {
	stat(path string) (info, error)
	statBorn(path string) (i info, born int64, err error)
	statNames(dir string, names []string, to []stated, p *pulse)
	kindOf(path string) byte
	list(path string, p *pulse) ([]entry, error)
	way(path, real string) []string
	resolve(path string) (string, error)
	eventless(path string) string
	openRead(o *opener, path string) (fd int, i info, err error)
	fstat(fd int) (info, error)
	birth(fd int) int64
	preadFull(fd int, p []byte, at int64) (int, error)
	seekData(fd int, at int64) (int64, error)
	close(fd int)
}

// onFD is what is known of an open file.
type onFD struct {
	dev  uint64
	born int64 // when it was created, nanoseconds; 0: the file system does not say
}

// pulse is moved on by a call of many steps, so that a long one is told from one that hangs.
type pulse struct{ n atomic.Int64 }

func (p *pulse) beat() { p.n.Add(1) }

// where is what hangs together: a device, or a path whose device is not known.
type where struct {
	dev  uint64
	path string
}

// away is a mount that does not answer.
type away struct {
	since time.Time
	stuck int      // calls that are in the kernel
	then  []func() // to be done when it answers: closing files waits for the server too
}

// mounts knows which mounts answer. All readers share it, so a mount that hangs holds
// a few threads of the process, however many files are on it.
type mounts struct {
	sys      kernel
	patience time.Duration
	timers   sync.Pool

	mu      sync.Mutex
	devs    map[string]uint64 // of folders, and of names that lead to another device than their folder's
	fds     map[int]onFD      // of open files
	flushes map[uint64]bool   // devices whose server is asked when a file is closed
	away    map[where]*away
	unknown int // of those, without a device
}

func newMounts() *mounts {
	return &mounts{
		sys: system{}, patience: patience, devs: map[string]uint64{}, fds: map[int]onFD{}, flushes: map[uint64]bool{}, away: map[where]*away{},
		timers: sync.Pool{New: func() any { t := time.NewTimer(time.Hour); t.Stop(); return t }},
	}
}

// at returns what hangs together with a name: its folder, when nothing else is known of it.
func (m *mounts) at(path string) where {
	m.mu.Lock()
	defer m.mu.Unlock()
	if dev, ok := m.devs[path]; ok {
		return where{dev: dev}
	}
	dir := filepath.Dir(path)
	if dev, ok := m.devs[dir]; ok {
		return where{dev: dev}
	}
	return where{path: dir}
}

// atExactly is at for what may be on another device than the folder it is in: a folder, or a link.
func (m *mounts) atExactly(path string) where {
	m.mu.Lock()
	defer m.mu.Unlock()
	if dev, ok := m.devs[path]; ok {
		return where{dev: dev}
	}
	return where{path: path}
}

func (m *mounts) atFD(fd int) where {
	m.mu.Lock()
	defer m.mu.Unlock()
	return where{dev: m.fds[fd].dev}
}

// learn notes on which device a path is.
func (m *mounts) learn(path string, i info) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if was, ok := m.devs[path]; ok && was == i.dev {
		return
	}
	if dev, ok := m.devs[filepath.Dir(path)]; ok && dev == i.dev && !i.folder() {
		delete(m.devs, path)
		return
	}
	if len(m.devs) > 1<<16 { // of names that are long gone
		clear(m.devs)
	}
	m.devs[path] = i.dev
}

// isAway tells since when a mount does not answer, or the zero time.
func (m *mounts) isAway(at where) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.away[at]; a != nil {
		return a.since
	}
	return time.Time{}
}

// allAway returns the mounts that do not answer.
func (m *mounts) allAway() map[where]struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[where]struct{}{}
	for at := range m.away {
		all[at] = struct{}{}
	}
	return all
}

// patienceFor returns how long to wait for a call; 0: it is not to be made. The more is
// away the less it is, so that a look at many folders that hang ends soon.
func (m *mounts) patienceFor(at where) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away[at] != nil || at.path != "" && m.unknown >= mostUnknown {
		return 0
	}
	return m.patience >> min(len(m.away), 4)
}

// hangs notes a call that does not come back.
func (m *mounts) hangs(at where) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.away[at]
	if a == nil {
		a = &away{since: time.Now()}
		m.away[at] = a
		if at.path != "" {
			m.unknown++
		}
	}
	a.stuck++
}

// answers notes that such a call has come back.
func (m *mounts) answers(at where) {
	m.mu.Lock()
	a := m.away[at]
	var then []func()
	if a.stuck--; a.stuck == 0 {
		then = a.then
		delete(m.away, at)
		if at.path != "" {
			m.unknown--
		}
	}
	m.mu.Unlock()
	for _, fn := range then {
		fn()
	}
}

// noteFlushes notes that the server of a folder is asked when a file in it is closed.
func (m *mounts) noteFlushes(path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if dev, ok := m.devs[path]; ok {
		m.flushes[dev] = true
	}
}

// flushesOn tells whether closing a file waits for its server. The kernel does that when a
// process ends too, and nothing ends the wait (fuse_flush in fs/fuse/file.c): whoever
// has a file open there cannot end before the server answers.
func (m *mounts) flushesOn(dev uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.flushes[dev]
}

// closeFD closes a file; one of a mount that is away when that answers.
func (m *mounts) closeFD(fd int) {
	m.mu.Lock()
	at := where{dev: m.fds[fd].dev}
	delete(m.fds, fd)
	if a := m.away[at]; a != nil {
		a.then = append(a.then, func() { m.sys.close(fd) })
		m.mu.Unlock()
		return
	}
	m.mu.Unlock()
	ask(m, at, func(*pulse) struct{} { m.sys.close(fd); return struct{}{} }, nil)
}

const (
	running = iota
	returned
	abandoned
)

// ask has call made, which must touch nothing that anyone else uses, and returns its
// result; false: it does not come back. Its late result goes to late.
func ask[T any](m *mounts, at where, call func(*pulse) T, late func(T)) (T, bool) {
	var none T
	wait := m.patienceFor(at)
	if wait == 0 {
		return none, false
	}
	c := &struct {
		pulse
		state  atomic.Int32
		result chan T
	}{result: make(chan T, 1)}
	go func() {
		v := call(&c.pulse)
		c.result <- v
		if c.state.CompareAndSwap(running, returned) {
			return
		}
		if late != nil {
			late(v)
		}
		m.answers(at)
	}()
	timer := m.timers.Get().(*time.Timer)
	defer func() { timer.Stop(); m.timers.Put(timer) }()
	for beats := int64(0); ; beats = c.n.Load() {
		timer.Reset(wait)
		select {
		case v := <-c.result:
			return v, true
		case <-timer.C:
		}
		if c.n.Load() != beats {
			continue
		}
		m.hangs(at)
		if c.state.CompareAndSwap(running, abandoned) {
			return none, false
		}
		m.answers(at) // it came back at last
		return <-c.result, true
	}
}
