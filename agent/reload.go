package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

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

func (a *Agent) reloadFile() error {
	if a.Load == nil {
		return errors.New("cannot reload: the agent runs without a configuration file")
	}
	a.tell(sdnotify.Reloading()...)
	defer func() {
		if a.tried(context.Background()) && !a.stopping.Load() {
			a.tell(sdnotify.Ready, a.summary())
		}
	}()
	cfg, err := a.Load()
	if err != nil {
		a.noteReload(err)
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
		a.Log.Info("reloaded")
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

// serveReload answers when the reload is over: 200, 422 with all that is wrong with the
// configuration, or 409 with another reason. It takes as long as the pipelines that stop.
func (a *Agent) serveReload(w http.ResponseWriter, _ *http.Request) {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		a.Log.Debug("cannot answer as late as a reload may end", "error", err)
	}
	err := a.ReloadFile()
	var found conf.Errors
	var table *conf.TableError
	switch {
	case err == nil:
		fmt.Fprintln(w, "reloaded")
	case errors.As(err, &found), errors.As(err, &table):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	default:
		http.Error(w, err.Error(), http.StatusConflict)
	}
}

// RequestReload has the agent that runs in dataDir load its configuration again, and waits
// until that is done. The error is ErrNotRunning, a *BadConfig, or says why else not.
func RequestReload(ctx context.Context, dataDir string) error {
	resp, err := control(ctx, dataDir, http.MethodPost, "reload", "text/plain")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	said := errors.New(strings.TrimSpace(string(text)))
	switch {
	case err != nil:
		return fmt.Errorf("cannot read the answer of the agent running in %s: %w", dataDir, err)
	case resp.StatusCode == http.StatusOK:
		return nil
	case resp.StatusCode == http.StatusUnprocessableEntity:
		return &BadConfig{said}
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusMethodNotAllowed:
		return fmt.Errorf("the agent running in %s is of an older version, which knows only SIGHUP; restart it", dataDir)
	}
	return said
}
