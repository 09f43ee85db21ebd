package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"logskiff/conf"
)

// rebuildAfter is how long something that failed to start waits to be tried again.
const (
	rebuildAfter = 5 * time.Second
	fewFiles     = 8 // descriptors that a source should be able to keep open
)

// running is one pipeline that is being kept running.
type running struct {
	pair
	stopSoft, stopHard context.CancelFunc
	done               chan struct{}
	tried              chan struct{} // closed when it was built for the first time, or could not be
	first              sync.Once

	mu       sync.Mutex
	share    share     // of the agent's memory
	pipeline *Pipeline // nil while it can't be built
	failed   error     // why it does not run now, or nil
}

// give changes how much memory the pipeline may use.
func (r *running) give(s share) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.share = s
	if r.pipeline != nil {
		r.pipeline.pool.Resize(s.batches, s.limits)
	}
}

// set says what runs now, or why nothing does.
func (r *running) set(p *Pipeline, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pipeline, r.failed = p, err
	r.first.Do(func() { close(r.tried) })
	if p != nil {
		p.pool.Resize(r.share.batches, r.share.limits)
	}
}

func (r *running) get() (*Pipeline, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pipeline, r.failed
}

// startMissing starts what cfg asks for and does not run yet, and divides the
// memory anew among all. The caller holds a.change.
func (a *Agent) startMissing(cfg *conf.Config) {
	wanted := pipelinesOf(cfg)
	if least := leastMemory(len(wanted)); cfg.Agent.Memory < least {
		a.Log.Warn("limit: agent.memory is too little for so many pipelines; more will be used", "pipelines", len(wanted), "memory", cfg.Agent.Memory.String(),
			"advice", "set agent.memory to "+least.String()+" or more")
	}
	if all, _, _ := a.files.State(); all < fewFiles*len(wanted) {
		a.Log.Warn("limit: the process may open few files for so many sources; each is read in turn, and more slowly", "sources", len(wanted), "open_files", all,
			"advice", fmt.Sprintf("raise LimitNOFILE (ulimit -n) to %d or more", 2*fewFiles*len(wanted)+100))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for name, w := range wanted {
		sender, beside := a.senders[w.sender.Name], 0
		if sender != nil {
			beside = sender.Beside
		}
		share := shareMemory(cfg.Agent.Memory, len(wanted), w.sender.Batch, beside)
		if r := a.running[name]; r != nil {
			r.give(share)
			continue
		}
		if sender == nil {
			continue // it could not be built, which was reported; rebuild tries again
		}
		r := &running{pair: w, done: make(chan struct{}), tried: make(chan struct{}), share: share}
		var soft, hard context.Context
		hard, r.stopHard = context.WithCancel(context.Background())
		soft, r.stopSoft = context.WithCancel(hard)
		a.running[name] = r
		go a.keepRunning(r, sender, soft, hard)
	}
}

// keepRunning builds and runs one pipeline. What fails (a port in use, say) is
// reported and tried again: it may heal, and the other pipelines do not care.
func (a *Agent) keepRunning(r *running, s *Sender, soft, hard context.Context) {
	defer close(r.done)
	for soft.Err() == nil {
		p, err := a.build(r, s)
		if err == nil {
			err = p.Run(soft, hard)
		}
		if soft.Err() != nil {
			if err != nil {
				a.Log.Error("cannot stop a pipeline cleanly", "pipeline", r.name, "error", err)
			}
			return
		}
		if err == nil {
			err = errors.New("its reader ended by itself")
		}
		r.set(nil, err)
		a.Log.Error("retry: pipeline does not run", "pipeline", r.name, "again_in", rebuildAfter.String(), "error", err)
		select {
		case <-time.After(rebuildAfter):
		case <-soft.Done():
		}
	}
}

// every calls do once in an interval until ctx is done.
func every(ctx context.Context, interval time.Duration, do func()) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			do()
		case <-ctx.Done():
			return nil
		}
	}
}

// rebuild builds and opens the senders that could not be before, and starts their pipelines, each
// as soon as it can be: a folder may be missing at the start, or go away before a
// reload that fails.
func (a *Agent) rebuild() {
	a.mu.Lock()
	missing := len(a.unbuilt)
	a.mu.Unlock()
	if missing == 0 {
		return
	}
	a.change.Lock()
	defer a.change.Unlock()
	if a.stopping.Load() {
		return
	}
	cfg := a.config()
	if left := a.buildSenders(a.abandon, cfg); len(left) < missing {
		a.Log.Info("recovered: senders that could not be used are there; their pipelines start")
		a.startMissing(cfg)
	}
}

// watchCatchUp tells the store of pipelines that started after their checkpoints were
// damaged when they have caught up: all they found is delivered, so it is
// registered, and later starts need not begin everything anew. They are given the interval to find it.
func (a *Agent) watchCatchUp(interval time.Duration) {
	for _, r := range a.runners() {
		p, _ := r.get()
		if p == nil || p.cursors == nil || !p.cursors.Fresh() || time.Since(p.built) < interval {
			continue // asking for the lag of all files costs the more the more there are
		}
		if st := r.status(time.Now()); !st.behind() {
			p.cursors.CaughtUp()
		}
	}
}

// stop ends the pipelines that which picks, all at once: softly, and after
// timeout for good. It waits for all of them, but not when the process has to end.
func (a *Agent) stop(which func(*running) bool, timeout time.Duration) {
	var ending []*running
	a.mu.Lock()
	for name, r := range a.running {
		if which(r) {
			r.stopSoft()
			ending = append(ending, r)
			delete(a.running, name)
		}
	}
	a.mu.Unlock()
	deadline := time.AfterFunc(timeout, func() {
		for _, r := range ending {
			r.stopHard()
		}
	})
	defer deadline.Stop()
	for _, r := range ending {
		select {
		case <-r.done:
		case <-a.abandon.Done():
			a.Log.Error("left behind: a pipeline does not end; what it did not deliver is read again by the next start", "pipeline", r.name)
		}
		r.stopHard()
	}
}
