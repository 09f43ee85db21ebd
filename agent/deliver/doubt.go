package deliver

import (
	"sync"
	"time"

	"logskiff/senders"
)

const (
	// A record must be refused so often again when nothing is known of the destination.
	// Behind a balancer of which one server of two refuses all, one good line of
	// 8,192 is refused each time, and one that is not raises the number for all.
	asksFirst = 12
	asksLeast = 2  // when many refusals were refusals each time
	asksDoubt = 20 // when something was taken that had been refused
)

// doubt is how far the refusals of a destination are believed. Its methods may be
// called from any goroutine.
type doubt struct {
	mu   sync.Mutex
	off  int       // asksFirst - how often to ask
	told time.Time // when a contradiction was last logged
}

// asks returns how often a refused record must be asked about again.
func (d *doubt) asks() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return asksFirst - d.off
}

// agreed notes a record that was refused each time.
func (d *doubt) agreed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = min(d.off+1, asksFirst-asksLeast)
}

// contradicted notes that what was refused was taken; it says whether that is to be
// logged: once a minute.
func (d *doubt) contradicted() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = asksFirst - asksDoubt
	if !d.told.IsZero() && time.Since(d.told) < time.Minute {
		return false
	}
	d.told = time.Now()
	return true
}

// contradicted notes that taker took what h had refused. Another endpoint that does
// is taken out of use. If both are the same, something behind it is at fault, and
// which connection leads there nobody knows.
func (p *Pool) contradicted(h, taker *health, why string) {
	p.Contradicted.Add(1)
	if h == taker {
		if p.doubt.contradicted() {
			p.Log.Warn("contradicted: an endpoint took what it had refused; if a balancer stands there, one of its servers is at fault",
				"sender", p.name, "endpoint", h.Name(), "reason", why, "count", p.Contradicted.Load())
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	before := h.state
	h.failedWith(senders.Result{Class: senders.Held, Reason: "refuses what " + taker.Name() + " takes: " + why}, h.epoch, 0, time.Now(), p.Random())
	p.report(h, before)
}

// taken returns how many bodies each endpoint has taken.
func (p *Pool) taken() map[*health]int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := make(map[*health]int64, len(p.all))
	for _, h := range p.all {
		n[h] = h.took
	}
	return n
}
