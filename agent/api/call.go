package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"logskiff/agent/api/access"
)

// strangerWait is how long the body of a log-in may take to come.
const strangerWait = 2 * time.Second

// call is one request on its way to its handler.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	session access.Session
	local   bool // over the control socket
	body    any  // pointer to a value of the type that the route takes, or nil
}

// call checks what a route needs, in the order in which a person can mend it.
func (s *Server) call(one route, local bool, w http.ResponseWriter, r *http.Request) {
	c := &call{w: w, r: r, session: sessionOf(r), local: local}
	switch {
	case c.session.Role < one.role:
		fail(w, http.StatusForbidden, "role", "this needs the role "+one.role.String(), "logskiff ui --role "+one.role.String()+" prints a link with that role")
		return
	case one.local && !local:
		fail(w, http.StatusForbidden, "local", "this can be asked over the control socket only", "use the command line on the agent's host")
		return
	case one.change && !local && s.Mode() == "readonly":
		fail(w, http.StatusForbidden, "readonly", "the page may change nothing", `set agent.ui to "on", or use the command line`)
		return
	}
	for name := range r.URL.Query() {
		if !slices.ContainsFunc(one.query, func(p parameter) bool { return p.name == name }) {
			fail(w, http.StatusBadRequest, "query", "unknown parameter "+quoted(name), "")
			return
		}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if !c.takeBody(one) {
			return
		}
	}
	one.handle(s, c)
}

// takeBody reads the body; false: it has answered what is wrong with it.
func (c *call) takeBody(one route) bool {
	if kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		fail(c.w, http.StatusUnsupportedMediaType, "content_type", "the body must be application/json", "")
		return false
	}
	if c.session.Role == access.Nobody { // who has shown nothing may not keep a connection busy for long
		if err := http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(strangerWait)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			fail(c.w, http.StatusBadRequest, "body", "the body cannot be read", "")
			return false
		}
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, bodyMost))
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		fail(c.w, http.StatusRequestEntityTooLarge, "body", "the body is longer than 64 KiB", "")
		return false
	}
	if err != nil {
		fail(c.w, http.StatusBadRequest, "body", "the body did not come to its end", "")
		return false
	}
	if one.takes == nil {
		if strings.TrimSpace(string(text)) != "" && strings.TrimSpace(string(text)) != "{}" {
			fail(c.w, http.StatusBadRequest, "body", "this takes no body", "")
			return false
		}
		return true
	}
	c.body = reflect.New(reflect.TypeOf(one.takes)).Interface()
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(c.body); err != nil {
		fail(c.w, http.StatusBadRequest, "body", "the body is not what this takes: "+quoted(err.Error()), "")
		return false
	}
	if _, err := d.Token(); err != io.EOF {
		fail(c.w, http.StatusBadRequest, "body", "the body goes on behind its value", "")
		return false
	}
	return true
}

// quoted makes a text of a client's harmless, and short.
func quoted(s string) string {
	if len(s) > 200 {
		s = s[:200]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
