// Package watch tells readers which of their folders have changed: one inotify instance for the process, and of each
// folder one watch, however many listen. Events only wake: what is true is what the file system says when it is asked,
// so who listens repairs by itself what was missed, and polls where there are no events.
package watch

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"

	"logskiff/readers/file/disk"
)

// OpenEvery is how often the system is asked for an inotify instance when it had none left, while
// somebody wants to watch a folder.
const OpenEvery = 10 * time.Second

// Hub holds the one inotify instance of the agent and shares its folders among
// readers. It only wakes readers up: a reader repairs by itself what it missed.
type Hub struct {
	log          *slog.Logger
	*disk.Mounts // which of them answer, for all readers
	// Deny is asked before the system is, for the watch of a folder or, with "", for an instance of inotify; its error
	// stands for the system's. nil: nothing is denied. Tests have one. It is set before Run, as Now is.
	Deny func(path string) error
	Now  func() time.Time

	change sync.Mutex // held while folders are watched or not any more; taken before mu

	mu      sync.Mutex // never held over a system call, or while waiting
	w       *fsnotify.Watcher
	dead    error                  // why there are no events at all; tried again while not stopped
	tried   time.Time              // when that was found out
	stopped bool                   // there will be none any more
	opened  chan *fsnotify.Watcher // for Run, when there is one at last
	folders map[string]*Folder
	full    bool                     // it was said that watches have run out
	found   map[string]*atomic.Int64 // lines found in busy folders by those who do without their watch
}

// Change says what an event is about.
type Change uint8

const (
	Missed  Change = iota // no one knows: events were lost
	Written               // a file's bytes, or attributes
	Renamed               // who has a name; without a name, the folder itself
)

func changeOf(op fsnotify.Op) Change {
	if op&^(fsnotify.Write|fsnotify.Chmod) == 0 {
		return Written
	}
	return Renamed
}

// Folder is one folder, by its real path, and who listens.
type Folder struct {
	Path string
	subs map[*Subscription]struct{}
}

// Subscription is one listener of one folder.
type Subscription struct {
	fn func(name string, c Change)
}

// New returns a hub; it opens nothing before the first subscription.
func New(log *slog.Logger) *Hub {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Hub{log: log, Mounts: disk.NewMounts(), folders: map[string]*Folder{}, found: map[string]*atomic.Int64{}, opened: make(chan *fsnotify.Watcher, 1),
		Now: time.Now}
}

// Subscribe calls fn for each event in a folder, by the name in it; the name is
// "" when events were missed or the folder itself went away. fn must not wait. An error
// says that there will be no events and the folder must be polled; it is disk.ErrHung when the
// folder does not answer.
func (h *Hub) Subscribe(dir string, fn func(name string, c Change)) (*Folder, *Subscription, error) {
	d := disk.Disk{Mounts: h.Mounts}
	path, err := d.Resolve(dir)
	if err != nil {
		return nil, nil, err
	}
	h.change.Lock()
	defer h.change.Unlock()
	w, err := h.open()
	if err != nil {
		return nil, nil, err
	}
	s := &Subscription{fn: fn}
	if at := h.join(path, s); at != nil {
		return at, s, nil
	}
	_, err = disk.AskAbout(&d, d.AtExactly(path), func(*disk.Pulse) (struct{}, error) { return struct{}{}, h.add(w, path) },
		func(struct{}) { _ = w.Remove(path) })
	if err != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.full && err != disk.ErrHung {
			h.full = true
			h.log.Warn("cannot watch a folder; polling it instead", "path", path, "error", err, "advice", watchAdvice(err))
		}
		return nil, nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.full = false
	at := &Folder{Path: path, subs: map[*Subscription]struct{}{s: {}}}
	h.folders[path] = at
	return at, s, nil
}

// open opens the watcher, if it is not, or says why there is none. Who lacks one asks again with
// each sweep: others may have ended that had taken all there are.
func (h *Hub) open() (*fsnotify.Watcher, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.w != nil || h.stopped || h.dead != nil && h.Now().Sub(h.tried) < OpenEvery {
		return h.w, h.dead
	}
	w, err := h.watcher()
	if err != nil {
		if h.dead == nil {
			h.log.Warn("cannot get change events from the system; polling all folders until it has some (see fs.inotify.max_user_instances)", "error", err)
		}
		h.dead, h.tried = err, h.Now()
		return nil, err
	}
	if h.dead != nil {
		h.log.Info("recovered: the system has change events now; watching folders")
	}
	h.w, h.dead = w, nil
	h.opened <- w
	return w, nil
}

func (h *Hub) watcher() (*fsnotify.Watcher, error) {
	if h.Deny != nil {
		if err := h.Deny(""); err != nil {
			return nil, err
		}
	}
	return fsnotify.NewBufferedWatcher(256)
}

func (h *Hub) add(w *fsnotify.Watcher, path string) error {
	if h.Deny != nil {
		if err := h.Deny(path); err != nil {
			return err
		}
	}
	return w.Add(path)
}

// Watched tells whether the system was asked for the events of a folder, by its real path.
func (h *Hub) Watched(path string) bool {
	h.mu.Lock()
	w := h.w
	h.mu.Unlock()
	return w != nil && slices.Contains(w.WatchList(), path)
}

// join adds a subscription to a watch that is there.
func (h *Hub) join(path string, s *Subscription) *Folder {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.folders[path]
	if at != nil {
		at.subs[s] = struct{}{}
	}
	return at
}

// Unsubscribe ends a subscription, and the watch with the last one.
func (h *Hub) Unsubscribe(at *Folder, s *Subscription) {
	h.change.Lock()
	defer h.change.Unlock()
	h.mu.Lock()
	delete(at.subs, s)
	last := len(at.subs) == 0 && h.folders[at.Path] == at
	if last {
		delete(h.folders, at.Path)
	}
	w := h.w
	h.mu.Unlock()
	if last && w != nil {
		_ = w.Remove(at.Path) // it may be gone already
	}
}

// FoundIn returns where those who do without a folder's watch count the lines that they find.
func (h *Hub) FoundIn(path string) *atomic.Int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.found[path] == nil {
		h.found[path] = new(atomic.Int64)
	}
	return h.found[path]
}

// Scarce tells whether a watch that is given back may not be had again.
func (h *Hub) Scarce() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.full || h.dead != nil
}

// Run passes events on until ctx is done.
func (h *Hub) Run(ctx context.Context) error {
	defer h.end()
	_, _ = h.open() // said there
	var w *fsnotify.Watcher
	select {
	case <-ctx.Done():
		return nil
	case w = <-h.opened:
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.Events:
			if !ok {
				return nil
			}
			h.pass(w, e)
		case err, ok := <-w.Errors:
			if !ok {
				return nil
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				h.log.Warn("polling: change events came faster than they were read; looking at all folders")
			} else {
				h.log.Warn("polling: an error from the system's change events; looking at all folders", "error", err)
			}
			h.Overflowed()
		}
	}
}

// end closes the watcher for good.
func (h *Hub) end() {
	h.mu.Lock()
	w := h.w
	h.w, h.dead, h.stopped = nil, errors.New("the hub has stopped"), true
	h.mu.Unlock()
	if w != nil {
		w.Close()
	}
}

// pass tells an event to those who listen to its folder.
func (h *Hub) pass(w *fsnotify.Watcher, e fsnotify.Event) {
	if e.Has(fsnotify.Remove | fsnotify.Rename) {
		h.change.Lock()
		defer h.change.Unlock()
	}
	if h.tell(e) {
		_ = w.Remove(e.Name)
	}
}

// tell reports whether a watched folder is gone itself.
func (h *Hub) tell(e fsnotify.Event) (lost bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at := h.folders[e.Name]; at != nil && e.Has(fsnotify.Remove|fsnotify.Rename) {
		// The folder itself: its watch is gone with it.
		delete(h.folders, e.Name)
		lost = true
		for s := range at.subs {
			s.fn("", Renamed)
		}
	}
	i := strings.LastIndexByte(e.Name, '/')
	dir, name := e.Name[:max(i, 0)], e.Name[i+1:]
	if dir == "" {
		dir = "/"
	}
	if at := h.folders[dir]; at != nil {
		for s := range at.subs {
			s.fn(name, changeOf(e.Op))
		}
	}
	return lost
}

// Overflowed tells all who listen that events were lost.
func (h *Hub) Overflowed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, at := range h.folders {
		for s := range at.subs {
			s.fn("", Missed)
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
