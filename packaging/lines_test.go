package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// receiver counts the lines that arrive.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	seen  map[string]int
	calls int // lines that are no more than call
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{seen: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		lines := bufio.NewScanner(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		for lines.Scan() {
			var record struct{ Message string }
			if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
				t.Errorf("%v: %s", err, lines.Text())
			}
			if record.Message == call {
				r.calls++
				continue
			}
			r.seen[record.Message]++
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

// wasCalled says whether a call has come.
func (r *receiver) wasCalled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls > 0
}

// seenTwice counts the lines that came more than once.
func (r *receiver) seenTwice() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, times := range r.seen {
		if times > 1 {
			n++
		}
	}
	return n
}

// wantOnce waits for n lines, and fails when one of them is missing or came twice.
func (r *receiver) wantOnce(t *testing.T, n int) {
	t.Helper()
	waitFor(patience, func() bool { return r.count() >= n })
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.seen) != n {
		defer t.FailNow()
		t.Errorf("%d lines arrived, %d were written", len(r.seen), n)
	}
	for i := 0; i < n; {
		from, times := i, r.seen[line(i)]
		for i++; i < n && r.seen[line(i)] == times; i++ {
		}
		if times != 1 {
			t.Errorf("lines %d to %d arrived %d times", from, i-1, times)
		}
	}
}

func line(i int) string { return fmt.Sprintf("line %07d of the log that an upgrade must not lose", i) }

// call is written to find out whether anybody reads yet. It is not counted.
const call = "is anybody there?"

// writer appends lines, and renames its log away now and then, until it is stopped.
type writer struct {
	t       *testing.T
	path    string
	text    func(i int) string // nil: line
	written int
	rotated int
	stop    chan struct{}
	stopped chan struct{}
}

func (w *writer) start() {
	w.stop, w.stopped = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(w.stopped)
		for {
			w.some(50)
			if w.written%1500 == 0 {
				w.rotate()
			}
			select {
			case <-time.After(5 * time.Millisecond):
			case <-w.stop:
				return
			}
		}
	}()
}

// end stops the writer and returns how many lines there are.
func (w *writer) end() int {
	close(w.stop)
	<-w.stopped
	return w.written
}

func (w *writer) some(n int) {
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		w.t.Error(err)
		return
	}
	text := w.text
	if text == nil {
		text = line
	}
	for range n {
		fmt.Fprintln(f, text(w.written))
		w.written++
	}
	if err := f.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *writer) rotate() {
	w.rotated++
	if err := os.Rename(w.path, filepath.Join(filepath.Dir(w.path), fmt.Sprintf("app.log.%d", w.rotated))); err != nil {
		w.t.Error(err)
	}
}
