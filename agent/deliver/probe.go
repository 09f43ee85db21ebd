package deliver

import (
	"context"
	"time"

	"logskiff/senders"
)

// probeTimeout bounds one probe; it keeps nobody waiting.
const probeTimeout = 5 * time.Second

// ready says whether h can be used now. One that gave no answer is asked by a probe
// first whether it does now, when that is due: a batch would wait there in vain, while others
// take it or soon may. Without others it may as well be the batch. One that was well for its
// probes, and kept batches all the same, is left alone for longer.
func (p *Pool) ready(h *health, now time.Time) bool {
	if !h.ready(now) {
		return false
	}
	if h.state == Healthy || !p.otherTakes(h) {
		return true
	}
	if now.Before(h.trial.next) {
		return false
	}
	prober, ok := h.Endpoint.(senders.Prober)
	if !ok || h.state != Waiting || h.answered {
		return true
	}
	if !h.probing {
		h.probing = true
		p.probes.Go(func() { p.probe(h, prober) })
	}
	return false
}

// probe asks once, and lets the next batch go there or waits longer.
func (p *Pool) probe(h *health, prober senders.Prober) {
	ctx, cancel := context.WithTimeout(p.life, probeTimeout)
	defer cancel()
	err := prober.Probe(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	h.probing = false
	if err == nil {
		h.answered = true
	} else {
		h.lastErr, h.lastAt = err.Error(), time.Now()
		h.failures++
		h.next = h.lastAt.Add(backoff(h.failures, p.Random()))
	}
	p.serve()
}
