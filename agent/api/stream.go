package api

import (
	"net/http"
	"time"

	"logskiff/agent/api/access"
)

// streamWait is how long a client may take no line before its stream is closed.
const streamWait = 5 * time.Second

// StreamLine is one line of a stream: it has one of its members.
type StreamLine struct {
	Snapshot *Snapshot `json:"snapshot,omitempty" doc:"The state at this moment; one a second."`
	End      string    `json:"end,omitempty" doc:"Why no more comes: session_ended."`
}

// getStream sends a snapshot at once and then one a second, as long as the client reads and its session lasts; an open
// stream is use of it. One that cannot be written ends: the client asks again.
func (s *Server) getStream(c *call) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		c.w.Header().Set("Retry-After", "5")
		fail(c.w, http.StatusServiceUnavailable, "streams", "there are as many streams as there may be", "close another page")
		return
	}
	out := http.NewResponseController(c.w)
	if err := out.SetReadDeadline(time.Time{}); err != nil { // the request has come; the client says no more
		s.Log.Debug("cannot keep a stream open for long", "error", err)
	}
	c.w.Header().Set("Content-Type", "application/x-ndjson")
	write := func(parts ...[]byte) bool {
		if err := out.SetWriteDeadline(time.Now().Add(streamWait)); err != nil {
			return false
		}
		for _, p := range parts {
			if _, err := c.w.Write(p); err != nil {
				return false
			}
		}
		return out.Flush() == nil
	}
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for s.stillThere(c) {
		if !write([]byte(`{"snapshot":`), s.encoded(c.session.Role), []byte("}\n")) {
			return
		}
		select {
		case <-tick.C:
		case <-c.r.Context().Done():
			return
		}
	}
	write([]byte(`{"end":"session_ended"}` + "\n"))
}

func (s *Server) stillThere(c *call) bool {
	return c.local || s.Mode() != "off" && s.sessions.Of(bearer(c.r), s.Now()).Role >= access.Viewer
}
