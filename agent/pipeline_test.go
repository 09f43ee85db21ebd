package agent

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/conf"
	"logskiff/record"
)

// scripted is a reader that hands out what the test puts into it.
type scripted struct {
	lines chan string
	ready chan struct{}
}

func newScripted() *scripted {
	return &scripted{lines: make(chan string, 100), ready: make(chan struct{}, 1)}
}

func (s *scripted) add(lines ...string) {
	for _, l := range lines {
		s.lines <- l
	}
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

func (s *scripted) Fill(b *record.Batch, l record.Limits) bool {
	for !full(b, l) {
		select {
		case text := <-s.lines:
			b.Records = append(b.Records, record.Record{Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(text))}})
			b.Buf = append(b.Buf, text...)
		default:
			return false
		}
	}
	return len(s.lines) > 0
}

func (s *scripted) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (s *scripted) Ready() <-chan struct{}        { return s.ready }
func (s *scripted) Done(*record.Batch, bool)      {}
func (s *scripted) Close() error                  { return nil }

// filling starts one fill and returns a way to wait for its end.
func filling(t *testing.T, p *Pipeline) (wait func() (lines int, after time.Duration), cancel func()) {
	ctx, cancel := context.WithCancel(t.Context())
	start, b := time.Now(), new(record.Batch)
	done := make(chan time.Duration, 1)
	go func() {
		p.fill(ctx, b)
		done <- time.Since(start)
	}()
	return func() (int, time.Duration) {
		after := <-done
		return len(b.Records), after
	}, cancel
}

func fillPipeline(r *scripted) *Pipeline {
	return &Pipeline{
		reader: r, flight: newFlight(), quiet: time.Minute, giveBack: func(time.Time) time.Duration { return 0 }, stir: func() {},
		pool:   record.NewPool(2, record.Limits{Bytes: 100, Lines: 5, Segments: 5}),
		sender: &Sender{conf: conf.Sender{Batch: conf.Batch{Wait: conf.Duration(200 * time.Millisecond)}}},
	}
}

func TestWhenABatchGoes(t *testing.T) {
	check := func(name string, inFlight int, play func(r *scripted, p *Pipeline), wantLines int, wantAfter time.Duration) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newScripted()
				p := fillPipeline(r)
				for range inFlight {
					p.flight.add()
				}
				wait, cancel := filling(t, p)
				defer cancel()
				synctest.Wait()
				play(r, p)
				if lines, after := wait(); lines != wantLines || after != wantAfter {
					t.Fatalf("%d lines after %v, want %d after %v", lines, after, wantLines, wantAfter)
				}
			})
		})
	}
	check("a lone line goes at once when nothing is in flight", 0, func(r *scripted, _ *Pipeline) {
		time.Sleep(time.Second)
		r.add("a")
	}, 1, time.Second)
	check("while something is in flight it waits for its timer", 1, func(r *scripted, _ *Pipeline) {
		r.add("a")
		time.Sleep(50 * time.Millisecond)
		r.add("b")
	}, 2, 200*time.Millisecond)
	check("or until the last one in flight landed", 2, func(r *scripted, p *Pipeline) {
		r.add("a")
		time.Sleep(10 * time.Millisecond)
		p.flight.done()
		time.Sleep(10 * time.Millisecond)
		p.flight.done()
	}, 1, 20*time.Millisecond)
	check("or until it is full", 1, func(r *scripted, _ *Pipeline) {
		time.Sleep(time.Millisecond)
		r.add("a", "b", "c", "d", "e", "f")
	}, 5, time.Millisecond)
}

func TestAStoppingPipelineHandsOnWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScripted()
		p := fillPipeline(r)
		p.flight.add()
		wait, cancel := filling(t, p)
		r.add("a")
		synctest.Wait()
		cancel()
		if lines, after := wait(); lines != 1 || after != 0 {
			t.Fatalf("%d lines after %v", lines, after)
		}
	})
}

// A first look at many files lasts for longer than a pipeline must be quiet. What it leaves behind is
// given back though that was done a moment ago, during the look.
func TestMemoryIsGivenBackLaterIfNotNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fillPipeline(newScripted())
		start := time.Now()
		var asked []time.Duration
		p.giveBack = func(now time.Time) time.Duration {
			asked = append(asked, now.Sub(start))
			return []time.Duration{20 * time.Second, time.Second, 0}[len(asked)-1]
		}
		wait, cancel := filling(t, p)
		time.Sleep(10 * p.quiet)
		cancel()
		wait()
		if want := []time.Duration{p.quiet, p.quiet + 20*time.Second, p.quiet + 21*time.Second}; !slices.Equal(asked, want) {
			t.Errorf("asked for after %v, want %v", asked, want)
		}
	})
}

func TestAQuietPipelineGivesItsMemoryBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fillPipeline(newScripted())
		a, _ := p.pool.Get(t.Context())
		a.Buf = make([]byte, 0, 100)
		p.pool.Put(a)
		wait, cancel := filling(t, p)
		time.Sleep(p.quiet + time.Second)
		if b, _ := p.pool.Get(t.Context()); cap(b.Buf) != 0 {
			t.Error("an idle buffer was kept")
		}
		cancel()
		wait()
	})
}
