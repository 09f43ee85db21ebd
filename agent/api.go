package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"logskiff/agent/deliver"
)

// serveListen serves metrics and health at agent.listen until ctx is done. It
// never ends the agent: when it cannot listen it says so, and collection goes on.
func (a *Agent) serveListen(ctx context.Context, every time.Duration) error {
	address := a.config().Agent.Listen
	if !serves(address) {
		return nil
	}
	if !loopback(address) {
		a.Log.Error("cannot serve metrics and health: agent.listen is not a loopback address", "address", address,
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
		handler: guardHost(a.publicRoutes()),
		trouble: "serve metrics and health; free the address, or set agent.listen to another one or to \"off\"",
		again:   "metrics and health are served",
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

// publicRoutes are numbers only: no line, no file name, no change.
func (a *Agent) publicRoutes() http.Handler {
	mux := http.NewServeMux()
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

// guardHost answers 421 to names that are not this host's loopback, so that a web
// page whose name was rebound to 127.0.0.1 learns nothing.
func guardHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this agent answers to localhost only", http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.Encode(v) //nolint:errcheck // the reader has gone; there is nobody to tell
}
