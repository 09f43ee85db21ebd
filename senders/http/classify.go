package http

import (
	"net/http"

	"logskiff/record/wire"
	"logskiff/senders"
	"logskiff/senders/httpclient"
)

// verdict is what an answer to p means: by our protocol first, and else by HTTP.
func (e *endpoint) verdict(a *httpclient.Answer, p *senders.Payload) httpclient.Verdict {
	v := e.client.Classify(a)
	switch {
	case ofAnother(a) && sentOn(p):
		v.Class = senders.Refused
	case a.Status == http.StatusConflict: // a person must look
		v.Class = senders.Held
	case v.HeadersTooLarge && segmentsOf(p) > 1: // the headers list the segments
		v.Class = senders.TooManySegments
	}
	return v
}

// ofAnother reports whether an answer says that a stream is another client's, or lacks its agent's word.
func ofAnother(a *httpclient.Answer) bool {
	return a.Status == http.StatusConflict || a.Header.Get(wire.MissingName) == wire.MissingAgent
}

// sentOn reports whether p holds streams of clients of ours. If one of them sends what belongs to
// another, that is set aside: holding it would hold all who send by way of us.
func sentOn(p *senders.Payload) bool {
	if p.Batch == nil {
		return false
	}
	for i := range p.Batch.Segments {
		s := &p.Batch.Segments[i]
		if s.First < p.Last && s.First+s.N > p.First && s.Stream.Owner != nil {
			return true
		}
	}
	return false
}

// segmentsOf returns how many segments the header of p lists.
func segmentsOf(p *senders.Payload) int {
	n := 0
	if p.Batch != nil {
		for i := range p.Batch.Segments {
			if s := &p.Batch.Segments[i]; max(p.First, s.First) < min(p.Last, s.First+s.N) {
				n++
			}
		}
	}
	return n
}
