package agent

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os/user"
	"strings"
	"time"

	"logskiff/agent/api"
	"logskiff/agent/api/access"
	"logskiff/agent/deliver"
	"logskiff/agent/web"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/addsource"
	"logskiff/preview/conffiles"
)

// serveListen serves the page, metrics and health at agent.listen until ctx is done. It
// never ends the agent: when it cannot listen it says so, and collection goes on.
func (a *Agent) serveListen(ctx context.Context, every time.Duration) error {
	address := a.config().Agent.Listen
	if !serves(address) {
		return nil
	}
	if !loopback(address) {
		a.Log.Error("cannot serve the page, metrics and health: agent.listen is not a loopback address", "address", address,
			"advice", listenAdvice)
		return nil
	}
	a.keepServing(ctx, server{
		listen: func() (net.Listener, error) {
			l, err := net.Listen("tcp", address)
			if err != nil {
				return nil, err
			}
			return withSpare(l), nil
		},
		handler: a.server.Page(),
		trouble: "serve the page, metrics and health; free the address, or set agent.listen to another one or to \"off\"",
		again:   "the page, metrics and health are served",
	}, every)
	return nil
}

const listenAdvice = "use 127.0.0.1 and a proxy that authenticates, or \"off\""

func serves(address string) bool { return address != "" && address != "off" }

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// newServer makes what answers on the control socket and at agent.listen.
func (a *Agent) newServer() *api.Server {
	return api.New(api.Options{
		Log: a.Log, Backend: backend{a}, History: recent{a}, Audit: access.NewAudit(a.dataDir, a.Log), Public: a.publicRoutes(),
		Mode: a.ui, Names: func() []string { return a.config().Agent.UINames }, Link: a.link, Now: time.Now, Every: time.Second,
		Sources: a.sources(),
	})
}

// sources makes sources for the page; nil: there is no configuration file.
func (a *Agent) sources() *addsource.Engine {
	if a.File == "" {
		return nil
	}
	who := ""
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	return addsource.New(addsource.Options{
		Files: &conffiles.Files{Main: a.File, Kinds: kinds.All(), Now: time.Now,
			Check: func(c conf.Change) (*conf.Config, error) { return CheckChange(a.File, c) }},
		DataDir: a.dataDir, User: who, Now: time.Now, Browse: func() []string { return a.config().Agent.Browse },
	})
}

// ui is agent.ui as it stands now.
func (a *Agent) ui() string { return cmp.Or(a.config().Agent.UI, conf.UIOn) }

// link is where the page is, "" when it is not served.
func (a *Agent) link() string {
	address := a.config().Agent.Listen
	if !serves(address) || !loopback(address) || a.ui() == conf.UIOff {
		return ""
	}
	return "http://" + address + "/"
}

// publicRoutes are numbers, and the page's own files: no line, no file name, no change.
func (a *Agent) publicRoutes() http.Handler {
	mux := http.NewServeMux()
	page := web.Handler()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if a.ui() == conf.UIOff {
			http.NotFound(w, r)
			return
		}
		page.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		writeMetrics(w, a.Status(), time.Now())
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		status := a.Status()
		why := status.unready()
		if s := scarce(); s != "" {
			why = append(why, s)
		}
		if len(why) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, strings.Join(why, "\n"))
			return
		}
		fmt.Fprintln(w, strings.Join(append([]string{"ok"}, status.away()...), "\n"))
	})
	return mux
}

// away says which pipelines have folders that do not answer. The agent does what can be
// done, for these too, so it is ready; a restart would mend nothing.
func (s Status) away() []string {
	var all []string
	for _, p := range s.Pipelines {
		if p.AwayFolders > 0 {
			all = append(all, fmt.Sprintf("pipeline %s: %d of its folders do not answer, looked at %v ago", p.Name, p.AwayFolders, p.Away.Round(time.Second)))
		}
	}
	return all
}

// unready says why the agent does not do its work as it should: a pipeline that
// does not run or has no socket, checkpoints that are not stored, no endpoint that takes batches.
func (s Status) unready() []string {
	var why []string
	if s.Checkpoints != "ok" {
		why = append(why, "checkpoints are not stored")
	}
	for _, p := range s.Pipelines {
		if p.State != "running" {
			why = append(why, "pipeline "+p.Name+" does not run")
			continue
		}
		if p.Received != nil && p.Received.Trouble != "" {
			why = append(why, "source "+p.Source+" receives nothing: "+p.Received.Trouble)
		}
		if p.Held != "" {
			why = append(why, "pipeline "+p.Name+" is held")
		}
		healthy := false
		for _, e := range p.Endpoints {
			healthy = healthy || e.State == deliver.Healthy
		}
		if !healthy {
			why = append(why, "sender "+p.Sender+" has no endpoint that takes batches")
		}
	}
	return why
}
