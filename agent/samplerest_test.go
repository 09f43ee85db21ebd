package agent

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/agent/api"
	"logskiff/agent/history"
	"logskiff/conf"
)

// sampled is a sampler that looks at one pipeline, which a test moves.
type sampled struct {
	*sampler
	p     *Pipeline
	looks atomic.Int64
}

// besideASampler plays beside one that runs, in a bubble.
func besideASampler(t *testing.T, play func(t *testing.T, s *sampled)) {
	synctest.Test(t, func(t *testing.T) {
		s := &sampled{sampler: newSampler(time.Now())}
		s.p, _, _, _ = waitingPipeline(t, new(atomic.Bool))
		s.p.Name, s.p.stir = "from/to", s.stir
		r := &running{pair: pair{name: "from/to", source: conf.Source{Name: "from"}, sender: conf.Sender{Name: "to"}}, pipeline: s.p}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.run(ctx, func() []*running { s.looks.Add(1); return []*running{r} }) }()
		play(t, s)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// after lets time pass and returns how many samples were taken in it.
func (s *sampled) after(d time.Duration) int {
	was := s.looks.Load()
	time.Sleep(d)
	synctest.Wait()
	return int(s.looks.Load() - was)
}

// lines is what the history says of lines a second.
func (s *sampled) lines() []float64 {
	_, _, rows := s.history.Window(history.Length, func(k history.Key) bool { return k.Kind == api.OfSource })
	return rows[0].Columns[nLines]
}

func TestASamplerRestsWhileNothingHappens(t *testing.T) {
	besideASampler(t, func(t *testing.T, s *sampled) {
		if n := s.after(restAfter * time.Second); n != restAfter {
			t.Errorf("%d samples before it rests", n)
		}
		if n := s.after(10 * time.Minute); n != 60 {
			t.Errorf("%d samples in ten minutes of rest, want 60", n)
		}
		s.stir()
		if n := s.after(0); n != 1 {
			t.Errorf("%d samples at once when something happens", n)
		}
		if n := s.after(5 * time.Second); n != 5 {
			t.Errorf("%d samples in the five seconds after that", n)
		}
	})
}

func TestASamplerDoesNotRestWhileSomethingIsOnItsWay(t *testing.T) {
	besideASampler(t, func(t *testing.T, s *sampled) {
		s.p.flight.add()
		if n := s.after(time.Minute); n != 60 {
			t.Errorf("%d samples in a minute with a batch in flight", n)
		}
		s.p.flight.done()
		for range 60 {
			s.p.Stats.DeliveredLines.Add(1)
			if n := s.after(time.Second); n != 1 {
				t.Fatalf("%d samples in a second in which a line was delivered", n)
			}
		}
		for range 60 {
			s.stir() // somebody looks
			if n := s.after(time.Second); n != 1 {
				t.Fatalf("%d samples in a second in which somebody looked", n)
			}
		}
	})
}

func TestARestLeavesNoHoleInTheHistory(t *testing.T) {
	besideASampler(t, func(t *testing.T, s *sampled) {
		s.after(47*time.Second + 500*time.Millisecond) // in the middle of a rest
		s.stir()
		s.after(0)
		s.p.Stats.DeliveredLines.Add(1000)
		s.after(time.Second)
		all := s.lines()
		if i := slices.IndexFunc(all[1:], math.IsNaN); i >= 0 {
			t.Errorf("nothing is said for second %d of %v", i+1, all)
		}
		last := all[len(all)-1]
		if last < 990 || last > 1010 || all[len(all)-2] != 0 {
			t.Errorf("the last seconds are %v, want 1000 behind none", all[len(all)-3:])
		}
		k := s.pipelines["from/to"]
		if rate := k.over(nLines, rateOver); rate < 990 || rate > 1010 {
			t.Errorf("%v lines a second, of which nothing may be from before the rest", rate)
		}
	})
}

func TestWhoAsksForTheHistoryWakesASamplerThatRests(t *testing.T) {
	besideASampler(t, func(t *testing.T, s *sampled) {
		s.after(time.Minute + 5*time.Second)
		a := &Agent{samples: s.sampler, running: map[string]*running{}}
		end, _, _ := recent{a}.Window(time.Minute, func(history.Key) bool { return true })
		if behind := time.Since(end); behind > time.Second {
			t.Errorf("it ends %v ago", behind)
		}
	})
}
