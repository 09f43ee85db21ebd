package agent

import (
	"time"

	"logskiff/agent/api"
	"logskiff/agent/deliver"
	"logskiff/agent/faults"
	"logskiff/readers"
)

// mostlyOver is how long the share of lines that do not parse is looked at, at least; without a line it is undecided, up to mostlyStale.
const (
	mostlyOver  = time.Minute
	mostlyStale = 10 * time.Minute
)

// mostly decides whether most lines of a source do not parse. Few lines are no reason to be silent, and one bad line among few is none to speak.
type mostly struct {
	began          time.Time
	read, unparsed int64 // then
	is             bool
}

func (m *mostly) look(now time.Time, read, unparsed int64) bool {
	switch lines := read - m.read; {
	case m.began.IsZero() || lines < 0:
		*m = mostly{began: now, read: read, unparsed: unparsed}
		return false
	case now.Sub(m.began) < mostlyOver:
		return m.is
	case lines > 0:
		m.is = 2*(unparsed-m.unparsed) > lines
	case now.Sub(m.began) < mostlyStale:
		return m.is
	default:
		m.is = false
	}
	m.began, m.read, m.unparsed = now, read, unparsed
	return m.is
}

// faultWatch is what the sampler sees of all that can go wrong. It looks at counters that exist anyway.
type faultWatch struct {
	book    faults.Book
	seen    []faults.Seen // of this look
	mostly  map[string]*mostly
	sources map[string]bool // those whose files and lines were seen at this look
}

func newWatch() faultWatch {
	return faultWatch{mostly: map[string]*mostly{}, sources: map[string]bool{}}
}

func (w *faultWatch) see(kind, what, name, sub string, bad bool, events, present int64, text string) {
	w.seen = append(w.seen, faults.Seen{Key: faults.Key{Kind: kind, What: what, Name: name, Sub: sub}, Bad: bad, Events: events, Present: present, Text: text})
}

// pipeline looks at one; p is nil while it cannot be built.
func (w *faultWatch) pipeline(r *running, p *Pipeline, failed error, k *pipelineRates, now time.Time) {
	source, sender := r.source.Name, r.sender.Name
	if failed != nil {
		w.see(api.NotRunning, "source", source, sender, true, 0, 0, failed.Error())
	}
	if p == nil {
		return
	}
	held, _ := p.quarantine.Problem()
	w.see(api.Held, "source", source, sender, held != "", 0, 0, held)
	waiting := p.quarantine.Waiting()
	w.see(api.Waiting, "source", source, sender, waiting != "", 0, 0, waiting)
	w.see(api.Lost, "source", source, sender, false, p.Stats.lost(), 0, "gone from the disk before it was read")
	if n := p.Stats.QuarantinedLines.Load(); n > 0 {
		w.see(api.Quarantined, "source", source, sender, false, n, 0, "refused for good; kept in "+p.quarantine.Path())
	}
	if w.sources[source] {
		return // its files and lines are the same for each sender
	}
	w.sources[source] = true
	w.see(api.Unreadable, "source", source, "", k.unreadable > 0, 0, int64(k.unreadable), k.problem)
	w.see(api.Away, "source", source, "", k.away > 0, 0, int64(k.away), "folders do not answer; what is there is read when they do")
	unparsed, why := p.Stats.ParseErrors.Load(), ""
	if reason := p.Stats.reason.Load(); reason != nil {
		why = *reason
	}
	w.see(api.NotParsed, "source", source, "", false, unparsed, 0, why)
	m := w.mostly[source]
	if m == nil {
		m = &mostly{}
		w.mostly[source] = m
	}
	most := m.look(now, p.Stats.ReadLines.Load(), unparsed)
	if !most {
		unparsed = 0
	}
	w.see(api.MostlyNotParsed, "source", source, "", most, unparsed, 0, why)
	if in, ok := p.reader.(readers.Receiver); ok {
		trouble := in.Received().Trouble
		w.see(api.NotListening, "source", source, "", trouble != "", 0, 0, trouble)
	}
}

// sender looks at one's endpoints.
func (w *faultWatch) sender(name string, all []deliver.EndpointStatus) {
	down, failures, why := len(all) > 0, int64(0), ""
	for i := range all {
		e := &all[i]
		bad := e.State != deliver.Healthy
		down = down && bad
		failures += e.Failures
		if e.Error != "" {
			why = e.Endpoint + ": " + e.Error
		}
		w.see(api.TakesNothing, "endpoint", name, e.Endpoint, bad, e.Failures, 0, e.Error)
	}
	if !down {
		failures = 0
	}
	w.see(api.Down, "sender", name, "", down, failures, 0, why)
}

// agent looks at what is no source's and no sender's.
func (w *faultWatch) agent(a *Agent) {
	checkpoints, reload := "", ""
	if err := a.store.Health(); err != nil {
		checkpoints = err.Error()
	}
	a.mu.Lock()
	unbuilt := a.unbuilt
	if a.badConf != nil {
		reload = a.badConf.Error()
	}
	a.mu.Unlock()
	w.see(api.Checkpoints, "agent", "", "", checkpoints != "", 0, 0, checkpoints)
	w.see(api.Refused, "agent", "", "", reload != "", 0, 0, reload)
	for name, err := range unbuilt {
		w.see(api.NotOpen, "sender", name, "", true, 0, 0, err.Error())
	}
}

// done ends a look.
func (w *faultWatch) done(now time.Time) {
	w.book.Look(now, w.seen)
	for name := range w.mostly {
		if !w.sources[name] {
			delete(w.mostly, name)
		}
	}
	clear(w.seen) // whose texts are kept by the book alone
	w.seen = w.seen[:0]
	clear(w.sources)
}

// remind logs what lasts, and what has come to an end after it was said.
func (s *sampler) remind(a *Agent, now time.Time) {
	s.mu.Lock()
	down, unparsed := s.watch.book.Due(now, api.Down, false), s.watch.book.Due(now, api.MostlyNotParsed, true)
	unreadable := s.watch.book.Due(now, api.Unreadable, false)
	s.mu.Unlock()
	for _, r := range down {
		if lasted := r.Lasted.Round(time.Second).String(); r.Over.IsZero() {
			a.Log.Warn("retry: no endpoint of a sender takes batches; its logs wait where they are", "sender", r.Name, "lasted", lasted, "count", r.Count, "since_last", r.New, "error", r.Text)
		} else {
			a.Log.Info("recovered: a sender takes batches again", "sender", r.Name, "lasted", lasted, "count", r.Count, "since_last", r.New)
		}
	}
	for _, r := range unparsed {
		if lasted := r.Lasted.Round(time.Second).String(); r.Over.IsZero() {
			a.Log.Warn("unparsed: more than half of the lines of a source are not parsed, and sent raw", "source", r.Name, "lasted", lasted, "count", r.Count, "since_last", r.New, "reason", r.Text,
				"advice", "logskiff test-parse FILE shows what its parser makes of its lines")
		} else {
			a.Log.Info("recovered: most lines of a source are parsed again", "source", r.Name, "lasted", lasted, "count", r.Count, "since_last", r.New)
		}
	}
	for _, r := range unreadable {
		if lasted := r.Lasted.Round(time.Second).String(); r.Over.IsZero() {
			a.Log.Warn("cannot read files of a source; trying again", "source", r.Name, "lasted", lasted, "count", r.Count, "since_last", r.New, "error", r.Text)
		} else {
			a.Log.Info("recovered: all files of a source can be read", "source", r.Name, "lasted", lasted, "count", r.Count)
		}
	}
}

// Errors implements api.Backend.
func (b backend) Errors() []api.Trouble {
	s := b.a.samples
	s.refresh(b.a)
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []api.Trouble{}
	for _, f := range s.watch.book.All(time.Now()) {
		if f.Kind == api.MostlyNotParsed {
			continue // it is among those that are not parsed
		}
		all = append(all, api.Trouble{
			Kind: f.Kind, Level: api.LevelOf(f.Kind), What: f.What, Name: f.Name, Text: f.Text, Count: api.Count(f.Count),
			Since: *api.Stamp(f.Since), LastAt: *api.Stamp(f.Last), OverAt: api.Stamp(f.Over),
		})
		one := &all[len(all)-1]
		if f.What == "endpoint" {
			one.Endpoint = f.Sub
		} else {
			one.Sender = f.Sub
		}
	}
	return all
}
