package agent

import (
	"strings"
	"time"

	"logskiff/agent/api"
)

const (
	// announceAfter is how long a pipeline runs before it is said what it follows: by then it has looked, if its folders answer.
	announceAfter = 2 * time.Second
	// announceMost is how many sources, and how many senders, are said by their names at once.
	announceMost = 50
	// namesMost is how many names stand in one line of the log.
	namesMost = 20
)

// announcer says in the log what runs: at the start everything, and after a reload what is new. It belongs to one goroutine.
type announcer struct {
	pipelines map[*Pipeline]bool
	senders   map[*Sender]bool
}

// say says what has begun to run announceAfter ago, or earlier, and was not said yet.
func (n *announcer) say(a *Agent, all []*running, now time.Time) {
	pipelines, senders := map[*Pipeline]bool{}, map[*Sender]bool{}
	sources, fresh, freshSenders := map[string][]*running{}, []string{}, []*Sender{}
	for _, r := range all {
		p, _ := r.get()
		if p == nil {
			continue
		}
		if pipelines[p] = n.pipelines[p]; !pipelines[p] && now.Sub(p.built) >= announceAfter {
			pipelines[p] = true
			if sources[r.source.Name] == nil {
				fresh = append(fresh, r.source.Name)
			}
			sources[r.source.Name] = append(sources[r.source.Name], r)
			if senders[p.sender] = n.senders[p.sender]; !senders[p.sender] {
				freshSenders = append(freshSenders, p.sender)
			}
		}
		senders[p.sender] = senders[p.sender] || n.senders[p.sender] || pipelines[p]
	}
	n.pipelines, n.senders = pipelines, senders
	for i, name := range fresh {
		if i == announceMost {
			a.Log.Info("following: further sources, which logskiff status lists", "sources", len(fresh)-i)
			break
		}
		a.announceSource(name, sources[name], now)
	}
	for i, s := range freshSenders {
		if i == announceMost {
			a.Log.Info("sending: to further senders, which logskiff status lists", "senders", len(freshSenders)-i)
			break
		}
		var endpoints []string
		for _, e := range s.Pool.Status() {
			endpoints = append(endpoints, e.Endpoint)
		}
		a.Log.Info("sending: a sender is in use", "sender", s.Name, "endpoints", names(endpoints))
	}
}

func (a *Agent) announceSource(name string, to []*running, now time.Time) {
	var senders []string
	for _, r := range to {
		senders = append(senders, r.sender.Name)
	}
	if st := to[0].status(now); st.Resumable {
		a.Log.Info("following: a source", "source", name, "files", st.Files, "unreadable", st.ProblemFiles, "senders", names(senders))
	} else {
		a.Log.Info("following: a source that others send to", "source", name, "senders", names(senders))
	}
}

// names joins some names for one line of the log.
func names(all []string) string {
	if len(all) > namesMost {
		all = append(append([]string{}, all[:namesMost]...), "…")
	}
	return strings.Join(all, ", ")
}

// logReloaded says what a reload changed.
func (a *Agent) logReloaded(r *api.Reload) {
	if r == nil {
		a.Log.Info("reloaded")
		return
	}
	a.Log.Info("reloaded", "started", names(r.Started), "stopped", names(r.Stopped), "restarted", names(r.Restart), "unchanged", r.Kept)
}
