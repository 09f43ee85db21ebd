package agent

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// The collector has room to work above what is held, whatever agent.memory says.
func TestTheLimitIsNeverBelowWhatIsHeld(t *testing.T) {
	var log bytes.Buffer
	var limit int64
	l := &limiter{log: slog.New(slog.NewTextHandler(&log, nil)), streams: func() int { return 100_000 }, connections: func() int { return 7 }, set: func(n int64) { limit = n }}
	l.change(64 << 20)
	look := func(held int64) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.note(held)
	}
	for _, held := range []int64{1 << 20, 40 << 20, 50 << 20, 60 << 20, 200 << 20, 190 << 20, 20 << 20} {
		look(held)
		if room := limit - held; room < held/9 || room < leastRoom*3/4 {
			t.Errorf("held %d, limit %d: a room of %d", held, limit, room)
		}
		if held <= 40<<20 && limit != 56<<20 {
			t.Errorf("held %d: a limit of %d, not of seven eighths", held, limit)
		}
	}
	if n := strings.Count(log.String(), "agent.memory is less than what is held"); n != 2 { // at 50 MiB, and at 200
		t.Errorf("told %d times:\n%s", n, log.String())
	}
	if !strings.Contains(log.String(), "streams=100000 needed=134MiB connections=7") || !strings.Contains(log.String(), "set agent.memory to 258MiB") {
		t.Errorf("it does not say what is needed:\n%s", log.String())
	}
	look(200 << 20)
	l.change(512 << 20)
	if limit != 448<<20 {
		t.Errorf("after a reload the limit is %d", limit)
	}
}

// What is held is asked of the runtime itself, after each collection, and by who wants to know.
func TestTheLimiterSeesWhatIsHeld(t *testing.T) {
	looks := make(chan int64, 100)
	l := &limiter{
		log: slog.New(slog.DiscardHandler), streams: func() int { return 0 }, connections: func() int { return 0 },
		set: func(limit int64) {
			select {
			case looks <- limit:
			default:
			}
		},
	}
	l.change(1 << 10) // so little that each look sets it anew
	<-looks
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.run(ctx, time.Millisecond) }()
	var held [][]byte
	for n := range 3 {
		held = append(held, make([]byte, 32<<20)) // more than what makes no difference
		for seen := false; !seen; {
			runtime.GC()
			select {
			case limit := <-looks:
				if seen = true; limit < int64(n+1)*32<<20 {
					t.Errorf("the limit is %d", limit)
				}
			case <-time.After(time.Millisecond):
			}
		}
	}
	if s := l.state(); s.Held < 96<<20 || s.Held > 1<<30 || s.Limit < s.Held {
		t.Errorf("%+v", s)
	}
	runtime.KeepAlive(held)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Room between objects that are held is held too: no collection moves them together. A limit that
// does not count it lies below what is used as soon as there is much of it (100,000 files after their first
// look), and the collector runs without end.
func TestTheLimiterCountsTheRoomBetweenObjects(t *testing.T) {
	l := &limiter{log: slog.New(slog.DiscardHandler), streams: func() int { return 0 }, connections: func() int { return 0 }, set: func(int64) {}}
	l.change(64 << 20)
	const size, all, each = 512, 64 << 20, 16 // one of 16 stays: none of their spans gets empty
	kept, others := make([]*[size]byte, 0, all/size/each), make([]*[size]byte, 0, all/size)
	for n := range all / size {
		if o := new([size]byte); n%each == 0 {
			kept = append(kept, o)
		} else {
			others = append(others, o)
		}
	}
	runtime.KeepAlive(others)
	others = nil
	runtime.GC()
	runtime.GC()
	if held := l.state().Held; held < all*3/4 {
		t.Errorf("%d bytes count as held, of %d that cannot be used for anything but objects of one size", held, all)
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(others)
}

// A limit that the collector cannot keep makes it run all the time, on all cores: 100,000 quiet files did that. What is
// allocated within the room above what is held, by looks at rest say, starts no collection, however little agent.memory is.
func TestTheCollectorDoesNotFightItsLimit(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer debug.SetGCPercent(debug.SetGCPercent(30)) // as LimitMemory does
	l := &limiter{log: slog.New(slog.DiscardHandler), streams: func() int { return 0 }, connections: func() int { return 0 }, set: setMemoryLimit}
	l.change(1 << 20)
	type held struct {
		next *held
		_    [280]byte
	}
	var first *held
	var between [][]byte // what the first look leaves: the room between what is held stays
	for n := range 100_000 {
		first = &held{next: first}
		if n%2 == 0 {
			between = append(between, make([]byte, 280))
		}
	}
	runtime.KeepAlive(between)
	between = nil
	collections := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.NumGC)
	}
	for range 3 { // the first leave what the limit before it began
		runtime.GC()
		l.look()
	}
	for range 5 {
		before := collections()
		for range leastRoom / 2 / 128 {
			_ = strings.Repeat("x", 128)
		}
		runtime.GC() // one that began is ended, and then there is another
		if n := collections() - before; n != 1 {
			t.Errorf("%d collections were made of half of the room", n-1)
		}
		l.look()
	}
	runtime.KeepAlive(first)
}
