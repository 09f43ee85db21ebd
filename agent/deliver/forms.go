package deliver

import "logskiff/senders"

// A body may be in a cheaper form than the sender's own (senders.Shortcut). It goes to endpoints that
// take that form; for any other the records are encoded anew, in the sender's own. Whatever is
// sent in pieces, or asked about again, is in the sender's own form.

// Takes says whether bodies of that type are worth making: every endpoint that the next batch may go to takes
// them. Where some do not, each body would have to be made twice, so none is.
func (p *Pool) Takes(contentType string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	some := false
	for _, h := range p.all {
		if h.state != Healthy {
			continue
		}
		if !chooses(h, contentType) {
			return false
		}
		some = true
		if p.Strategy == senders.Failover {
			break
		}
	}
	return some
}

func chooses(h *health, contentType string) bool {
	c, ok := h.Endpoint.(senders.Chooser)
	return ok && c.Takes(contentType)
}

// takes says whether the endpoint takes bodies of that type.
func (d *Deliverer) takes(h *health, contentType string) bool {
	return contentType == d.contentType || chooses(h, contentType)
}

// rewrite brings the payload into the sender's own form, for good.
func (d *Deliverer) rewrite() { d.payload = *d.rewritten() }

// payloadFor returns the payload in a form that the endpoint takes.
func (d *Deliverer) payloadFor(h *health) *senders.Payload {
	if d.takes(h, d.payload.ContentType) {
		return &d.payload
	}
	return d.rewritten()
}

// rewritten returns a copy of the payload in the sender's own form.
func (d *Deliverer) rewritten() *senders.Payload {
	p := d.payload
	if p.ContentType == d.contentType {
		return &p
	}
	if d.own == nil {
		d.own, d.ownEnds = d.append(d.newEncoder(), nil, nil, p.Batch, span{p.First, p.Last})
		if d.contentEncoding != "" {
			d.own = d.newCompressor().Append(nil, d.own)
		}
	}
	p.Body, p.ContentType = d.own, d.contentType
	p.Ends = d.ownEnds
	return &p
}
