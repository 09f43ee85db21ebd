package file

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Hub holds the one inotify instance of the agent and shares its folders among
// readers. It only wakes readers up: a reader repairs by itself what it missed.
type Hub struct {
	log *slog.Logger
	*mounts

	change sync.Mutex // held while folders are watched or not any more; taken before mu

	mu      sync.Mutex // never held over a system call, or while waiting
	in      *inotify
	dead    error // why there will be no events at all
	folders map[string]*watch
	watches map[int32]*watch   // the same: a folder can have several paths where it is mounted twice
	told    map[named]struct{} // who was told of a write in this batch of events
	full    bool               // it was said that watches have run out
}

// watch is one folder, and who listens.
type watch struct {
	wd    int32
	paths []string // real ones
	subs  map[*subscription]struct{}
}

// named is a name in a watched folder.
type named struct {
	wd   int32
	name string
}

// subscription is one listener of one folder.
type subscription struct {
	fn func(name string, c change)
}

// NewHub returns a hub; it opens nothing before the first subscription.
func NewHub(log *slog.Logger) *Hub {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Hub{log: log, mounts: newMounts(), folders: map[string]*watch{}, watches: map[int32]*watch{}, told: map[named]struct{}{}}
}

// subscribe calls fn for each event in a folder, by the name in it; the name is
// "" when events were missed or the folder itself went away. fn must not wait. An error
// says that there will be no events and the folder must be polled; it is errHung when the
// folder does not answer.
func (h *Hub) subscribe(dir string, fn func(name string, c change)) (*watch, *subscription, error) {
	d := disk{mounts: h.mounts}
	path, err := d.resolve(dir)
	if err != nil {
		return nil, nil, err
	}
	h.change.Lock()
	defer h.change.Unlock()
	in, err := h.open()
	if err != nil {
		return nil, nil, err
	}
	s := &subscription{fn: fn}
	if at := h.join(path, s); at != nil {
		return at, s, nil
	}
	wd, err := askAbout(&d, d.atExactly(path), func(*pulse) (int32, error) { return in.add(path) },
		func(wd int32) { h.drop(in, wd) })
	if err != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.full && err != errHung {
			h.full = true
			h.log.Warn("cannot watch a folder; polling it instead", "folder", path, "error", err, "advice", watchAdvice(err))
		}
		return nil, nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.full = false
	at := h.watches[wd]
	if at == nil {
		at = &watch{wd: wd, subs: map[*subscription]struct{}{}}
		h.watches[wd] = at
	}
	at.paths = append(at.paths, path)
	at.subs[s] = struct{}{}
	h.folders[path] = at
	return at, s, nil
}

// open opens inotify, if it is not, or says why there is none.
func (h *Hub) open() (*inotify, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.in != nil || h.dead != nil {
		return h.in, h.dead
	}
	in, err := newInotify()
	if err != nil {
		h.dead = err
		h.log.Warn("cannot get change events from the system; polling all folders instead (see fs.inotify.max_user_instances)", "error", err)
		return nil, err
	}
	h.in = in
	return in, nil
}

// drop ends a watch that came too late, unless the folder is watched by another name.
func (h *Hub) drop(in *inotify, wd int32) {
	h.change.Lock()
	defer h.change.Unlock()
	h.mu.Lock()
	unused := h.in == in && h.watches[wd] == nil
	h.mu.Unlock()
	if unused {
		in.remove(wd)
	}
}

// join adds a subscription to a watch that is there.
func (h *Hub) join(path string, s *subscription) *watch {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.folders[path]
	if at != nil {
		at.subs[s] = struct{}{}
	}
	return at
}

// unsubscribe ends a subscription, and the watch with the last one.
func (h *Hub) unsubscribe(at *watch, s *subscription) {
	h.change.Lock()
	defer h.change.Unlock()
	h.mu.Lock()
	delete(at.subs, s)
	last := len(at.subs) == 0 && h.watches[at.wd] == at
	if last {
		h.forget(at)
	}
	in := h.in
	h.mu.Unlock()
	if last && in != nil {
		in.remove(at.wd)
	}
}

// forget takes a watch out. The caller holds mu.
func (h *Hub) forget(at *watch) {
	delete(h.watches, at.wd)
	for _, p := range at.paths {
		delete(h.folders, p)
	}
}

// Run passes events on until ctx is done.
func (h *Hub) Run(ctx context.Context) error {
	in, _ := h.open()
	if in == nil {
		<-ctx.Done()
		return nil
	}
	defer func() {
		h.change.Lock() // nobody uses it any more
		defer h.change.Unlock()
		h.mu.Lock()
		h.dead = errors.New("the hub has stopped")
		h.in = nil
		h.mu.Unlock()
		in.close()
	}()
	for {
		err := in.read(ctx, func(events []event) { h.pass(in, events) })
		if ctx.Err() != nil {
			return nil
		}
		h.log.Warn("an error from the system's change events; looking at all folders", "error", err)
		h.missed()
		select { // it may last
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// pass tells events to those who listen to their folders.
func (h *Hub) pass(in *inotify, events []event) {
	moved, overflow := h.tell(events)
	if overflow {
		h.log.Warn("change events came faster than they were read; looking at all folders")
		h.missed()
	}
	for _, wd := range moved { // the kernel goes on watching what has another path now
		h.drop(in, wd)
	}
}

// tell returns the watches of folders that were moved away, and whether events were lost.
// Writes to one file in a batch are told once, as long as no name changes between them.
func (h *Hub) tell(events []event) (moved []int32, overflow bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range events {
		e := &events[i]
		at := h.watches[e.wd]
		switch {
		case e.mask&unix.IN_Q_OVERFLOW != 0:
			overflow = true
		case at == nil: // it was watched until now
		case e.mask&(unix.IN_IGNORED|unix.IN_UNMOUNT|unix.IN_DELETE_SELF|unix.IN_MOVE_SELF) != 0:
			h.gone(at)
			if e.mask&unix.IN_MOVE_SELF != 0 {
				moved = append(moved, at.wd)
			}
		case len(e.name) == 0: // the folder's own attributes
		case e.write():
			if _, ok := h.told[named{e.wd, string(e.name)}]; ok {
				continue
			}
			n := named{e.wd, string(e.name)}
			h.told[n] = struct{}{}
			for s := range at.subs {
				s.fn(n.name, written)
			}
		default:
			clear(h.told)
			name := string(e.name)
			for s := range at.subs {
				s.fn(name, renamed)
			}
			if e.mask&unix.IN_ISDIR == 0 || e.mask&(unix.IN_DELETE|unix.IN_MOVED_FROM) == 0 {
				continue
			}
			for _, p := range at.paths { // DELETE_SELF waits for the last who has it open
				if below := h.folders[strings.TrimSuffix(p, "/")+"/"+name]; below != nil {
					h.gone(below)
					moved = append(moved, below.wd)
				}
			}
		}
	}
	clear(h.told)
	return moved, overflow
}

// gone ends the watch of a folder that is not where it was. The caller holds mu.
func (h *Hub) gone(at *watch) {
	h.forget(at)
	for s := range at.subs {
		s.fn("", renamed)
	}
}

func (h *Hub) missed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, at := range h.folders {
		for s := range at.subs {
			s.fn("", missed)
		}
	}
}

// watchAdvice says what would make a folder watchable, see inotify_add_watch(2).
func watchAdvice(err error) string {
	switch {
	case errors.Is(err, unix.ENOSPC):
		return "raise fs.inotify.max_user_watches"
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return "let this user read the folder (setfacl -m u:USER:rx FOLDER), or exclude it"
	case errors.Is(err, unix.ENOENT):
		return "it will be watched when it is there"
	}
	return "lines arrive all the same, a little later"
}
