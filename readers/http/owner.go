package http

import (
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"logskiff/record"
	"logskiff/record/wire"
)

// sender is who sent a request, and what its records say of it.
type sender struct {
	origin *record.Origin
	owner  *record.Owner // nil: nobody
}

// ownerOf returns who a client is: by its agent's word, and by the names in its certificate, its
// token, or else the host that it says. The zero Owner has no streams.
func ownerOf(req *http.Request, h *wire.Header) (o record.Owner) {
	if h == nil {
		return o
	}
	if h.Agent != "" {
		o.Agent = hashOf("agent", h.Agent)
	}
	_, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	switch {
	case req.TLS != nil && len(req.TLS.PeerCertificates) > 0:
		c := req.TLS.PeerCertificates[0]
		o.Credential = hashOf("certificate", append([]string{c.Subject.String()}, c.DNSNames...)...)
	case token != "":
		o.Credential = hashOf("token", strings.TrimSpace(token))
	default:
		o.Credential = hashOf("host", h.Host)
	}
	return o
}

// clientOf tells clients apart that share the queue: by address, and token where one is asked for.
func clientOf(req *http.Request) string {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		host = req.RemoteAddr
	}
	return host + " " + req.Header.Get("Authorization")
}

func hashOf(kind string, parts ...string) (sum [16]byte) {
	h := sha256.New()
	for _, p := range append([]string{"logskiff stream owner", kind}, parts...) {
		io.WriteString(h, p) // never fails
		io.WriteString(h, "\x00")
	}
	copy(sum[:], h.Sum(nil))
	return sum
}

// mayStart asks whether the client may send the streams of m.
func (r *Reader) mayStart(m *message, client record.Owner) error {
	if r.claim == nil || !r.cfg.BindStreams || m.Segments[0].Stream.Anonymous {
		return nil
	}
	ids := make([]record.StreamID, len(m.Segments))
	for i := range m.Segments {
		ids[i] = m.Segments[i].Stream.ID
	}
	release, err := r.claim(client, ids)
	switch {
	case errors.Is(err, record.ErrLent):
		return busy(inUse, "%v", err)
	case errors.Is(err, record.ErrNoWord):
		return busy(noWord, "%v, as an older version does: its lines wait until the newer one is back, or bind_streams = false is set in this forwarder's reader.http", err)
	case err != nil:
		return conflict("%v; it may be freed with bind_streams = false at the forwarder", err)
	}
	m.release = release
	return nil
}
