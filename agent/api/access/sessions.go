package access

import (
	"sync"
	"time"
)

const (
	// SessionIdle is how long a token is good without being used, and SessionLife how long at most.
	SessionIdle  = 30 * time.Minute
	SessionLife  = 12 * time.Hour
	tokenBytes   = 32
	sessionsMost = 64 // the one that was used longest ago gives way
)

// Session is somebody who logged in.
type Session struct {
	Role  Role
	Who   string    // for the audit log
	Until time.Time // it ends then at the latest
}

type session struct {
	Session
	used time.Time
}

// Sessions are the tokens that are good. Methods may be called from any goroutine.
type Sessions struct {
	mu  sync.Mutex
	all map[digest]*session
}

// NewSessions returns none.
func NewSessions() *Sessions { return &Sessions{all: map[digest]*session{}} }

// New returns a token of 256 random bits, which is kept as its hash only.
func (s *Sessions) New(role Role, who string, now time.Time) (token string, made Session) {
	token = newSecret(tokenBytes)
	made = Session{Role: role, Who: who, Until: now.Add(SessionLife)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now)
	if len(s.all) >= sessionsMost {
		var oldest digest
		var first *session
		for d, one := range s.all {
			if first == nil || one.used.Before(first.used) {
				oldest, first = d, one
			}
		}
		delete(s.all, oldest)
	}
	s.all[digestOf(token)] = &session{made, now}
	return token, made
}

// Of returns whose token it is, and counts as its use. A wrong token is nobody's.
func (s *Sessions) Of(token string, now time.Time) Session {
	d := digestOf(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.all[d]
	if one == nil {
		return Session{}
	}
	if one.over(now) {
		delete(s.all, d)
		return Session{}
	}
	one.used = now
	return one.Session
}

// End ends the session of a token.
func (s *Sessions) End(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, digestOf(token))
}

func (s *session) over(now time.Time) bool {
	return !now.Before(s.Until) || now.Sub(s.used) >= SessionIdle
}

func (s *Sessions) sweep(now time.Time) {
	for d, one := range s.all {
		if one.over(now) {
			delete(s.all, d)
		}
	}
}
