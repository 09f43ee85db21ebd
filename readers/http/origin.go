package http

import (
	"cmp"
	"crypto/rand"
	"net"
	"net/http"
	"slices"

	"logskiff/record"
	"logskiff/record/wire"
)

// originOf says where the records of a request come from: what its header says,
// with the tags of this source added, or else the client's address and this source.
func (r *Reader) originOf(req *http.Request, h *wire.Header) *record.Origin {
	if h == nil {
		host, _, err := net.SplitHostPort(req.RemoteAddr)
		if err != nil {
			host = req.RemoteAddr
		}
		return &record.Origin{Host: host, Source: r.origin.Source, Tags: r.origin.Tags}
	}
	return &record.Origin{Host: h.Host, Source: h.Source, Agent: h.Agent, Tags: mergeTags(h.Tags, r.origin.Tags)}
}

// mergeTags returns tags sorted by key; those of the client win.
func mergeTags(client map[string]string, own []record.Tag) []record.Tag {
	if len(client) == 0 {
		return own
	}
	tags := make([]record.Tag, 0, len(client)+len(own))
	for k, v := range client {
		tags = append(tags, record.Tag{Key: k, Value: v})
	}
	for _, t := range own {
		if _, ok := client[t.Key]; !ok {
			tags = append(tags, t)
		}
	}
	slices.SortFunc(tags, func(a, b record.Tag) int { return cmp.Compare(a.Key, b.Key) })
	return tags
}

// anonymousStream makes up a stream for a body without identity.
func anonymousStream(o *record.Origin) *record.Stream {
	s := &record.Stream{Origin: o, Anonymous: true}
	rand.Read(s.ID[:]) // never fails, says its documentation
	return s
}
