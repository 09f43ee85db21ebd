package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"logskiff/agent/api"
	"logskiff/agent/sdnotify"
	"logskiff/conf"
)

// ReloadFile loads the configuration again and puts it in place. When it is bad
// the old one goes on, and the error says where the mistake is. It logs either.
func (a *Agent) ReloadFile() error {
	err := a.reloadFile()
	a.logReload(err)
	return err
}

var errNoFile = errors.New("cannot reload: the agent runs without a configuration file")

func (a *Agent) reloadFile() error {
	if a.Load == nil {
		return errNoFile
	}
	a.tell(sdnotify.Reloading()...)
	defer func() {
		if a.tried(context.Background()) && !a.stopping.Load() {
			a.tell(sdnotify.Ready, a.summary())
		}
	}()
	cfg, err := a.Load()
	if err != nil {
		a.noteReload(err, api.Reload{})
		return err
	}
	return a.Reload(cfg)
}

// logReload writes each mistake of the file as an entry of its own: a log is no
// place for several lines and marks below them.
func (a *Agent) logReload(err error) {
	var found conf.Errors
	switch {
	case err == nil:
		a.mu.Lock()
		changed := a.reloaded
		a.mu.Unlock()
		a.logReloaded(changed)
	case errors.As(err, &found):
		for _, e := range found {
			where := e.File
			if e.Line > 0 {
				where = fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Col)
			}
			a.Log.Error("cannot reload; the old configuration goes on", "where", where, "error", e.Msg, "advice", e.Hint)
		}
	default:
		a.Log.Error("cannot reload; the old configuration goes on", "error", err)
	}
}

// Reload implements api.Backend.
func (b backend) Reload() api.Reload {
	if err := b.a.ReloadFile(); err == errNoFile {
		return reloadResult(err, api.Reload{}, time.Now())
	}
	b.a.mu.Lock()
	defer b.a.mu.Unlock()
	return *b.a.reloaded
}

// changes says what a reload from one configuration to another does to pipelines.
func changes(from, to *conf.Config) (r api.Reload) {
	was, is := pipelinesOf(from), pipelinesOf(to)
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if _, stays := is[name]; !stays {
			r.Stopped = append(r.Stopped, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		before, there := was[name]
		switch now := is[name]; {
		case !there:
			r.Started = append(r.Started, name)
		case !before.source.Equal(now.source) || !before.sender.Equal(now.sender):
			r.Restart = append(r.Restart, name)
		default:
			r.Kept++
		}
	}
	return r
}

// reloadResult is what is said of a reload. One that was refused changed nothing.
func reloadResult(err error, changed api.Reload, at time.Time) api.Reload {
	if err == nil {
		changed.OK, changed.At = true, *api.Stamp(at)
		return changed
	}
	r := api.Reload{At: *api.Stamp(at), Error: err.Error()}
	var found conf.Errors
	var table *conf.TableError
	switch {
	case errors.As(err, &found):
		r.Mistakes = api.MistakesOf(found)
		r.Error = fmt.Sprintf("the configuration has %d mistakes", len(found))
		if len(found) == 1 {
			r.Error = "the configuration has a mistake"
		}
	case errors.As(err, &table):
		r.Mistakes = []api.Mistake{{Key: table.Table + "." + table.Key, Message: table.Msg, Advice: table.Hint, Text: err.Error()}}
	}
	return r
}

// RequestReload has the agent that runs in dataDir load its configuration again, and waits
// until that is done. The error is ErrNotRunning, a *BadConfig, or says why else not.
func RequestReload(ctx context.Context, dataDir string) (api.Reload, error) {
	var r api.Reload
	// A reload may take long. That the agent answers at all is known soon.
	var session struct{}
	if err := Ask(ctx, dataDir, "api/v1/session", &session); errors.Is(err, ErrNotRunning) || errors.As(err, new(*LateError)) {
		return r, err
	}
	resp, err := control(ctx, dataDir, question{method: http.MethodPost, what: "api/v1/reload", wish: "application/json"})
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK, http.StatusConflict, http.StatusUnprocessableEntity:
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return r, fmt.Errorf("the agent running in %s is of an older version; restart it", dataDir)
	default:
		return r, fmt.Errorf("cannot have the agent running in %s reload: %s", dataDir, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		return r, fmt.Errorf("cannot read the answer of the agent running in %s: %w", dataDir, err)
	}
	switch {
	case r.OK:
		return r, nil
	case len(r.Mistakes) > 0:
		texts := make([]string, len(r.Mistakes))
		for i, m := range r.Mistakes {
			texts[i] = m.Text
		}
		return r, &BadConfig{errors.New(strings.Join(texts, "\n"))}
	}
	return r, errors.New(r.Error)
}
