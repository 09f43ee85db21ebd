package api

import (
	"net/http"

	"logskiff/agent/api/access"
	"logskiff/preview/addsource"
)

// route is one thing that can be asked for. The table of them is what the handlers are made of, and openapi.json.
type route struct {
	method, path string
	summary      string
	role         access.Role // the least that may ask
	change       bool        // it changes something, so that a page that may only read is refused
	asks         bool        // it is a question, though it has a body
	matches      bool        // it wants If-Match, or If-None-Match: *
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
		{method: "GET", path: "/api/v1/logs", role: access.Operator, handle: (*Server).getLogs,
			summary: "The logs of this host that may be shown, and who follows them.",
			query:   []parameter{{"fresh", "true looks again; else what was found in the last minute is said."}},
			gives:   map[int]any{200: foundLogs{}, 409: Problem{}, 503: Problem{}}},
		{method: "POST", path: "/api/v1/preview", role: access.Operator, asks: true, handle: (*Server).postPreview,
			summary: "What becomes of the last lines of a log. What is not there and what may not be shown get the same answer.",
			takes:   addsource.Sample{}, gives: map[int]any{200: addsource.Preview{}, 404: Problem{}, 409: Problem{}, 422: Problem{}, 503: Problem{}}},
		{method: "POST", path: "/api/v1/plans", role: access.Operator, asks: true, handle: (*Server).postPlan,
			summary: "What would be written for a source, and what would happen.",
			takes:   addsource.Wish{}, gives: map[int]any{200: addsource.Plan{}, 409: Problem{}, 422: unsaved{}, 503: Problem{}}},
		{method: "GET", path: "/api/v1/sources/{source}", role: access.Operator, handle: (*Server).getSource,
			summary: "How a source stands in the configuration, without secrets.", gives: map[int]any{200: definition{}, 404: Problem{}, 409: unsaved{}, 422: unsaved{}}},
		{method: "PUT", path: "/api/v1/sources/{source}", role: access.Admin, change: true, matches: true, handle: (*Server).putSource,
			summary: "Writes a plan, has it loaded, and answers when that is over. What the agent refuses is put back.", takes: saving{}, gives: changeAnswers()},
		{method: "DELETE", path: "/api/v1/sources/{source}", role: access.Admin, change: true, matches: true, handle: (*Server).removeSource,
			summary: "Takes the file of a source away.", takes: changing{}, gives: changeAnswers()},
		{method: "POST", path: "/api/v1/sources/{source}/pause", role: access.Admin, change: true, matches: true, handle: (*Server).pauseSource,
			summary: "Stops a source and keeps its checkpoints.", takes: changing{}, gives: changeAnswers()},
		{method: "POST", path: "/api/v1/sources/{source}/resume", role: access.Admin, change: true, matches: true, handle: (*Server).resumeSource,
			summary: "Has it go on where it was.", takes: changing{}, gives: changeAnswers()},
		{method: "POST", path: "/api/v1/sources/{source}/undo", role: access.Admin, change: true, matches: true, handle: (*Server).undoSource,
			summary: "Puts back what its file was before the last change.", takes: changing{}, gives: changeAnswers()},
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

// changeAnswers are those to a change of a source's file.
func changeAnswers() map[int]any {
	return map[int]any{200: saved{}, 404: Problem{}, 409: unsaved{}, 412: unsaved{}, 422: unsaved{}, 428: Problem{}}
}

func (s *Server) getDescription(c *call) { answerBytes(c.w, http.StatusOK, description) }
