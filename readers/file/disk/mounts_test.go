package disk

import (
	"testing"
	"testing/synctest"
	"time"
)

// However many paths hang, the threads in the kernel are few, and a look that meets them
// all ends soon.
func TestWhatHangsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMounts()
		m.Patience = 20 * time.Millisecond
		hang := make(chan struct{})
		began := time.Now()
		stuck := 0
		for n := range 1000 {
			at := Where{path: "/unknown/" + string(rune('a'+n%26)) + string(rune('a'+n/26))}
			if _, ok := ask(m, at, func(*Pulse) int { <-hang; return 0 }, nil); ok {
				t.Fatal("it came back")
			}
		}
		m.mu.Lock()
		for _, a := range m.away {
			stuck += a.stuck
		}
		m.mu.Unlock()
		if stuck > mostUnknown {
			t.Errorf("%d calls hang", stuck)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
		if _, ok := ask(m, Where{Dev: 1}, func(*Pulse) int { return 1 }, nil); !ok {
			t.Error("a mount that answers is not asked")
		}
		close(hang)
		for len(m.AllAway()) > 0 {
			time.Sleep(time.Millisecond)
		}
	})
}

// A long call that goes on is waited for.
func TestALongListingIsNoHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMounts()
		m.Patience = 30 * time.Millisecond
		n, ok := ask(m, Where{Dev: 1}, func(p *Pulse) int {
			for range 40 {
				time.Sleep(5 * time.Millisecond)
				p.beat()
			}
			return 40
		}, nil)
		if !ok || n != 40 {
			t.Errorf("given up: %v %d", ok, n)
		}
	})
}

// What comes back too late is put away, and what had to wait for it is done.
func TestALateAnswerIsPutAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMounts()
		m.Patience = 10 * time.Millisecond
		at := Where{Dev: 7}
		hang, late := make(chan struct{}), make(chan int, 1)
		if _, ok := ask(m, at, func(*Pulse) int { <-hang; return 5 }, func(v int) { late <- v }); ok {
			t.Fatal("it came back")
		}
		if _, ok := ask(m, at, func(*Pulse) int { t.Error("asked"); return 0 }, nil); ok {
			t.Error("a mount that is away is asked")
		}
		close(hang)
		if v := <-late; v != 5 {
			t.Errorf("late: %d", v)
		}
		for len(m.AllAway()) > 0 {
			time.Sleep(time.Millisecond)
		}
		if v, ok := ask(m, at, func(*Pulse) int { return 6 }, nil); !ok || v != 6 {
			t.Error("it does not go on")
		}
	})
}
