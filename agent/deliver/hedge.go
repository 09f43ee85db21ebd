package deliver

import (
	"context"
	"fmt"
	"slices"
	"time"

	"logskiff/senders"
)

// hedgePoll is how often another endpoint is looked for when none was free.
const hedgePoll = 100 * time.Millisecond

// sent is one attempt of a race, and what came of it.
type sent struct {
	attempt
	cancel context.CancelFunc
	result senders.Result
	took   time.Duration
}

// race sends the payload to a's endpoint and, while that keeps silent for too long, to one
// other at a time. It returns when no attempt reads the payload any more, with the first
// last word, or else with what the last attempt came to.
func (d *Deliverer) race(ctx context.Context, a attempt) (senders.Result, *health) {
	done := make(chan *sent, 2)
	var running []*sent // the one that was silent first; at most two
	start := func(a attempt) {
		within, cancel := context.WithCancel(ctx)
		s := &sent{attempt: a, cancel: cancel}
		running = append(running, s)
		began, payload := time.Now(), d.payloadFor(a.health)
		go func() {
			s.result = a.Send(within, payload)
			s.took = time.Since(began)
			done <- s
		}()
	}
	start(a)
	timer := time.NewTimer(d.pool.patience(a, len(d.payload.Body)))
	defer timer.Stop()
	for {
		select {
		case s := <-done:
			s.cancel()
			running = slices.DeleteFunc(running, func(o *sent) bool { return o == s })
			if isLastWord(s.result.Class) {
				return d.won(ctx, s, running, done)
			}
			if len(running) == 0 {
				d.pool.finish(s.attempt, &d.payload, s.result, ctx.Err() != nil)
				return s.result, s.health
			}
			running[0].extra, s.extra = false, running[0].extra || s.extra // whoever is left counts
			d.pool.finish(s.attempt, &d.payload, s.result, ctx.Err() != nil)
			timer.Reset(hedgePoll)
		case <-timer.C:
			if len(running) > 1 {
				continue
			}
			if b, ok := d.pool.hedge(&running[0].attempt); ok {
				start(b)
			} else {
				timer.Reset(hedgePoll)
			}
		}
	}
}

// won ends a race: the winner's answer is the last word, and who was silent longer is
// blamed. The one asked later had less time and is not.
func (d *Deliverer) won(ctx context.Context, winner *sent, running []*sent, done <-chan *sent) (senders.Result, *health) {
	for _, s := range running {
		s.cancel()
		<-done
		switch {
		case s.result.Class == senders.Delivered: // at the same moment
			if n := d.payload.Last - d.payload.First; winner.result.Class != senders.Delivered || winner.result.Taken(n) < s.result.Taken(n) {
				winner, s = s, winner
			}
			d.pool.answeredIn(s.health, s.took)
			d.pool.finish(s.attempt, &d.payload, s.result, ctx.Err() != nil)
		case s.silent && ctx.Err() == nil:
			d.pool.finish(s.attempt, &d.payload, senders.Result{Class: senders.Retry, Reason: fmt.Sprintf(
				"no answer within %s, and %s answered meanwhile", s.took.Round(time.Millisecond), winner.Name())}, false)
		default:
			d.pool.finish(s.attempt, &d.payload, s.result, true)
		}
	}
	d.pool.answeredIn(winner.health, winner.took)
	d.pool.finish(winner.attempt, &d.payload, winner.result, ctx.Err() != nil)
	return winner.result, winner.health
}

// patience returns how long the answer to so many bytes is waited for before another
// endpoint is asked.
func (p *Pool) patience(a attempt, bytes int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return a.times.patience(bytes)
}

// hedge notes that a keeps silent and lends an endpoint that is asked too, if one is free. Like
// its batch, it counts once among those in flight.
func (p *Pool) hedge(a *attempt) (attempt, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !a.silent {
		a.silent = true
		a.health.silent++
	}
	h := p.another(a.health, time.Now())
	if h == nil {
		return attempt{}, false
	}
	p.Hedged.Add(1)
	h.began()
	return attempt{health: h, epoch: h.epoch, began: time.Now(), extra: true}, true
}

// answeredIn notes how long an answer took.
func (p *Pool) answeredIn(h *health, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h.times.add(d)
}
