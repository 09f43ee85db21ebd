package agent

import (
	"context"
	"fmt"
	"time"

	"logskiff/agent/sdnotify"
)

// Manager is the service manager that started the process. The zero value is none.
type Manager struct {
	Socket   *sdnotify.Socket
	Watchdog time.Duration // it ends a process that is silent for so long; 0: it does not
}

// keepNotified tells the manager that the agent is ready, once each pipeline was
// built or has failed to be: what fails is tried again and holds up nobody. Then,
// twice in each watchdog interval, it says that the agent is alive; not by the
// clock alone, but when it finds no pipeline that hangs. It asks for the locks that
// pipelines need, so it falls silent too when one of them is never given back.
func (a *Agent) keepNotified(ctx context.Context) error {
	if !a.tried(ctx) {
		return nil
	}
	a.tell(sdnotify.Ready, a.summary())
	if a.Manager.Watchdog <= 0 {
		return nil
	}
	tick := time.NewTicker(a.Manager.Watchdog / 2)
	defer tick.Stop()
	for {
		if why := a.hanging(a.Manager.Watchdog); why != "" {
			a.Log.Error("watchdog: it is not answered, so that this process is started anew", "error", why)
		} else {
			a.tell(sdnotify.Alive, a.summary())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// tried waits until each pipeline was built or has failed to be. false: ctx ended first.
func (a *Agent) tried(ctx context.Context) bool {
	for _, r := range a.runners() {
		select {
		case <-r.tried:
		case <-r.done:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// hanging names a pipeline that has worked on one batch for longer than limit, or
// "" when there is none.
func (a *Agent) hanging(limit time.Duration) string {
	for _, r := range a.runners() {
		p, _ := r.get()
		if p == nil {
			continue
		}
		p.pool.Out()
		p.sender.Pool.Queued()
		if what, took := p.busy.longerThan(limit); what != "" {
			return fmt.Sprintf("pipeline %s has been %s one batch for %v", r.name, what, took.Round(time.Second))
		}
	}
	return ""
}

// summary is the line that systemctl status shows.
func (a *Agent) summary() string {
	all, running, failing := a.runners(), 0, ""
	for _, r := range all {
		p, err := r.get()
		switch {
		case p != nil:
			running++
		case err != nil && failing == "":
			failing = "; " + r.name + " does not: " + err.Error()
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.badConf != nil {
		failing += "; the last reload was refused: " + a.badConf.Error()
	}
	return sdnotify.Status(fmt.Sprintf("%d of %d pipelines run%s", running, len(all), failing))
}

// tell never fails: whether the manager listens decides nothing about logs.
func (a *Agent) tell(states ...string) {
	if err := a.Manager.Socket.Send(states...); err != nil {
		a.Log.Warn("cannot tell the service manager how this agent is", "error", err)
	}
}
