package disk

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
// counts as away, and all that is asked of it fails at once, with ErrHung, until that
// call returns. What fails so says nothing about the file: nobody may take it for gone.

// ErrHung says that the file system did not answer.
var ErrHung = errors.New("the file system does not answer")

const (
	// patience is how long a system call may take before its mount counts as away: a
	// disk that has to spin up, or a server that is busy, answers by then mostly.
	patience = time.Second
	// mostUnknown bounds the calls that hang on paths whose mount is not known.
	mostUnknown = 16
)

// Kernel is what a Disk asks, and may hang in each of these calls; tests have one of their own, in which folders hang.
type Kernel interface {
	Stat(path string) (Info, error)
	StatBorn(path string) (i Info, born int64, err error)
	StatNames(dir string, names []string, to []Stated, p *Pulse)
	KindOf(path string) byte
	List(path string, p *Pulse) ([]Entry, error)
	Way(path, real string) []string
	Resolve(path string) (string, error)
	Eventless(path string) string
	OpenRead(o *Opener, path string) (fd int, i Info, err error)
	Fstat(fd int) (Info, error)
	Birth(fd int) int64
	PreadFull(fd int, p []byte, at int64) (int, error)
	SeekData(fd int, at int64) (int64, error)
	Close(fd int)
}

// onFD is what is known of an open file.
type onFD struct {
	dev  uint64
	born int64 // when it was created, nanoseconds; 0: the file system does not say
}

// Pulse is moved on by a call of many steps, so that a long one is told from one that hangs.
type Pulse struct{ n atomic.Int64 }

func (p *Pulse) beat() { p.n.Add(1) }

// Where is what hangs together: a device, or a path whose device is not known.
type Where struct {
	Dev  uint64
	path string
}

// away is a mount that does not answer.
type away struct {
	since time.Time
	stuck int      // calls that are in the kernel
	then  []func() // to be done when it answers: closing files waits for the server too
}

// Mounts knows which mounts answer. All readers share it, so a mount that hangs holds
// a few threads of the process, however many files are on it.
type Mounts struct {
	Sys      Kernel        // set before the first call; this host's at first
	Patience time.Duration // how long a call may take, likewise; a second at first
	timers   sync.Pool
	smalls   sync.Pool // of *[small]byte

	mu      sync.Mutex
	devs    map[string]uint64 // of folders, and of names that lead to another device than their folder's
	fds     map[int]onFD      // of open files
	flushes map[uint64]bool   // devices whose server is asked when a file is closed
	away    map[Where]*away
	unknown int // of those, without a device
}

// NewMounts returns what knows of no mount yet that does not answer.
func NewMounts() *Mounts {
	return &Mounts{
		Sys: System{}, Patience: patience, devs: map[string]uint64{}, fds: map[int]onFD{}, flushes: map[uint64]bool{}, away: map[Where]*away{},
		timers: sync.Pool{New: func() any { t := time.NewTimer(time.Hour); t.Stop(); return t }},
		smalls: sync.Pool{New: func() any { return new([small]byte) }},
	}
}

// at returns what hangs together with a name: its folder, when nothing else is known of it.
func (m *Mounts) at(path string) Where {
	m.mu.Lock()
	defer m.mu.Unlock()
	if dev, ok := m.devs[path]; ok {
		return Where{Dev: dev}
	}
	dir := filepath.Dir(path)
	if dev, ok := m.devs[dir]; ok {
		return Where{Dev: dev}
	}
	return Where{path: dir}
}

// AtExactly is at for what may be on another device than the folder it is in: a folder, or a link.
func (m *Mounts) AtExactly(path string) Where {
	m.mu.Lock()
	defer m.mu.Unlock()
	if dev, ok := m.devs[path]; ok {
		return Where{Dev: dev}
	}
	return Where{path: path}
}

func (m *Mounts) atFD(fd int) Where {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Where{Dev: m.fds[fd].dev}
}

// learn notes on which device a path is.
func (m *Mounts) learn(path string, i Info) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if was, ok := m.devs[path]; ok && was == i.Dev {
		return
	}
	if dev, ok := m.devs[filepath.Dir(path)]; ok && dev == i.Dev && !i.Folder() {
		delete(m.devs, path)
		return
	}
	if len(m.devs) > 1<<16 { // of names that are long gone
		clear(m.devs)
	}
	m.devs[path] = i.Dev
}

// IsAway tells since when a mount does not answer, or the zero time.
func (m *Mounts) IsAway(at Where) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.away[at]; a != nil {
		return a.since
	}
	return time.Time{}
}

// AllAway returns the mounts that do not answer.
func (m *Mounts) AllAway() map[Where]struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[Where]struct{}{}
	for at := range m.away {
		all[at] = struct{}{}
	}
	return all
}

// patienceFor returns how long to wait for a call; 0: it is not to be made. The more is
// away the less it is, so that a look at many folders that hang ends soon.
func (m *Mounts) patienceFor(at Where) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away[at] != nil || at.path != "" && m.unknown >= mostUnknown {
		return 0
	}
	return m.Patience >> min(len(m.away), 4)
}

// hangs notes a call that does not come back.
func (m *Mounts) hangs(at Where) {
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
func (m *Mounts) answers(at Where) {
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
func (m *Mounts) noteFlushes(path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if dev, ok := m.devs[path]; ok {
		m.flushes[dev] = true
	}
}

// FlushesOn tells whether closing a file waits for its server. The kernel does that when a
// process ends too, and nothing ends the wait (fuse_flush in fs/fuse/file.c): whoever
// has a file open there cannot end before the server answers.
func (m *Mounts) FlushesOn(dev uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.flushes[dev]
}

// CloseFD closes a file; one of a mount that is away when that answers.
func (m *Mounts) CloseFD(fd int) {
	m.mu.Lock()
	at := Where{Dev: m.fds[fd].dev}
	delete(m.fds, fd)
	if a := m.away[at]; a != nil {
		a.then = append(a.then, func() { m.Sys.Close(fd) })
		m.mu.Unlock()
		return
	}
	m.mu.Unlock()
	ask(m, at, func(*Pulse) struct{} { m.Sys.Close(fd); return struct{}{} }, nil)
}

const (
	running = iota
	returned
	abandoned
)

// ask has call made, which must touch nothing that anyone else uses, and returns its
// result; false: it does not come back. Its late result goes to late.
func ask[T any](m *Mounts, at Where, call func(*Pulse) T, late func(T)) (T, bool) {
	var none T
	wait := m.patienceFor(at)
	if wait == 0 {
		return none, false
	}
	c := &struct {
		Pulse
		state  atomic.Int32
		result chan T
	}{result: make(chan T, 1)}
	go func() {
		v := call(&c.Pulse)
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
