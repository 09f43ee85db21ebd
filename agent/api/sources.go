package api

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"syscall"
	"time"

	"logskiff/agent/api/access"
	"logskiff/conf"
	"logskiff/preview/addsource"
	"logskiff/preview/conffiles"
)

// definition is how a source stands in the configuration.
type definition struct {
	Name    string `json:"name" doc:"Name of the source."`
	File    string `json:"file" doc:"The file that it is written in."`
	Line    int    `json:"line" doc:"Its line there, counted from 1."`
	Text    string `json:"text" doc:"The whole file, without secrets."`
	ETag    string `json:"etag" doc:"Of the file, for If-Match; the header ETag has it too."`
	Made    bool   `json:"made_by_logskiff" doc:"Logskiff wrote it, and nobody changed it since."`
	Only    bool   `json:"alone" doc:"Nothing else is written in the file, so that it can be removed."`
	Command string `json:"command" doc:"The command line that shows the same."`
}

// saving says which plan is to become real.
type saving struct {
	Plan        string `json:"plan" doc:"The id of a plan."`
	HandWritten bool   `json:"hand_written,omitempty" doc:"Also if a person wrote what is there, whose difference was shown."`
}

// changing is what a change of a source needs beside its ETag.
type changing struct {
	HandWritten bool `json:"hand_written,omitempty" doc:"Also if a person wrote what is there, whose difference was shown."`
}

// saved is what came of a change.
type saved struct {
	File   string `json:"file" doc:"The file that was written or taken away."`
	ETag   string `json:"etag" doc:"Of the file now; empty when it is gone."`
	Diff   string `json:"diff" doc:"How it changed, line by line, without secrets."`
	Reload Reload `json:"reload" doc:"What the agent did with it."`
}

// unsaved says why nothing was changed.
type unsaved struct {
	Error    ProblemText       `json:"error" doc:"What is wrong."`
	ETag     string            `json:"etag,omitempty" doc:"Of the file as it is, when it is another than the one that was to be changed."`
	Diff     string            `json:"diff,omitempty" doc:"From what is there to what was wanted, without secrets."`
	Mistakes []addsource.Wrong `json:"mistakes,omitempty" doc:"What is wrong with the configuration."`
}

// configured returns the engine; nil: it has answered that there is no configuration file.
func (s *Server) configured(c *call) *addsource.Engine {
	if s.Sources == nil {
		fail(c.w, http.StatusConflict, "no_file", "this agent runs without a configuration file", "copy what it runs with, and start it with: logskiff run -c FILE")
	}
	return s.Sources
}

func (s *Server) getSource(c *call) {
	e := s.configured(c)
	if e == nil {
		return
	}
	name := c.r.PathValue("source")
	at, err := e.Files.Find(name)
	if err != nil {
		s.unsaved(c, err)
		return
	}
	c.w.Header().Set("ETag", `"`+at.ETag+`"`)
	answer(c.w, http.StatusOK, definition{Name: name, File: at.File, Line: at.Line, Text: conf.Masked(at.File, at.Text, e.Files.Kinds), ETag: at.ETag, Made: at.Ours, Only: at.Only,
		Command: "sudo logskiff source show " + name})
}

func (s *Server) putSource(c *call) {
	e := s.configured(c)
	if e == nil {
		return
	}
	wish := c.body.(*saving)
	plan, ok := e.Planned(wish.Plan)
	if !ok || plan.Source != c.r.PathValue("source") {
		fail(c.w, http.StatusNotFound, "plan", "there is no such plan of this source, or it is too old", "plan it again")
		return
	}
	if len(plan.Mistakes) > 0 {
		answer(c.w, http.StatusUnprocessableEntity, unsaved{Error: ProblemText{Code: "mistakes", Message: "the plan has mistakes"}, Mistakes: plan.Mistakes})
		return
	}
	if tag, ok := s.match(c); ok {
		s.change(c, e, "source-save", plan.Edit(tag, wish.HandWritten))
	}
}

func (s *Server) pauseSource(c *call)  { s.edit(c, "source-pause", pausing(true)) }
func (s *Server) resumeSource(c *call) { s.edit(c, "source-resume", pausing(false)) }
func (s *Server) removeSource(c *call) { s.edit(c, "source-remove", (*conffiles.Files).Remove) }

func pausing(paused bool) func(*conffiles.Files, string) (conffiles.Edit, error) {
	return func(f *conffiles.Files, name string) (conffiles.Edit, error) { return f.Pause(name, paused) }
}

func (s *Server) undoSource(c *call) {
	s.edit(c, "source-undo", func(f *conffiles.Files, name string) (conffiles.Edit, error) {
		at, err := f.Find(name)
		if errors.Is(err, conffiles.ErrUnknown) && conf.IsName(name) { // what was removed
			at.File, err = f.Path(name)
		}
		if err != nil {
			return conffiles.Edit{}, err
		}
		return f.Undo(at.File)
	})
}

// edit makes a change of a source that is worked out here, of the file whose ETag the client has seen.
func (s *Server) edit(c *call, action string, make func(*conffiles.Files, string) (conffiles.Edit, error)) {
	e := s.configured(c)
	if e == nil {
		return
	}
	tag, ok := s.match(c)
	if !ok {
		return
	}
	edit, err := make(e.Files, c.r.PathValue("source"))
	if err != nil {
		s.unsaved(c, err)
		return
	}
	edit.Match, edit.HandWritten = tag, c.body.(*changing).HandWritten
	s.change(c, e, action, edit)
}

// match returns the ETag that the client has seen, "" for a file that is not to be there; false: it has answered.
func (s *Server) match(c *call) (string, bool) {
	if c.r.Header.Get("If-None-Match") == "*" && c.r.Header.Get("If-Match") == "" {
		return "", true
	}
	tag, ok := strings.CutPrefix(c.r.Header.Get("If-Match"), `"`)
	tag, closed := strings.CutSuffix(tag, `"`)
	if !ok || !closed || tag == "" || strings.Contains(tag, `"`) {
		fail(c.w, http.StatusPreconditionRequired, "if_match", "a change says what it changes", `send If-Match: "ETAG" with the file's etag, or If-None-Match: * for a new one`)
		return "", false
	}
	return tag, true
}

// change applies an edit, and answers when the agent has taken or refused it.
func (s *Server) change(c *call, e *addsource.Engine, action string, edit conffiles.Edit) {
	if err := http.NewResponseController(c.w).SetWriteDeadline(time.Time{}); err != nil {
		s.Log.Debug("cannot answer as late as a reload may end", "error", err)
	}
	before, err := conffiles.Read(edit.File)
	if err != nil {
		s.unsaved(c, err)
		return
	}
	done := saved{File: edit.File, ETag: conffiles.ETag(edit.Wanted()), Diff: e.Files.Diff(edit.File, before, edit.Wanted())}
	err = e.Files.Apply(edit, func() error {
		done.Reload = s.Backend.Reload()
		s.latest.forget()
		if !done.Reload.OK {
			return errors.New(done.Reload.Error)
		}
		return nil
	})
	entry := access.Entry{Action: action, Result: "ok", Detail: c.r.PathValue("source"), File: edit.File, Before: conffiles.ETag(before), After: done.ETag, Diff: done.Diff}
	if err != nil {
		entry.Result, entry.After, entry.Diff = oneLine(err), entry.Before, ""
	}
	s.record(c, entry)
	if refused := (*conffiles.Refused)(nil); errors.As(err, &refused) {
		one := unsaved{Error: ProblemText{Code: "refused", Message: refused.Error()}}
		for _, m := range done.Reload.Mistakes {
			one.Mistakes = append(one.Mistakes, addsource.Wrong{File: m.File, Line: m.Line, Column: m.Column, Message: m.Message, Advice: m.Advice, Text: m.Text})
		}
		answer(c.w, http.StatusUnprocessableEntity, one)
		return
	}
	if err != nil {
		s.unsaved(c, err)
		return
	}
	if done.ETag != "" {
		c.w.Header().Set("ETag", `"`+done.ETag+`"`)
	}
	answer(c.w, http.StatusOK, done)
}

func oneLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// unsaved answers why there is no such source, or nothing was changed.
func (s *Server) unsaved(c *call, err error) {
	var stale *conffiles.Stale
	var hand *conffiles.HandWritten
	say := func(status int, code, advice string) unsaved {
		one := unsaved{Error: ProblemText{Code: code, Message: oneLine(err), Advice: advice}}
		switch {
		case stale != nil:
			one.ETag, one.Diff = stale.ETag, stale.Diff
		case hand != nil:
			one.Diff = hand.Diff
		}
		one.Mistakes = addsource.Mistakes(err)
		answer(c.w, status, one)
		return one
	}
	switch {
	case errors.Is(err, conffiles.ErrUnknown):
		fail(c.w, http.StatusNotFound, "not_found", "there is no such source", "")
	case errors.As(err, &stale):
		say(http.StatusPreconditionFailed, "stale", "look at what is there now, and change that")
	case errors.As(err, &hand):
		say(http.StatusPreconditionFailed, "hand_written", "look at the difference, and say that it is wanted")
	case addsource.Mistakes(err) != nil:
		say(http.StatusUnprocessableEntity, "mistakes", "")
	case errors.Is(err, conffiles.ErrNothingToUndo):
		say(http.StatusConflict, "nothing_to_undo", "")
	case errors.Is(err, syscall.EWOULDBLOCK):
		say(http.StatusConflict, "busy", "try again")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		say(http.StatusConflict, "cannot_write", "let the agent's user write there, or use the command line as root")
	default:
		say(http.StatusConflict, "cannot", "")
	}
}

// asks runs what looks at files, two of which may be at it at once; who hangs keeps its place and nobody else. ok is false when it has answered.
func (s *Server) asks(c *call, look func(context.Context) error) (err error, ok bool) {
	ctx, cancel := context.WithTimeout(c.r.Context(), s.lookMost)
	defer cancel()
	select {
	case s.looks <- struct{}{}:
	case <-ctx.Done():
		fail(c.w, http.StatusServiceUnavailable, "busy", "two others look at files already", "try again")
		return nil, false
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-s.looks }()
		done <- look(ctx)
	}()
	select {
	case err := <-done:
		return err, true
	case <-ctx.Done():
		fail(c.w, http.StatusServiceUnavailable, "slow", "it took longer than it may", "the folder may not answer")
		return nil, false
	}
}
