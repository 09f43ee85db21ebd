package api

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"logskiff/agent/api/access"
)

// codeWish is what a login code is to be good for.
type codeWish struct {
	Role string `json:"role,omitempty" doc:"viewer, operator or admin, which it is when left out." enum:"viewer operator admin"`
}

// LoginCode is a code, and the link that has it behind the #, which no browser sends anywhere.
type LoginCode struct {
	Code  string    `json:"code" doc:"Good for one log-in."`
	Role  string    `json:"role" doc:"What who uses it may do."`
	URL   string    `json:"url" doc:"The page, with the code."`
	Until time.Time `json:"until" doc:"When it is good no more."`
}

type sessionWish struct {
	Code string `json:"code" doc:"A login code."`
}

type sessionAnswer struct {
	Token string `json:"token" doc:"To be sent as Authorization: Bearer with each request. It is said once."`
	sessionState
}

type sessionState struct {
	Role  string     `json:"role" doc:"What who has it may do."`
	Until *time.Time `json:"until,omitempty" doc:"When it ends at the latest; left out over the control socket."`
	Idle  Seconds    `json:"idle_seconds" doc:"It ends when it was not used for so long."`
	UI    string     `json:"ui" doc:"on or readonly: whether anything may be changed."`
}

func (s *Server) stateOf(one access.Session) sessionState {
	return sessionState{Role: one.Role.String(), Until: stamp(one.Until), Idle: SecondsOf(access.SessionIdle), UI: s.Mode()}
}

func (s *Server) postCode(c *call) {
	link := s.Link()
	if link == "" {
		fail(c.w, http.StatusConflict, "no_page", "this agent serves no page", `set agent.listen to an address of this host, and agent.ui to "on" or "readonly"`)
		return
	}
	role := access.Admin
	if wish := c.body.(*codeWish).Role; wish != "" {
		var err error
		if role, err = access.ParseRole(wish); err != nil {
			fail(c.w, http.StatusBadRequest, "body", "role "+quoted(err.Error()), "")
			return
		}
	}
	code, until := s.codes.New(role, c.session.Who, s.Now())
	s.note(c, "login-code", "ok", "role "+role.String())
	answer(c.w, http.StatusOK, LoginCode{Code: code, Role: role.String(), URL: link + "#code=" + code, Until: *stamp(until)})
}

func (s *Server) postSession(c *call) {
	now := s.Now()
	role, by, ok := s.codes.Use(c.body.(*sessionWish).Code, now)
	if !ok {
		wait := s.limit.Failed(now)
		if wait > 0 { // one line a failure up to the limit: who tries a million fills no disk
			c.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			fail(c.w, http.StatusTooManyRequests, "too_many", "too many log-ins have failed", "a new link works at once: logskiff ui")
			return
		}
		s.note(c, "log-in", "the code is wrong, used, or too old", "from "+c.r.RemoteAddr)
		fail(c.w, http.StatusUnauthorized, "code", "the code is wrong, was used, or is older than two minutes", "logskiff ui prints a new link")
		return
	}
	who := fmt.Sprintf("page, code asked for by %s", by)
	token, made := s.sessions.New(role, who, now)
	c.session = made
	s.note(c, "log-in", "ok", "role "+role.String()+", from "+c.r.RemoteAddr)
	answer(c.w, http.StatusOK, sessionAnswer{token, s.stateOf(made)})
}

func (s *Server) getSession(c *call) { answer(c.w, http.StatusOK, s.stateOf(c.session)) }

func (s *Server) deleteSession(c *call) {
	s.sessions.End(bearer(c.r))
	s.note(c, "log-out", "ok", "")
	c.w.WriteHeader(http.StatusNoContent)
}

// note writes a line of the audit log.
func (s *Server) note(c *call, action, result, detail string) {
	s.record(c, access.Entry{Action: action, Result: result, Detail: detail})
}

// record writes a line of the audit log, with when it was and who did it.
func (s *Server) record(c *call, e access.Entry) {
	e.Time, e.Who = *stamp(s.Now()), c.session.Who
	if e.Who == "" {
		e.Who = access.Nobody.String()
	}
	s.Audit.Note(e)
}
