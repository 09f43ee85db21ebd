package api

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"logskiff/agent/api/access"
)

// freshFor is how long a snapshot is given to all who ask: however many and however often, taking them costs
// at most two a second.
const freshFor = 500 * time.Millisecond

// latest is the snapshot that was taken last, and its JSON, for viewers and for others.
type latest struct {
	mu         sync.Mutex
	at         time.Time
	full, thin []byte
}

// forget has the next who asks be given one that shows what was just done.
func (l *latest) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.full, l.thin = nil, nil
}

// encoded returns a snapshot of this moment, or nearly, as one line for those of a role.
func (s *Server) encoded(role access.Role) []byte {
	s.latest.mu.Lock()
	defer s.latest.mu.Unlock()
	if now := s.Now(); s.latest.full == nil || now.Sub(s.latest.at) >= freshFor || now.Before(s.latest.at) {
		snap := s.Backend.Snapshot()
		snap.Agent.UI = s.Mode()
		snap.Judge()
		s.latest.at, s.latest.full, s.latest.thin = now, line(snap), line(snap.forViewers())
	}
	if role < access.Operator {
		return s.latest.thin
	}
	return s.latest.full
}

func line(s Snapshot) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic("BUG: a snapshot that is no JSON: " + err.Error())
	}
	return b
}

func (s *Server) getSnapshot(c *call) {
	answerBytes(c.w, http.StatusOK, append(s.encoded(c.session.Role), '\n'))
}
