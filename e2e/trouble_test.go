package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// quick are settings of a sender whose timeouts suit a test.
const quick = `, timeout = "1s", connect_timeout = "1s", compression = "none"`

// TestForwarderThatMakesTroubleGetsEachLine lets a forwarder misbehave for a
// while, one way at a time.
func TestForwarderThatMakesTroubleGetsEachLine(t *testing.T) {
	const lines = 20_000
	f := func(name string, trouble func(s *sink) script) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSink(t)
			s.behave(trouble(s))
			w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
			w.write(lines)
			a := newAgent(t, fileSource("app", w.path, "", "ingest"), httpSender("ingest", quick, s.addr))
			a.start()
			s.arrives(t, "each line arrives", lines, 30*time.Second)
			s.exactlyOnce(t, name, lines)
			a.boundedMemory()
			a.mustStop()
			_, repeats := s.figures()
			t.Logf("%d requests, %d repeats", s.requests.Load(), repeats)
		})
	}
	f("hangs", func(*sink) script { return first(3, hang) })
	f("answers 503 with Retry-After", func(*sink) script { return first(3, busy(1)) })
	f("resets connections", func(*sink) script { return first(3, reset) })
	f("takes a batch and does not say so", func(s *sink) script { return first(3, s.forget) })
	f("is slow", func(*sink) script { return slow })
	f("answers 413 over 64 KiB", func(*sink) script { return atMost(64 << 10) })
	f("answers 401, then heals", func(*sink) script { return first(3, unauthorized) })
	f("everything at random", func(s *sink) script {
		r := rand.New(rand.NewPCG(*seed, 1))
		var mu sync.Mutex
		troubles := []script{hang, busy(0), reset, s.forget, slow, atMost(64 << 10)}
		return func(ctx context.Context, w http.ResponseWriter, in *request) bool {
			mu.Lock()
			pick := r.IntN(3 * len(troubles))
			mu.Unlock()
			if pick < len(troubles) {
				return troubles[pick](ctx, w, in)
			}
			return true
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	var mu sync.Mutex
	var refused, taken time.Time
	s.behave(func(ctx context.Context, w http.ResponseWriter, r *request) bool {
		mu.Lock()
		defer mu.Unlock()
		if refused.IsZero() {
			refused = time.Now()
			return busy(3)(ctx, w, r)
		}
		if taken.IsZero() {
			taken = time.Now()
		}
		return true
	})
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	w.write(1)
	newAgent(t, fileSource("app", w.path, "", "ingest"), httpSender("ingest", "", s.addr)).start()
	s.arrives(t, "the line arrives", 1, 20*time.Second)
	if waited := taken.Sub(refused); waited < 2900*time.Millisecond || waited > 20*time.Second {
		t.Errorf("the next request came %v after the 503 that asked for 3s", waited)
	}
}

// TestOneBadRecordOfAThousandIsQuarantined is scenario 30.
func TestOneBadRecordOfAThousandIsQuarantined(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	s.behave(refuse("BAD"))
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	w.write(700)
	const bad = "this line is BAD"
	fmt.Fprintln(w.f, bad)
	w.write(299)
	a := newAgent(t, fileSource("app", w.path, "", "ingest"), httpSender("ingest", quick, s.addr))
	a.start()
	s.arrives(t, "999 lines arrive", 999, 20*time.Second)
	quarantine := filepath.Join(a.dataDir, "quarantine", "*")
	var text string
	eventually(t, failAfter, "one line is in quarantine", func() bool {
		text = ""
		names, _ := filepath.Glob(quarantine)
		for _, name := range names {
			if b, err := os.ReadFile(name); err == nil {
				text += string(b)
			}
		}
		return strings.Count(text, "\n") == 1
	})
	var kept map[string]any
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		t.Fatalf("the quarantine holds no JSON: %v: %s", err, text)
	}
	for _, part := range []string{bad, "400", "a record is BAD", w.path} {
		if !strings.Contains(text, part) {
			t.Errorf("the quarantine does not tell %q: %s", part, text)
		}
	}
	s.exactlyOnce(t, "beside the bad one", 999)
	eventually(t, failAfter, "the metrics tell it", func() bool {
		return a.metric("logskiff_quarantined_lines_total") == 1 && a.metric("logskiff_lag_bytes") == 0
	})
	a.mustStop()
	checkOffsets(t, a.dataDir, 1)
}

// TestDeadSenderDoesNotDelayTheOther is scenario 29.
func TestDeadSenderDoesNotDelayTheOther(t *testing.T) {
	t.Parallel()
	good, dead := newSink(t), newSink(t)
	dead.behave(hang)
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	const backlog = 400_000 // more than fits into memory
	w.write(backlog)
	a := newAgent(t, fileSource("app", w.path, "", "good", "dead"),
		httpSender("good", quick, good.addr), httpSender("dead", `, timeout = "30s"`, dead.addr))
	a.start()
	good.arrives(t, "the good one has the backlog", backlog, 20*time.Second)
	var worst time.Duration
	for range 30 {
		w.write(1)
		written := time.Now()
		eventually(t, failAfter, "the good one gets a line", func() bool { return good.has(w.next - 1) })
		worst = max(worst, time.Since(written))
	}
	t.Logf("the slowest of 30 lines took %v", worst)
	if worst > 20*time.Second {
		t.Errorf("a line took %v while another sender was dead", worst)
	}
	if n := dead.lines(); n != 0 {
		t.Errorf("the dead one took %d lines", n)
	}
	a.boundedMemory()
	dead.behave(nil)
	dead.down() // so that what hangs is tried again
	dead.up()
	dead.arrives(t, "the dead one has everything, too", w.next, 60*time.Second)
	good.exactlyOnce(t, "the good one", w.next)
	dead.exactlyOnce(t, "the dead one", w.next)
	a.boundedMemory()
	a.mustStop()
}
