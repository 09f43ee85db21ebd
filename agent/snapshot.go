package agent

import (
	"cmp"
	"os"
	"slices"
	"time"

	"logskiff/agent/api"
	"logskiff/agent/checkpoint"
	"logskiff/agent/deliver"
	"logskiff/readers"
	"logskiff/record"
	"logskiff/senders"
)

// backend is the agent as package api sees it.
type backend struct{ a *Agent }

// Snapshot implements api.Backend: it is Status, by source and sender, with rates and ledgers.
func (b backend) Snapshot() api.Snapshot {
	a, now := b.a, time.Now()
	a.samples.stir()
	st := a.Status()
	s := api.Snapshot{At: *api.Stamp(now), Agent: agentOf(st, now), Sources: []api.Source{}, Senders: []api.Sender{}}
	a.mu.Lock()
	cfg, last, unbuilt := a.cfg, a.reloaded, a.unbuilt
	a.mu.Unlock()
	s.Reload = last
	ledgers := a.ledgers()
	sources, sinks := map[string]*api.Source{}, map[string]*api.Sender{}
	for _, c := range cfg.Sources {
		sources[c.Name] = &api.Source{Name: c.Name, Reader: c.Reader.Kind, Parser: c.Parser.Kind, State: "starting", Units: []string{}, Pipelines: []api.Pipeline{}}
		if c.Paused {
			sources[c.Name].State = "paused"
		}
	}
	for _, c := range cfg.Senders {
		d := &api.Sender{Name: c.Name, Kind: c.Kind, State: "starting", Sources: []string{}, Endpoints: []api.Endpoint{}}
		if err := unbuilt[c.Name]; err != nil {
			d.State, d.Error = "failed", err.Error()
		}
		sinks[c.Name] = d
	}
	for _, p := range st.Pipelines {
		a.samples.noteLag(p)
		// While a reload is under way, what runs and what is configured differ.
		if src := sources[p.Source]; src != nil {
			addPipeline(src, p, a.samples.pipelineOf(p, ledgers[p.Name]), now)
		}
		if d := sinks[p.Sender]; d != nil {
			addSender(d, p, a.samples)
		}
	}
	for _, c := range cfg.Sources {
		s.Sources = append(s.Sources, *sources[c.Name])
	}
	for _, c := range cfg.Senders {
		s.Senders = append(s.Senders, *sinks[c.Name])
	}
	slices.SortFunc(s.Sources, func(a, b api.Source) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Senders, func(a, b api.Sender) int { return cmp.Compare(a.Name, b.Name) })
	s.Total = totalOf(s.Sources)
	return s
}

func agentOf(st Status, now time.Time) api.Agent {
	g := api.Agent{
		Version: st.Version, Host: st.Host, PID: os.Getpid(), StartedAt: *api.Stamp(st.Started), UptimeSeconds: api.SecondsOf(now.Sub(st.Started)),
		CheckpointsAt: api.Stamp(st.Stored), Streams: st.Streams,
		MemoryBound: api.Count(st.Memory.Bound), MemoryLimit: api.Count(st.Memory.Limit), MemoryHeld: api.Count(max(st.Memory.Held, 0)),
		FilesOpen: max(st.FilesOpen, 0), FilesBound: st.FilesBound,
	}
	if st.Checkpoints != "ok" {
		g.CheckpointError = st.Checkpoints
	}
	return g
}

// ledgers are those of the pipelines whose streams have checkpoints, by their names.
func (a *Agent) ledgers() map[string]*[record.Units]checkpoint.Ledger {
	all := map[string]*[record.Units]checkpoint.Ledger{}
	for _, r := range a.runners() {
		if p, _ := r.get(); p != nil && p.cursors != nil {
			l := p.cursors.Ledger()
			all[r.name] = &l
		}
	}
	return all
}

// pipelineOf says how a pipeline is, with its rates.
func (s *sampler) pipelineOf(p PipelineStatus, ledger *[record.Units]checkpoint.Ledger) api.Pipeline {
	one := api.Pipeline{
		Sender: p.Sender, State: p.State, Held: p.Held, Waiting: p.Waiting, StartedAt: api.Stamp(p.Started),
		LagBytes: api.Count(p.LagBytes), LagSeconds: api.SecondsOf(p.Lag), InFlight: api.Count(p.InFlight), InFlightMost: p.BatchesMax,
		Lines: api.Lines{
			Read: api.Count(p.ReadLines), Delivered: api.Count(p.DeliveredLines), Quarantined: api.Count(p.QuarantinedLines),
			Dropped: api.Count(p.DroppedLines), Unparsed: api.Count(p.ParseErrors),
		},
	}
	if p.State != "running" && p.State != "starting" {
		one.State, one.Error = "failed", p.State
	}
	if ledger != nil && p.counts(record.Bytes) {
		one.Ledger = addUp(ledger[record.Bytes], p.LagBytes)
	}
	if ledger != nil && p.counts(record.Entries) {
		is := api.EntriesLedger(*addUp(ledger[record.Entries], p.Entries.Lag))
		one.Entries = &is
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.pipelines[p.Name]; k != nil {
		one.LinesPerSecond, one.BytesPerSecond = api.Rate(k.over(nLines, rateOver)), api.Rate(k.over(nAmounts+int(record.Bytes), rateOver))
		if p.Entries != nil {
			rate := api.Rate(k.over(nAmounts+int(record.Entries), rateOver))
			one.EntriesPerSecond = &rate
		}
		one.UnparsedPerSecond = api.Rate(k.over(nUnparsed, rateOver))
		one.LostAt, one.QuarantinedAt = api.Stamp(k.lostAt), api.Stamp(k.refusedAt)
	}
	return one
}

// addUp is what became of all that was found: what the store says, and the lag.
func addUp(l checkpoint.Ledger, lag int64) *api.Ledger {
	return &api.Ledger{
		Found:     api.Count(l.Delivered + l.Quarantined + l.Skipped + l.Lost + lag),
		Delivered: api.Count(l.Delivered), Quarantined: api.Count(l.Quarantined), Skipped: api.Count(l.Skipped), Lost: api.Count(l.Lost), ToGo: api.Count(lag),
	}
}

// addPipeline adds to a source what one of its pipelines says. The worst state is the source's.
func addPipeline(src *api.Source, p PipelineStatus, one api.Pipeline, now time.Time) {
	src.Pipelines = append(src.Pipelines, one)
	src.Files, src.UnreadableFiles = max(src.Files, p.Files), max(src.UnreadableFiles, p.ProblemFiles)
	src.AwayFolders, src.AwaySeconds = max(src.AwayFolders, p.AwayFolders), max(src.AwaySeconds, api.SecondsOf(p.Away))
	if len(src.Problems) < len(p.Problems) {
		src.Problems = p.Problems
	}
	src.LinesPerSecond, src.BytesPerSecond = max(src.LinesPerSecond, one.LinesPerSecond), max(src.BytesPerSecond, one.BytesPerSecond)
	src.HasLag = src.HasLag || p.Resumable
	src.LagBytes, src.LagSeconds = max(src.LagBytes, one.LagBytes), max(src.LagSeconds, one.LagSeconds)
	for _, unit := range p.units().Names() {
		if !slices.Contains(src.Units, unit) {
			src.Units = append(src.Units, unit)
		}
	}
	slices.Sort(src.Units)
	if p.Entries != nil {
		if src.Entries == nil {
			src.Entries = new(api.EntriesNow)
		}
		src.Entries.Lag = max(src.Entries.Lag, api.Count(p.Entries.Lag))
		if one.EntriesPerSecond != nil {
			src.Entries.PerSecond = max(src.Entries.PerSecond, *one.EntriesPerSecond)
		}
	}
	u := &src.Unparsed
	u.Lines, u.LinesPerSecond = max(u.Lines, one.Lines.Unparsed), max(u.LinesPerSecond, one.UnparsedPerSecond)
	since, last := p.UnparsedSince, p.UnparsedLast
	if !since.IsZero() && (u.Since == nil || since.Before(*u.Since)) {
		u.Since = api.Stamp(since)
	}
	if !last.IsZero() && (u.LastAt == nil || last.After(*u.LastAt)) {
		u.LastAt = api.Stamp(last)
	}
	state := one.State
	switch {
	case state != "running":
	case p.Held != "":
		state = "held"
	case p.Received != nil && p.Received.Trouble != "":
		state = "not_listening"
		src.Problems = append(slices.Clone(src.Problems), p.Received.Trouble)
	case p.ProblemFiles > 0:
		state = "unreadable"
	}
	if len(src.Pipelines) == 1 || badness(state) > badness(src.State) {
		src.State = state
	}
}

func badness(state string) int {
	return slices.Index([]string{"running", "starting", "unreadable", "not_listening", "held", "failed"}, state)
}

// addSender adds to a sender what a pipeline that feeds it knows of it.
func addSender(d *api.Sender, p PipelineStatus, s *sampler) {
	d.Sources = append(d.Sources, p.Source)
	if len(p.Endpoints) == 0 || len(d.Endpoints) > 0 {
		return
	}
	d.Queued, d.Retries, d.Splits = p.Queued, api.Count(p.Retries), api.Count(p.Splits)
	d.Hedged, d.Contradicted = api.Count(p.Hedged), api.Count(p.Contradicted)
	healthy := 0
	for _, e := range p.Endpoints {
		one := endpointOf(e)
		s.mu.Lock()
		if k := s.endpoints[[2]string{p.Sender, e.Endpoint}]; k != nil {
			one.BytesPerSecond = api.Rate(k.over(nSent, rateOver))
		}
		s.mu.Unlock()
		d.BytesPerSecond += one.BytesPerSecond
		if e.State == deliver.Healthy {
			healthy++
		}
		d.Endpoints = append(d.Endpoints, one)
	}
	switch healthy {
	case len(d.Endpoints):
		d.State = "ok"
	case 0:
		d.State = "down"
	default:
		d.State = "degraded"
	}
}

func endpointOf(e deliver.EndpointStatus) api.Endpoint {
	one := api.Endpoint{
		Name: e.Endpoint, State: string(e.State), Since: api.Stamp(e.Since), InFlight: e.InFlight, InFlightMost: e.Limit,
		Error: e.Error, FailedAt: api.Stamp(e.Failed), NextTryAt: api.Stamp(e.Next), Format: e.Form,
		Requests: api.Count(e.Requests), Failures: api.Count(e.Failures), Throttled: api.Count(e.Throttled), Bytes: api.Count(e.Bytes),
	}
	if !e.Last.At.IsZero() {
		one.LastAnswer = &api.Answer{
			At: *api.Stamp(e.Last.At), Seconds: api.SecondsOf(e.Last.Took), Outcome: outcome(e.Last.Class), Status: e.Last.Status, Text: e.Last.Reason,
		}
	}
	return one
}

func outcome(c senders.Class) string {
	switch c {
	case senders.Delivered:
		return "delivered"
	case senders.Throttled:
		return "throttled"
	case senders.Held:
		return "held"
	case senders.TooLarge, senders.TooManySegments:
		return "too_large"
	case senders.Refused:
		return "refused"
	case senders.Misread:
		return "misread"
	default:
		return "retry"
	}
}

func totalOf(all []api.Source) (t api.Total) {
	for _, s := range all {
		t.LinesPerSecond += s.LinesPerSecond
		t.BytesPerSecond += s.BytesPerSecond
		t.LagBytes += s.LagBytes
		if s.Entries != nil {
			if t.Entries == nil {
				t.Entries = new(api.EntriesNow)
			}
			t.Entries.PerSecond += s.Entries.PerSecond
			t.Entries.Lag += s.Entries.Lag
		}
		if s.LagSeconds > t.LagSeconds {
			t.LagSeconds, t.LagSource = s.LagSeconds, s.Name
		}
	}
	return t
}

// Files implements api.Backend.
func (b backend) Files(source, sender string) ([]api.File, bool) {
	for _, r := range b.a.runners() {
		if r.source.Name != source || sender != "" && r.sender.Name != sender {
			continue
		}
		return r.apiFiles(), true
	}
	return nil, false
}

func (r *running) apiFiles() []api.File {
	all := []api.File{}
	p, _ := r.get()
	if p == nil {
		return all
	}
	if reader, ok := p.reader.(readers.Resumable); ok {
		reader.Status(func(f readers.Status) bool {
			one := api.File{Path: f.Path, Name: f.Name, OldestAt: api.Stamp(f.Oldest), Problem: f.Problem}
			size, read, delivered, lag := api.Count(f.Size), api.Count(f.Read), api.Count(f.Delivered), api.Count(max(0, f.Size-f.Delivered))
			if f.Unit == record.Entries {
				one.Entries = &api.FileEntries{Size: size, Read: read, Delivered: delivered, Lag: lag}
			} else {
				one.Size, one.Read, one.Delivered, one.Lag = size, read, delivered, lag
			}
			if f.ID != ([16]byte{}) {
				one.Stream = f.ID.String()
			}
			all = append(all, one)
			return true
		})
	}
	return all
}
