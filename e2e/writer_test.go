package e2e

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// writer writes numbered lines into one log and rotates it, as a program and
// its logrotate do. It belongs to one goroutine.
type writer struct {
	t    *testing.T
	path string
	f    *os.File
	next int // number of the next line
	kept int // rotated files: path.1 is the newest, path.<kept> the oldest
	buf  []byte
}

func newWriter(t *testing.T, path string) *writer {
	t.Helper()
	w := &writer{t: t, path: path}
	w.open()
	t.Cleanup(func() { w.f.Close() })
	return w
}

func (w *writer) must(err error) {
	if err != nil {
		w.t.Errorf("writer: %v", err)
		panic(err) // the harness is broken; nothing after this means anything
	}
}

func (w *writer) open() {
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	w.must(err)
	w.f = f
}

// write appends n lines with as few writes as a program that buffers.
func (w *writer) write(n int) {
	w.buf = w.buf[:0]
	for range n {
		w.buf = appendLine(w.buf, w.next)
		w.next++
		if len(w.buf) > 256<<10 {
			w.flush()
		}
	}
	w.flush()
}

func (w *writer) flush() {
	_, err := w.f.Write(w.buf)
	w.must(err)
	w.buf = w.buf[:0]
}

func (w *writer) rotated(k int) string { return fmt.Sprintf("%s.%d", w.path, k) }

// shift makes room for a new path.1, as logrotate does.
func (w *writer) shift() {
	for k := w.kept; k > 0; k-- {
		w.must(os.Rename(w.rotated(k), w.rotated(k+1)))
	}
	w.kept++
}

// rename rotates by rename and create. The writer goes on writing to the old
// file for some lines, as nginx does until it is told to reopen.
func (w *writer) rename(late int) {
	w.shift()
	w.must(os.Rename(w.path, w.rotated(1)))
	w.write(late)
	w.must(w.f.Close())
	w.open()
}

// copytruncate rotates by copying and truncating. Nothing is written in
// between, so that nothing is lost by the method itself.
func (w *writer) copytruncate() {
	w.shift()
	from, err := os.Open(w.path)
	w.must(err)
	defer from.Close()
	to, err := os.Create(w.rotated(1))
	w.must(err)
	_, err = io.Copy(to, from)
	w.must(err)
	w.must(to.Close())
	w.must(os.Truncate(w.path, 0))
}

// removeOldest deletes the oldest rotated file.
func (w *writer) removeOldest() {
	w.must(os.Remove(w.rotated(w.kept)))
	w.kept--
}

// flood is a writer at work in the background.
type flood struct {
	*writer
	stopped chan struct{}
	cancel  context.CancelFunc
	renames atomic.Bool // no copytruncate from now on
}

// begin writes about perSecond lines a second and rotates every so often, by
// rename most of the time and by copytruncate every third time, until end.
func (w *writer) begin(perSecond int, rotate time.Duration) *flood {
	ctx, cancel := context.WithCancel(context.Background())
	f := &flood{writer: w, stopped: make(chan struct{}), cancel: cancel}
	w.t.Cleanup(func() { f.end() })
	go func() {
		defer close(f.stopped)
		begun := time.Now()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		first, rotations := w.next, 0
		for ctx.Err() == nil {
			gone := time.Since(begun)
			if due := first + int(gone.Seconds()*float64(perSecond)); due > w.next {
				w.write(due - w.next)
			}
			if rotate > 0 && gone > time.Duration(rotations+1)*rotate {
				rotations++
				if rotations%3 == 0 && !f.renames.Load() {
					w.copytruncate()
				} else {
					w.rename(40)
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}()
	return f
}

// end stops writing and returns how many lines there are.
func (f *flood) end() int {
	f.cancel()
	<-f.stopped
	return f.next
}
