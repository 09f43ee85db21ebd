package api

import (
	"net/http"
	"time"

	"logskiff/conf"
)

// Reload is what came of loading the configuration again.
type Reload struct {
	At       time.Time `json:"at" doc:"When it was over."`
	OK       bool      `json:"ok" doc:"Whether the new configuration runs; else the old one goes on."`
	Started  []string  `json:"started,omitempty" doc:"Pipelines (source/sender) that run since then."`
	Stopped  []string  `json:"stopped,omitempty" doc:"Pipelines that do not run any more."`
	Restart  []string  `json:"restarted,omitempty" doc:"Pipelines whose settings changed."`
	Kept     int       `json:"unchanged" doc:"Pipelines that were not touched."`
	Error    string    `json:"error,omitempty" doc:"Why it did not take place, in one line. Not for viewers."`
	Mistakes []Mistake `json:"mistakes,omitempty" doc:"What is wrong with the configuration, if that is why. Not for viewers."`
}

// Mistake is one thing that is wrong with a configuration.
type Mistake struct {
	File    string `json:"file,omitempty" doc:"The file, as opened."`
	Line    int    `json:"line,omitempty" doc:"Counted from 1; left out when the file as a whole is meant."`
	Column  int    `json:"column,omitempty" doc:"In characters, counted from 1."`
	Key     string `json:"key,omitempty" doc:"The full key."`
	Message string `json:"message" doc:"What is wrong."`
	Advice  string `json:"advice,omitempty" doc:"What to do."`
	Text    string `json:"text" doc:"All of it as a terminal shows it, with the line; secrets are masked."`
}

// MistakesOf is what package conf found, as it is shown.
func MistakesOf(found conf.Errors) []Mistake {
	all := make([]Mistake, 0, len(found))
	for _, e := range found {
		all = append(all, Mistake{File: e.File, Line: e.Line, Column: e.Col, Key: e.Key, Message: e.Msg, Advice: e.Hint, Text: e.Error()})
	}
	return all
}

// postReload answers as late as the reload may end: pipelines that stop have stop_timeout for it.
func (s *Server) postReload(c *call) {
	if err := http.NewResponseController(c.w).SetWriteDeadline(time.Time{}); err != nil {
		s.Log.Debug("cannot answer as late as a reload may end", "error", err)
	}
	r := s.Backend.Reload()
	s.latest.forget()
	status, result := http.StatusOK, "ok"
	switch {
	case r.OK:
	case len(r.Mistakes) > 0:
		status, result = http.StatusUnprocessableEntity, r.Error
	default:
		status, result = http.StatusConflict, r.Error
	}
	s.note(c, "reload", result, "")
	answer(c.w, status, r)
}
