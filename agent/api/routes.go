package api

import (
	"net/http"

	"logskiff/agent/api/access"
)

// route is one thing that can be asked for. The table of them is what the handlers are made of, and openapi.json.
type route struct {
	method, path string
	summary      string
	role         access.Role // the least that may ask
	change       bool        // it changes something, so that a page that may only read is refused
	local        bool        // over the control socket only
	query        []parameter
	takes        any // a value of the type of its body; nil: it takes none
	gives        map[int]any
	handle       func(*Server, *call)
}

// parameter is one of a query.
type parameter struct{ name, doc string }

func routes() []route {
	return []route{
		{method: "GET", path: "/api/v1/snapshot", role: access.Viewer, handle: (*Server).getSnapshot,
			summary: "The state of the agent at one moment.", gives: map[int]any{200: Snapshot{}}},
		{method: "GET", path: "/api/v1/stream", role: access.Viewer, handle: (*Server).getStream,
			summary: "A snapshot a second, as lines of JSON, until the client goes or its session ends. At most 8 at once.",
			gives:   map[int]any{200: StreamLine{}, 503: Problem{}}},
		{method: "GET", path: "/api/v1/history", role: access.Viewer, handle: (*Server).getHistory,
			summary: "What is kept of the last quarter of an hour.",
			query: []parameter{{"seconds", "How many of the last seconds; 900 when left out."}, {"kind", "Only rows of this kind."},
				{"name", "Only rows of the source or sender of this name."}},
			gives: map[int]any{200: historyAnswer{}}},
		{method: "GET", path: "/api/v1/sources/{source}/files", role: access.Operator, handle: (*Server).getFiles,
			summary: "The files that a source follows, sorted and in pages.",
			query: []parameter{{"sender", "For which sender; the first one when left out."}, {"sort", "lag (the default), size, name or problem."},
				{"order", "desc or asc; the default is desc, and asc for names."}, {"filter", "Only files whose name contains this."},
				{"limit", "How many at most: 1 to 1000, 100 when left out."}, {"offset", "How many to leave out before."}},
			gives: map[int]any{200: filePage{}, 404: Problem{}}},
		{method: "GET", path: "/api/v1/errors", role: access.Operator, handle: (*Server).getErrors,
			summary: "What goes wrong, and what did in the last quarter of an hour: since when, how often, and what was answered.",
			gives:   map[int]any{200: ErrorList{}}},
		{method: "POST", path: "/api/v1/offsets", role: access.Admin, change: true, handle: (*Server).postOffsets,
			summary: "Puts the cursors of a file elsewhere: what they pass by is skipped, and what comes again has the identity that it had. The pipelines that follow it stop and start for that.",
			takes:   OffsetWish{}, gives: map[int]any{200: OffsetMoves{}, 409: Problem{}}},
		{method: "POST", path: "/api/v1/reload", role: access.Admin, change: true, handle: (*Server).postReload,
			summary: "Loads the configuration again, puts it in place, and answers when that is over.",
			gives:   map[int]any{200: Reload{}, 409: Reload{}, 422: Reload{}}},
		{method: "POST", path: "/api/v1/login-codes", role: access.Admin, local: true, handle: (*Server).postCode,
			summary: "A code of 128 bits that is good for one log-in within two minutes, and the link that has it.",
			takes:   codeWish{}, gives: map[int]any{200: LoginCode{}, 409: Problem{}}},
		{method: "POST", path: "/api/v1/sessions", role: access.Nobody, handle: (*Server).postSession,
			summary: "Takes a login code, and gives a token: the one request that needs none.",
			takes:   sessionWish{}, gives: map[int]any{200: sessionAnswer{}, 401: Problem{}, 429: Problem{}}},
		{method: "GET", path: "/api/v1/session", role: access.Viewer, handle: (*Server).getSession,
			summary: "Who the token belongs to.", gives: map[int]any{200: sessionState{}}},
		{method: "DELETE", path: "/api/v1/session", role: access.Viewer, handle: (*Server).deleteSession,
			summary: "Ends the session: the token is good no more.", gives: map[int]any{204: nil}},
		{method: "GET", path: "/api/v1/openapi.json", role: access.Viewer, handle: (*Server).getDescription,
			summary: "This description.", gives: map[int]any{200: map[string]any{}}},
	}
}

func (s *Server) getDescription(c *call) { answerBytes(c.w, http.StatusOK, description) }
