package deliver

import (
	"slices"
	"time"

	"logskiff/senders"
)

// choose returns the endpoint for the next request, or nil when none is ready. One
// that keeps silent is left alone while another one is not.
func (p *Pool) choose(now time.Time, avoid *health) *health {
	if p.Strategy == senders.Failover {
		return p.firstHealthy(now)
	}
	var best *health
	others := p.otherHealthy(avoid)
	for i := range p.all {
		h := p.all[(p.first+i)%len(p.all)]
		switch {
		case !p.ready(h, now), h == avoid && others, p.keepsSilent(h):
		case best == nil || h.inFlight < best.inFlight:
			best = h
		}
	}
	if best != nil {
		p.first = (slices.Index(p.all, best) + 1) % len(p.all)
	}
	return best
}

// canAsk says whether another endpoint than h can be asked to confirm what h said.
// In failover the others are not for such use.
func (p *Pool) canAsk(h *health) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Strategy != senders.Failover && p.otherHealthy(h)
}

// otherHealthy says whether an endpoint other than h is in use.
func (p *Pool) otherHealthy(h *health) bool {
	return slices.ContainsFunc(p.all, func(o *health) bool { return o != h && o.state == Healthy })
}

// otherTakes says whether an endpoint other than h is in use, or will be when its wait is over: it
// answers, and asks for less.
func (p *Pool) otherTakes(h *health) bool {
	return slices.ContainsFunc(p.all, func(o *health) bool { return o != h && (o.state == Healthy || o.state == Throttled) })
}

// keepsSilent says whether h does, and another healthy endpoint does not.
func (p *Pool) keepsSilent(h *health) bool {
	return h.silent > 0 && slices.ContainsFunc(p.all, func(o *health) bool { return o.state == Healthy && o.silent == 0 })
}

// firstHealthy does not spill over: while the first healthy endpoint is busy,
// callers wait for it.
func (p *Pool) firstHealthy(now time.Time) *health {
	for _, h := range p.all {
		switch {
		case p.keepsSilent(h):
		case p.ready(h, now):
			return h
		case h.state == Healthy:
			return nil
		}
	}
	return nil
}

// another returns an endpoint that a body sent to h can be sent to as well, or nil: a healthy one, or
// one whose wait is over.
func (p *Pool) another(h *health, now time.Time) *health {
	var best *health
	for _, o := range p.all {
		switch {
		case o == h || o.silent > 0 || !p.ready(o, now):
		case best == nil, best.state != Healthy && o.state == Healthy:
			best = o
		case p.Strategy == senders.Failover || o.state != best.state:
		case o.inFlight < best.inFlight:
			best = o
		}
	}
	return best
}
