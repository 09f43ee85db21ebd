package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"logskiff/preview/addsource"
)

// lookMost is how long a look at a log may take.
const lookMost = 2 * time.Second

// looksMost is how many there may be at once.
const looksMost = 2

// foundLogs are the logs of the host.
type foundLogs struct {
	At   time.Time             `json:"at" doc:"When they were looked for."`
	Logs []addsource.Candidate `json:"logs" doc:"Those that may be shown, by their paths."`
}

func (s *Server) getLogs(c *call) {
	e := s.configured(c)
	if e == nil {
		return
	}
	all, at, err := e.Candidates(c.r.Context(), c.r.URL.Query().Get("fresh") == "true")
	if err != nil {
		fail(c.w, http.StatusServiceUnavailable, "slow", "looking for logs has not ended", "try again")
		return
	}
	answer(c.w, http.StatusOK, foundLogs{At: at.UTC(), Logs: all})
}

func (s *Server) postPreview(c *call) {
	e := s.configured(c)
	if e == nil {
		return
	}
	var p addsource.Preview
	err, ok := s.asks(c, func(ctx context.Context) (err error) {
		p, err = e.Preview(ctx, *c.body.(*addsource.Sample))
		return err
	})
	if !ok {
		return
	}
	denied := (*addsource.DeniedError)(nil)
	switch {
	case err == nil:
		answer(c.w, http.StatusOK, p)
	case errors.Is(err, addsource.ErrNotShown):
		fail(c.w, http.StatusNotFound, "not_shown", addsource.ErrNotShown.Error(), "")
	case errors.As(err, &denied):
		fail(c.w, http.StatusConflict, "denied", quoted(denied.Error()), denied.Advice)
	default:
		fail(c.w, http.StatusUnprocessableEntity, "parser", quoted(oneLine(err)), "")
	}
}

func (s *Server) postPlan(c *call) {
	e := s.configured(c)
	if e == nil {
		return
	}
	var p addsource.Plan
	err, ok := s.asks(c, func(ctx context.Context) (err error) {
		p, err = e.Plan(ctx, *c.body.(*addsource.Wish))
		return err
	})
	switch {
	case !ok:
	case err == nil:
		answer(c.w, http.StatusOK, p)
	default:
		answer(c.w, http.StatusUnprocessableEntity, unsaved{Error: ProblemText{Code: "wish", Message: quoted(oneLine(err))}, Mistakes: addsource.Mistakes(err)})
	}
}
