package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// heard is an event as a listener gets it.
type heard struct {
	name string
	c    Change
}

// listener collects what it hears of one folder.
type listener chan heard

func (l listener) hear(name string, c Change) {
	select {
	case l <- heard{name, c}:
	default: // fn must not wait; the tests make far fewer
	}
}

// wants waits until an event comes; others may come before it.
func (l listener) wants(t *testing.T, want heard) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case got := <-l:
			if got == want {
				return
			}
		case <-late:
			t.Fatalf("%+v was not heard", want)
		}
	}
}

func running(t *testing.T, h *Hub) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func subscribe(t *testing.T, h *Hub, dir string) (listener, func()) {
	t.Helper()
	l := make(listener, 1000)
	at, s, err := h.Subscribe(dir, l.hear)
	if err != nil {
		t.Fatal(err)
	}
	return l, func() { h.Unsubscribe(at, s) }
}

func write(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString("x\n")
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// A folder has one watch, by its real path, as long as anyone listens; all who do are told.
func TestAllListenersOfAFolderAreTold(t *testing.T) {
	h := New(nil)
	running(t, h)
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	a, endA := subscribe(t, h, dir)
	b, endB := subscribe(t, h, link)
	file := filepath.Join(dir, "a.log")
	write(t, file)
	for _, l := range []listener{a, b} {
		l.wants(t, heard{"a.log", Renamed})
		l.wants(t, heard{"a.log", Written})
	}
	endA()
	write(t, file)
	b.wants(t, heard{"a.log", Written})
	if !h.Watched(dir) {
		t.Error("the watch went with the first listener")
	}
	endB()
	if h.Watched(dir) {
		t.Error("a watch is left without listeners")
	}
}

func TestAFolderThatGoesIsSaid(t *testing.T) {
	h := New(nil)
	running(t, h)
	dir := filepath.Join(t.TempDir(), "logs")
	for range 2 { // a new one of the same name is watched as well
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		l, end := subscribe(t, h, dir)
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		l.wants(t, heard{"", Renamed})
		end()
	}
}

func TestWhoListensIsToldThatEventsWereLost(t *testing.T) {
	h := New(nil)
	running(t, h)
	a, endA := subscribe(t, h, t.TempDir())
	b, endB := subscribe(t, h, t.TempDir())
	defer endA()
	defer endB()
	h.Overflowed()
	a.wants(t, heard{"", Missed})
	b.wants(t, heard{"", Missed})
}

func TestWatchesThatHaveRunOutAreScarceUntilOneCanBeHad(t *testing.T) {
	h := New(nil)
	full, other := t.TempDir(), t.TempDir()
	h.Deny = func(path string) error {
		if path == full {
			return unix.ENOSPC
		}
		return nil
	}
	running(t, h)
	if _, _, err := h.Subscribe(full, listener(nil).hear); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the error is %v", err)
	}
	if !h.Scarce() || h.Watched(full) {
		t.Error("nobody can know that watches have run out")
	}
	_, end := subscribe(t, h, other)
	defer end()
	if h.Scarce() {
		t.Error("watches can be had, and count as scarce")
	}
}
