package api

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"logskiff/agent/api/access"
	"logskiff/preview/addsource"
)

const (
	bodyMost    = 64 << 10
	streamsMost = 8
)

//go:embed openapi.json
var description []byte

// Options are what a Server needs.
type Options struct {
	Log     *slog.Logger
	Backend Backend
	History History
	Audit   *access.Audit
	Mode    func() string   // agent.ui: "on", "readonly" or "off"
	Names   func() []string // agent.ui_names: names beside localhost that the page is reached by
	Link    func() string   // where the page is, "" when it is not served; ends with a slash
	Public  http.Handler    // what is served to everybody: metrics and health
	Now     func() time.Time
	Every   time.Duration     // between two snapshots of a stream
	Sources *addsource.Engine // makes sources; nil: there is no configuration file that could have them
}

// Server answers requests about one agent. It has no goroutine of its own.
type Server struct {
	Options
	codes    *access.Codes
	sessions *access.Sessions
	limit    access.Limit
	streams  chan struct{} // holds a token for each that is open
	latest   latest
	looks    chan struct{} // holds a token for each look at files that is under way
	lookMost time.Duration
}

// New returns a Server.
func New(o Options) *Server {
	return &Server{Options: o, codes: access.NewCodes(), sessions: access.NewSessions(), streams: make(chan struct{}, streamsMost), looks: make(chan struct{}, looksMost), lookMost: lookMost}
}

// Page serves those who can open a connection: metrics and health to all of them, and the API to who shows a token.
func (s *Server) Page() http.Handler {
	api := s.mux(false)
	return Guard(s.Names, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			s.Public.ServeHTTP(w, r)
			return
		}
		if s.Mode() == "off" {
			fail(w, http.StatusNotFound, "off", "the page is turned off", `set agent.ui to "on" or "readonly"`)
			return
		}
		session := s.sessions.Of(bearer(r), s.Now())
		if session.Role == access.Nobody && !opens(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			fail(w, http.StatusUnauthorized, "log_in", "log in first", "logskiff ui prints a link that does")
			return
		}
		api.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, session)))
	}))
}

// Local serves the control socket: who may open it is an admin. A browser never is, even if somebody leads one there.
func (s *Server) Local() http.Handler {
	api := s.mux(true)
	return Guard(nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
			fail(w, http.StatusForbidden, "browser", "the control socket is for the command line", "")
			return
		}
		session := access.Session{Role: access.Admin, Who: peerOf(r.Context())}
		api.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, session)))
	}))
}

type sessionKey struct{}

func sessionOf(r *http.Request) access.Session {
	s, _ := r.Context().Value(sessionKey{}).(access.Session)
	return s
}

// bearer returns the token of a request, "" when it has none.
func bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// opens says whether a request is the one that needs no token.
func opens(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/api/v1/sessions"
}

// mux has all routes, and what they need checked before they are called.
func (s *Server) mux(local bool) http.Handler {
	mux := http.NewServeMux()
	for _, one := range routes() {
		mux.HandleFunc(one.method+" "+one.path, func(w http.ResponseWriter, r *http.Request) { s.call(one, local, w, r) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		for _, one := range routes() {
			if other := r.Clone(r.Context()); one.method != r.Method {
				other.Method = one.method
				if _, pattern := mux.Handler(other); pattern == one.method+" "+one.path {
					w.Header().Add("Allow", one.method)
				}
			}
		}
		if w.Header().Get("Allow") != "" {
			fail(w, http.StatusMethodNotAllowed, "method", r.Method+" cannot be used here", "")
			return
		}
		fail(w, http.StatusNotFound, "not_found", "there is nothing at this path", "GET /api/v1/openapi.json says what there is")
	})
	return mux
}
