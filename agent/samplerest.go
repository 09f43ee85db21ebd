package agent

import (
	"context"
	"sync/atomic"
	"time"

	"logskiff/agent/history"
)

// A sampler that wakes the process each second costs an idle host more than following a thousand quiet files does. So it
// rests while nothing happens: after so many samples that found nothing moving it takes one in restFor, until a batch
// is read or somebody asks. What was not said in between is what the sample at the end says.
const (
	restAfter = 10
	restFor   = 10 * time.Second
)

// rest is whether a sampler rests, and what ends that. Its methods may be called from any goroutine.
type rest struct {
	stirred atomic.Bool   // something happened since the last sample
	wake    chan struct{} // has a token when that was so
	still   int           // samples in a row without anything; belongs to run
}

func newRest() rest { return rest{wake: make(chan struct{}, 1)} }

// stir says that something happens. Under load it costs one load a batch.
func (r *rest) stir() {
	if r.stirred.Load() {
		return
	}
	r.stirred.Store(true)
	select {
	case r.wake <- struct{}{}:
	default: // the token that is there says the same
	}
}

// next returns after how long the next sample is due, and what comes before that; moved says whether the last one
// found anything moving.
func (r *rest) next(moved bool) (time.Duration, <-chan struct{}) {
	if r.stirred.Swap(false) || moved {
		r.still = 0
	} else {
		r.still++
	}
	if r.still < restAfter {
		return time.Second, nil
	}
	return restFor, r.wake
}

// run takes samples until ctx is done.
func (s *sampler) run(ctx context.Context, all func() []*running) error {
	wait, wake := time.Second, (<-chan struct{})(nil)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-wake:
		case <-ctx.Done():
			return nil
		}
		now := time.Now()
		moved := s.take(all(), now)
		s.say(now)
		wait, wake = s.next(moved)
		timer.Reset(wait)
	}
}

// take takes a sample, and looks at what is wrong with the agent itself. It reports whether anything moves.
func (s *sampler) take(all []*running, now time.Time) bool {
	if s.of != nil {
		s.mu.Lock()
		s.watch.agent(s.of)
		s.mu.Unlock()
	}
	return s.sample(all, now)
}

// say logs what has begun to run, and what lasts. It belongs to run.
func (s *sampler) say(now time.Time) {
	if s.of == nil {
		return
	}
	s.remind(s.of, now)
	s.said.say(s.of, s.of.runners(), now)
}

// refresh takes a sample if the last one is too old for who asks now, and ends a rest.
func (s *sampler) refresh(a *Agent) {
	s.stir()
	s.mu.Lock()
	old := time.Since(s.last) > 2*time.Second
	s.mu.Unlock()
	if old {
		s.take(a.runners(), time.Now())
	}
}

// since returns from when on a sample at now speaks: the second after the last one, where it rested between.
// The caller holds mu.
func (s *sampler) since(now time.Time) time.Time {
	if gap := now.Sub(s.last); gap > 2*time.Second && gap <= restFor+restFor/2 {
		return s.last.Add(time.Second)
	}
	return now
}

// recent is the history up to now.
type recent struct{ a *Agent }

// Window implements api.History.
func (r recent) Window(last time.Duration, want func(history.Key) bool) (time.Time, time.Duration, []history.Series) {
	r.a.samples.refresh(r.a)
	return r.a.samples.history.Window(last, want)
}

// moves says whether anything of a pipeline is on its way, or was since the last sample.
func (k *pipelineRates) moves(p *Pipeline) bool {
	for i := range nCounters {
		if k.over(i, 1) > 0 {
			return true
		}
	}
	return !p.flight.idle()
}

// tallyOf is what rates of a pipeline are made of.
func tallyOf(p *Pipeline, now time.Time) tally {
	t := tally{now, [nCounters]int64{nLines: p.Stats.DeliveredLines.Load(), nUnparsed: p.Stats.ParseErrors.Load()}}
	for u := range p.Stats.amounts {
		t.n[nAmounts+u] = p.Stats.amounts[u].Delivered.Load()
	}
	return t
}
