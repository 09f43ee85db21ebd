package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"logskiff/agent/api/access"
)

// code asks for a login code over the control socket.
func (s *site) code(body string) LoginCode {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.local.ServeHTTP(w, request("POST", "/api/v1/login-codes", "", body))
	var c LoginCode
	if err := json.Unmarshal(w.Body.Bytes(), &c); err != nil || w.Code != 200 {
		s.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return c
}

func (s *site) login(code string) (token string, answered *httptest.ResponseRecorder) {
	w := s.ask("POST", "/api/v1/sessions", "", `{"code":"`+code+`"}`)
	var a sessionAnswer
	json.Unmarshal(w.Body.Bytes(), &a) //nolint:errcheck // a failure has no token
	return a.Token, w
}

func TestALinkLogsInOnceWithinTwoMinutes(t *testing.T) {
	s := newSite(t)
	c := s.code(`{"role":"operator"}`)
	if c.URL != "http://127.0.0.1:7710/#code="+c.Code || c.Role != "operator" {
		t.Errorf("got %+v", c)
	}
	token, w := s.login(c.Code)
	if token == "" || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", "/api/v1/session", token, ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"role":"operator"`) {
		t.Errorf("the session: %d %s", w.Code, w.Body)
	}
	if _, w := s.login(c.Code); w.Code != http.StatusUnauthorized {
		t.Errorf("a second time: %d", w.Code)
	}
	c = s.code(`{}`)
	s.later(access.CodeLife)
	if _, w := s.login(c.Code); w.Code != http.StatusUnauthorized {
		t.Errorf("after two minutes: %d", w.Code)
	}
	s.ask("DELETE", "/api/v1/session", token, "")
	if w := s.ask("GET", "/api/v1/session", token, ""); w.Code != http.StatusUnauthorized {
		t.Errorf("after the log-out: %d", w.Code)
	}
}

func TestASessionEndsWhenItIsNotUsed(t *testing.T) {
	s := newSite(t)
	token, _ := s.login(s.code(`{}`).Code)
	s.later(access.SessionIdle - time.Second)
	if w := s.ask("GET", "/api/v1/session", token, ""); w.Code != 200 {
		t.Errorf("within half an hour: %d", w.Code)
	}
	s.later(access.SessionIdle)
	if w := s.ask("GET", "/api/v1/session", token, ""); w.Code != 401 {
		t.Errorf("after half an hour: %d", w.Code)
	}
}

// A hundred wrong codes are limited together, fill no audit log, and do not keep out who has a good one.
func TestAHundredBadLogInsDelayNoGoodOne(t *testing.T) {
	s := newSite(t)
	var first, later int
	for i := range 100 {
		_, w := s.login("wrong")
		switch {
		case i < 5 && w.Code == http.StatusUnauthorized:
			first++
		case i >= 5 && w.Code == http.StatusTooManyRequests && w.Result().Header.Get("Retry-After") == "60":
			later++
		}
	}
	if first != 5 || later != 95 {
		t.Errorf("%d were answered 401 and %d 429, want 5 and 95", first, later)
	}
	if token, w := s.login(s.code(`{}`).Code); token == "" {
		t.Errorf("a good one: %d %s", w.Code, w.Body)
	}
	if n := len(s.audited()); n != 5+2 {
		t.Errorf("%d lines in the audit log, want 5 failures, a code and a log-in", n)
	}
}

func TestEachLogInAndChangeIsOneLineOfTheAuditLog(t *testing.T) {
	s := newSite(t)
	c := s.code(`{"role":"admin"}`)
	token, _ := s.login(c.Code)
	s.ask("POST", "/api/v1/reload", token, "")
	s.fake.reload = Reload{Error: "the configuration has a mistake", Mistakes: []Mistake{{Message: "x"}}}
	if w := s.ask("POST", "/api/v1/reload", token, ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a bad configuration: %d", w.Code)
	}
	s.fake.reload = Reload{Error: "cannot reload: the agent is stopping"}
	if w := s.ask("POST", "/api/v1/reload", token, ""); w.Code != http.StatusConflict {
		t.Errorf("what cannot be now: %d", w.Code)
	}
	s.ask("GET", "/api/v1/snapshot", token, "")
	s.ask("DELETE", "/api/v1/session", token, "")
	var got []string
	for _, e := range s.audited() {
		got = append(got, e.Action+": "+e.Result)
		if e.Who == "" || !e.Time.Equal(noon) || strings.Contains(e.Who+e.Detail, token) || strings.Contains(e.Who+e.Detail, c.Code) {
			t.Errorf("%+v", e)
		}
	}
	want := "login-code: ok, log-in: ok, reload: ok, reload: the configuration has a mistake, reload: cannot reload: the agent is stopping, log-out: ok"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
}

func TestALinkToAPageThatIsNotServedIsNotMade(t *testing.T) {
	s := newSite(t)
	s.link = ""
	w := httptest.NewRecorder()
	s.local.ServeHTTP(w, request("POST", "/api/v1/login-codes", "", "{}"))
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "agent.listen") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.link = "http://localhost/"
	w = httptest.NewRecorder()
	s.local.ServeHTTP(w, request("POST", "/api/v1/login-codes", "", `{"role":"root"}`))
	if w.Code != http.StatusBadRequest {
		t.Errorf("an unknown role: %d", w.Code)
	}
}
