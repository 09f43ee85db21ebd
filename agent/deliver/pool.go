package deliver

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"logskiff/senders"
)

// PoolOptions are what a Pool needs besides its endpoints.
type PoolOptions struct {
	Strategy    senders.Strategy
	Ends        bool // the endpoints want to know where records end
	Hedge       bool // a body may be sent to a second endpoint while the first keeps silent
	MaxInFlight int  // most requests in flight to all endpoints together; at least 1: strictly one after another
	Log         *slog.Logger
	Random      func() float64 // in [0, 1), for jitter; nil: math/rand
}

// Pool chooses endpoints for the pipelines of one sender and bounds how much is
// in flight to them. Who must wait is served in the order of asking. All methods
// may be called from any goroutine; its own goroutines are probes, which Close ends.
type Pool struct {
	PoolOptions
	Counters
	name   string
	life   context.Context // of the probes
	end    context.CancelFunc
	probes sync.WaitGroup
	known  sizes
	doubt  doubt
	keys   keys

	mu       sync.Mutex
	all      []*health
	first    int // where the search for the next endpoint begins
	inFlight int
	queue    []*waiter   // who waits for an endpoint, in order
	alarm    *time.Timer // rings when the next endpoint that waits may be tried
}

// Counters count what the pool's users did since the start; they only grow.
type Counters struct {
	Retries atomic.Int64 // attempts after the first one of the same body
	Splits  atomic.Int64 // bodies sent again in two halves
	Hedged  atomic.Int64 // bodies sent to a second endpoint while the first kept silent
	// Contradicted counts bodies that were taken although they had been refused.
	Contradicted atomic.Int64
}

// waiter is one caller in the queue; it is given its attempt, once.
type waiter struct {
	avoid *health
	given chan attempt
}

// attempt is the right to send one request to one endpoint. It must go back
// through finish.
type attempt struct {
	*health
	epoch  int
	began  time.Time
	extra  bool // the second one of a body; it is not counted in Pool.inFlight
	silent bool // it is counted in health.silent
}

// NewPool returns a pool over the endpoints of the named sender.
func NewPool(name string, endpoints []senders.Endpoint, o PoolOptions) *Pool {
	o.MaxInFlight = max(1, o.MaxInFlight)
	if o.Random == nil {
		o.Random = rand.Float64
	}
	p := &Pool{PoolOptions: o, name: name}
	p.life, p.end = context.WithCancel(context.Background())
	now := time.Now()
	for _, e := range endpoints {
		p.all = append(p.all, &health{Endpoint: e, state: Healthy, since: now, limit: min(firstLimit, o.MaxInFlight)})
	}
	return p
}

// begin waits for an endpoint. It fails only with the context's error. While
// another one than avoid is healthy, avoid is not given.
func (p *Pool) begin(ctx context.Context, avoid *health) (attempt, error) {
	if err := ctx.Err(); err != nil {
		return attempt{}, err
	}
	p.mu.Lock()
	if len(p.queue) == 0 && p.inFlight < p.MaxInFlight {
		now := time.Now()
		if h := p.choose(now, avoid); h != nil {
			defer p.mu.Unlock()
			return p.give(h, now), nil
		}
	}
	w := &waiter{avoid: avoid, given: make(chan attempt, 1)}
	p.queue = append(p.queue, w)
	p.serve()
	p.mu.Unlock()
	select {
	case a := <-w.given:
		return a, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.queue, w); i >= 0 {
		p.queue = slices.Delete(p.queue, i, i+1)
		return attempt{}, ctx.Err()
	}
	return <-w.given, nil // it came at the same moment; the attempt will end with ctx too
}

// finish gives an attempt back with what came of it.
// givenUp means that our own context ended, which says nothing about the endpoint.
func (p *Pool) finish(a attempt, sent *senders.Payload, r senders.Result, givenUp bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, now := a.state, time.Now()
	a.requests++
	a.bytes += int64(len(sent.Body))
	a.inFlight--
	if !a.extra {
		p.inFlight--
	}
	if a.silent {
		a.health.silent--
	}
	switch {
	case givenUp && r.Class != senders.Delivered:
	case isLastWord(r.Class):
		if r.Taken(sent.Last-sent.First) > 0 {
			a.took++
			a.trial.took()
		}
		a.succeeded(a.epoch, p.MaxInFlight)
	default:
		a.failedWith(r, a.epoch, now.Sub(a.began), now, p.Random())
	}
	if !givenUp || r.Class == senders.Delivered {
		a.health.answers(a, r, before, now)
	}
	p.report(a.health, before)
	p.serve()
}

// slow notes that h asked for less, for some of the records it was sent.
func (p *Pool) slow(h *health) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h.throttled++
	h.limit = max(1, h.limit/2)
	h.round, h.full = 0, false
}

// report logs changes of state only: a retry every ten seconds for a week is one line.
func (p *Pool) report(h *health, before State) {
	switch {
	case h.state == before:
	case h.state == Healthy:
		p.Log.Info("recovered: endpoint works again", "sender", p.name, "endpoint", h.Name())
	default:
		p.Log.Warn("retry: endpoint is not used for now", "sender", p.name, "endpoint", h.Name(), "state", h.state,
			"error", h.lastErr, "again_in", time.Until(h.nextTry()).Round(time.Millisecond).String())
	}
}

// serve gives endpoints to the callers in the queue while there are any, and
// sets the alarm for when there may be more.
func (p *Pool) serve() {
	now := time.Now()
	for i := 0; i < len(p.queue) && p.inFlight < p.MaxInFlight; {
		w := p.queue[i]
		h := p.choose(now, w.avoid)
		if h == nil {
			p.setAlarm(now)
			if w.avoid == nil {
				return
			}
			i++ // what this one waits for need not hold up those behind it
			continue
		}
		p.queue = slices.Delete(p.queue, i, i+1)
		w.given <- p.give(h, now)
	}
}

func (p *Pool) give(h *health, now time.Time) attempt {
	h.began()
	p.inFlight++
	return attempt{health: h, epoch: h.epoch, began: now}
}

// setAlarm makes serve run again when the next wait ends. Endpoints that are
// busy, or due but not wanted, need none: what they depend on calls serve.
func (p *Pool) setAlarm(now time.Time) {
	var next time.Time
	for _, h := range p.all {
		if h.state == Healthy {
			continue
		}
		for _, at := range [...]time.Time{h.next, h.trial.next} {
			if at.After(now) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	if next.IsZero() {
		return
	}
	if p.alarm == nil {
		p.alarm = time.AfterFunc(next.Sub(now), func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.serve()
		})
		return
	}
	p.alarm.Reset(next.Sub(now))
}

// Status returns all endpoints in the configured order.
func (p *Pool) Status() []EndpointStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []EndpointStatus
	for _, h := range p.all {
		all = append(all, h.status())
	}
	return all
}

// Queued returns how many callers wait for an endpoint.
func (p *Pool) Queued() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue)
}

// Close closes the endpoints. Nothing may be in flight or waiting any more.
func (p *Pool) Close() error {
	p.end()
	p.probes.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.alarm != nil {
		p.alarm.Stop()
	}
	var errs []error
	for _, h := range p.all {
		errs = append(errs, h.Endpoint.Close())
	}
	return errors.Join(errs...)
}
