package api

import (
	"net/http"
	"time"
)

// Kinds of Trouble.
const (
	NotRunning      = "not_running"
	Held            = "held"
	Waiting         = "waiting"
	Lost            = "lost"
	Quarantined     = "quarantined"
	Unreadable      = "unreadable"
	Away            = "away"
	NotParsed       = "not_parsed"
	MostlyNotParsed = "mostly_not_parsed" // for the log alone
	NotListening    = "not_listening"
	TakesNothing    = "takes_nothing"
	Down            = "down"
	NotOpen         = "not_open"
	Checkpoints     = "checkpoints"
	Refused         = "reload_refused"
)

// LevelOf says how bad a kind of trouble is: critical when lines do not arrive, or are lost.
func LevelOf(kind string) string {
	switch kind {
	case NotRunning, Held, Lost, NotListening, Down, NotOpen, Checkpoints:
		return Critical
	}
	return Warning
}

// Trouble is something that goes wrong, or did in the last quarter of an hour.
type Trouble struct {
	Kind     string     `json:"kind" doc:"What goes wrong." enum:"not_running held waiting lost quarantined unreadable away not_parsed not_listening takes_nothing down not_open checkpoints reload_refused"`
	Level    string     `json:"level" doc:"warning or critical: lines do not arrive, or are lost." enum:"warning critical"`
	What     string     `json:"what" doc:"agent, source, sender or endpoint." enum:"agent source sender endpoint"`
	Name     string     `json:"name,omitempty" doc:"Name of the source or sender; of an endpoint, its sender's."`
	Endpoint string     `json:"endpoint,omitempty" doc:"The endpoint."`
	Sender   string     `json:"sender,omitempty" doc:"Of a source, where only what goes to one sender is concerned: this one."`
	Text     string     `json:"text,omitempty" doc:"Why, as it was last: an error, or what was answered."`
	Count    Count      `json:"count" doc:"Since it began: attempts that failed, lines that do not parse or were refused, bytes that were lost; of files and folders, how many it concerns now; else how often it began."`
	Since    time.Time  `json:"since" doc:"When it began. What comes back within ten minutes is the same."`
	LastAt   time.Time  `json:"last_at" doc:"When it was seen last."`
	OverAt   *time.Time `json:"over_at,omitempty" doc:"When it was over; left out while it lasts."`
}

// ErrorList is the answer of /api/v1/errors.
type ErrorList struct {
	At     time.Time `json:"at" doc:"When it was made, by the agent's clock."`
	Errors []Trouble `json:"errors" doc:"What goes wrong first, the newest of it first; then what is over."`
}

func (s *Server) getErrors(c *call) {
	answer(c.w, http.StatusOK, ErrorList{At: *stamp(s.Now()), Errors: append([]Trouble{}, s.Backend.Errors()...)})
}
