package file

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/readers/file/watch"
)

// When others have taken all instances of inotify, folders are polled until there is one, and are then
// watched.
func TestFoldersAreWatchedWhenTheSystemHasEventsAgain(t *testing.T) {
	g := newRig(t)
	g.hub = watch.New(slog.New(slog.NewTextHandler(&g.log, nil)))
	var asked atomic.Int64 // Run's goroutine asks too
	var full atomic.Bool
	full.Store(true)
	began := g.now()
	g.hub.Now = g.now
	g.hub.Deny = func(path string) error {
		if path != "" {
			return nil
		}
		if asked.Add(1); full.Load() {
			return unix.EMFILE
		}
		return nil
	}
	g.write("a.log", "1\n")
	g.start()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = g.hub.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	g.after(5 * time.Minute)
	d := g.r.folders[g.dir]
	if most := int64(g.now().Sub(began)/watch.OpenEvery) + 1; !d.polled || asked.Load() < 5 || asked.Load() > most {
		t.Fatalf("asked %d times, at most %d; polled: %v", asked.Load(), most, d.polled)
	}
	full.Store(false)
	g.after(sweepMost * time.Second)
	if d.polled || d.sub == nil {
		t.Fatal("the folder is not watched though it could be")
	}
	g.write("a.log", "2\n")
	g.write("b.log", "3\n")
	g.synced()
	if f := d.files["a.log"]; !f.queued {
		t.Error("an event did not arrive")
	}
	g.wait()
	g.wantSet("1", "2", "3")
	if n := strings.Count(g.log.String(), "change events"); n != 3 { // there are none, polling the folder, there are some
		t.Errorf("said %d times:\n%s", n, g.log.String())
	}
}
