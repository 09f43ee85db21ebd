package agent

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"logskiff/agent/api"
	"logskiff/agent/deliver"
	"logskiff/readers"
	"logskiff/record"
	"logskiff/senders"
)

// Status is the state of the whole agent at one moment, for people, metrics and
// the control socket.
type Status struct {
	Version     string           `json:"version"`
	Host        string           `json:"host"`
	Started     time.Time        `json:"started"`
	Checkpoints string           `json:"checkpoints"` // "ok", or why they are not being stored
	Stored      time.Time        `json:"stored"`      // last time checkpoints were stored
	Config      string           `json:"config"`      // "ok", or why the last reload was refused
	Streams     int              `json:"streams"`     // that are remembered: followed files, and gone ones for a week
	Memory      MemoryStatus     `json:"memory"`
	FilesOpen   int              `json:"files_open"`  // descriptors of followed files, of all sources
	FilesBound  int              `json:"files_bound"` // and how many there may be, see LimitNOFILE
	Pipelines   []PipelineStatus `json:"pipelines"`
}

// MemoryStatus says, in bytes, what is allowed and what is held.
type MemoryStatus struct {
	Bound int64 `json:"bound"` // agent.memory
	Limit int64 `json:"limit"` // what the runtime is told to stay below: seven eighths of it, or more when more is held
	Held  int64 `json:"held"`  // what no collection frees
}

// PipelineStatus is the state of one pipeline. Counters count since it started.
type PipelineStatus struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	Sender string `json:"sender"`
	State  string `json:"state"` // "running", or why it is not
	// Started is when it was built; zero: it does not run.
	Started time.Time `json:"started"`
	// Resumable: it reads files, which outlive the process, and so has a lag.
	Resumable bool `json:"resumable"`

	// Entries is what became of streams whose offsets count entries, which are in none of the bytes here; nil: there was none.
	Entries *EntriesStatus `json:"entries,omitempty"`

	ReadLines        int64 `json:"read_lines"`
	ReadBytes        int64 `json:"read_bytes"`
	DeliveredLines   int64 `json:"delivered_lines"`
	DeliveredBytes   int64 `json:"delivered_bytes"`
	QuarantinedLines int64 `json:"quarantined_lines"`
	QuarantinedBytes int64 `json:"quarantined_bytes"`
	LostBytes        int64 `json:"lost_bytes"`    // gone from the disk before they were read
	DroppedLines     int64 `json:"dropped_lines"` // left out by the configuration
	DroppedBytes     int64 `json:"dropped_bytes"`
	UntimedLines     int64 `json:"untimed_lines"`   // the field with their time could not be read
	UndecidedLines   int64 `json:"undecided_lines"` // an expression could not be evaluated for them
	UnmatchedLines   int64 `json:"unmatched_lines"` // the path of their file did not match
	ParseErrors      int64 `json:"parse_errors"`
	// Since when lines are not parsed, zero if it was long ago, and when the last was read.
	UnparsedSince time.Time `json:"unparsed_since,omitzero"`
	UnparsedLast  time.Time `json:"unparsed_last,omitzero"`
	SentBytes     int64     `json:"sent_bytes"`
	Batches       int64     `json:"batches"`

	InFlight   int64         `json:"in_flight"`   // batches read and not yet acknowledged
	BatchesMax int           `json:"batches_max"` // how many its share of memory allows
	Files      int           `json:"files"`
	LagBytes   int64         `json:"lag_bytes"` // found and not delivered
	Lag        time.Duration `json:"lag_ns"`    // age of the oldest undelivered byte
	// ProblemFiles cannot be read now; Problems says why of the first of them.
	ProblemFiles int      `json:"problem_files"`
	Problems     []string `json:"problems,omitempty"`
	// AwayFolders do not answer; Away is since when the first of them has not been looked
	// at, 0 when none ever was. What is said of the files there is what was seen then.
	AwayFolders int           `json:"away_folders"`
	Away        time.Duration `json:"away_ns"`

	Held string `json:"held,omitempty"` // why records are neither delivered nor quarantined
	// Waiting is what some records wait for at the destination, while others go on; they take WaitingBytes of memory.
	Waiting      string `json:"waiting,omitempty"`
	WaitingBytes int64  `json:"waiting_bytes"`

	Queued  int   `json:"queued"`  // batches of all pipelines that wait for an endpoint of the sender
	Retries int64 `json:"retries"` // of the sender: attempts after the first of the same body
	Splits  int64 `json:"splits"`  // of the sender: bodies sent again in two halves
	Hedged  int64 `json:"hedged"`  // of the sender: bodies sent to a second endpoint while the first kept silent
	// Contradicted counts, of the sender, bodies that were taken although they had been refused.
	Contradicted int64 `json:"contradicted"`

	Endpoints []deliver.EndpointStatus `json:"endpoints"`
	Received  *readers.Received        `json:"received,omitempty"` // of a source that others send to
	// Remembered is what the sender knows of streams, to leave out repeats.
	Remembered *senders.Remembered `json:"remembered,omitempty"`
	Written    *senders.Written    `json:"written,omitempty"` // by a sender that stores records by itself
}

// EntriesStatus is what became of streams of entries, in entries.
type EntriesStatus struct {
	Read        int64 `json:"read"`
	Delivered   int64 `json:"delivered"`
	Quarantined int64 `json:"quarantined"`
	Lost        int64 `json:"lost"`    // gone before they were read
	Dropped     int64 `json:"dropped"` // left out by the configuration
	Missing     int64 `json:"missing"` // numbers that no record has
	Lag         int64 `json:"lag"`     // found and not delivered
}

// Status takes a snapshot.
func (a *Agent) Status() Status {
	a.mu.Lock()
	s := Status{Version: a.Version, Host: a.host, Started: a.started, Checkpoints: "ok", Config: "ok"}
	if a.badConf != nil {
		s.Config = a.badConf.Error()
	}
	a.mu.Unlock()

	if err := a.store.Health(); err != nil {
		s.Checkpoints = err.Error()
	}
	s.Stored = a.store.LastCommit()
	s.Streams = a.store.Count()
	s.Memory = a.limiter.state()
	s.FilesBound, s.FilesOpen, _ = a.files.State()
	for _, r := range a.runners() {
		s.Pipelines = append(s.Pipelines, r.status(time.Now()))
	}
	s.Pipelines = append(s.Pipelines, a.unbuildable()...)
	return s
}

// unbuildable lists the pipelines that do not run for want of their sender.
func (a *Agent) unbuildable() (all []PipelineStatus) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.unbuilt) == 0 {
		return nil
	}
	for name, p := range pipelinesOf(a.cfg) {
		if err := a.unbuilt[p.sender.Name]; err != nil && a.running[name] == nil {
			all = append(all, PipelineStatus{Name: name, Source: p.source.Name, Sender: p.sender.Name, State: err.Error()})
		}
	}
	slices.SortFunc(all, func(a, b PipelineStatus) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// runners lists what is being kept running, by name.
func (a *Agent) runners() []*running {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.SortedFunc(maps.Values(a.running), func(a, b *running) int { return cmp.Compare(a.name, b.name) })
}

// connections returns how many clients' connections there are.
func (a *Agent) connections() (n int) {
	for _, r := range a.runners() {
		if p, _ := r.get(); p != nil {
			if in, ok := p.reader.(readers.Receiver); ok {
				n += int(in.Received().Connections)
			}
		}
	}
	return n
}

func (r *running) status(now time.Time) PipelineStatus {
	st := PipelineStatus{Name: r.name, Source: r.source.Name, Sender: r.sender.Name, State: "starting"}
	p, failed := r.get()
	if failed != nil {
		st.State = failed.Error()
	}
	if p == nil {
		return st
	}
	st.State, st.Started = "running", p.built
	st.UnparsedSince, st.UnparsedLast = p.Stats.unparsed.now(now)
	st.count(&p.Stats)
	st.InFlight = p.flight.n.Load()
	_, st.BatchesMax = p.pool.Out()
	st.Endpoints = p.sender.Pool.Status()
	st.Queued, st.Retries, st.Splits = p.sender.Pool.Queued(), p.sender.Pool.Retries.Load(), p.sender.Pool.Splits.Load()
	st.Contradicted, st.Hedged = p.sender.Pool.Contradicted.Load(), p.sender.Pool.Hedged.Load()
	st.Held, _ = p.quarantine.Problem()
	st.Waiting, st.WaitingBytes = p.quarantine.Waiting(), int64(p.lot.Load().Held())
	if p.sender.Remembered != nil {
		known := p.sender.Remembered()
		st.Remembered = &known
	}
	if p.sender.Written != nil {
		done := p.sender.Written()
		st.Written = &done
	}
	if r, ok := p.reader.(readers.Receiver); ok {
		got := r.Received()
		st.Received = &got
	}
	if files, ok := p.reader.(readers.Resumable); ok {
		st.Resumable = true
		files.Status(func(f readers.Status) bool {
			st.addFile(f, now)
			return true
		})
	}
	return st
}

// count takes over what was counted.
func (st *PipelineStatus) count(s *Stats) {
	bytes, entries := &s.amounts[record.Bytes], &s.amounts[record.Entries]
	st.ReadLines, st.ReadBytes = s.ReadLines.Load(), bytes.Read.Load()
	st.DeliveredLines, st.DeliveredBytes = s.DeliveredLines.Load(), bytes.Delivered.Load()
	st.QuarantinedLines, st.QuarantinedBytes = s.QuarantinedLines.Load(), bytes.Quarantined.Load()
	st.ParseErrors, st.SentBytes, st.Batches = s.ParseErrors.Load(), s.SentBytes.Load(), s.Batches.Load()
	st.LostBytes = bytes.Lost.Load()
	st.DroppedLines, st.DroppedBytes = s.DroppedLines.Load(), bytes.Dropped.Load()
	st.UntimedLines, st.UndecidedLines = s.UntimedLines.Load(), s.UndecidedLines.Load()
	st.UnmatchedLines = s.UnmatchedLines.Load()
	if entries.Read.Load()+entries.Lost.Load() > 0 {
		st.Entries = &EntriesStatus{
			Read: entries.Read.Load(), Delivered: entries.Delivered.Load(), Quarantined: entries.Quarantined.Load(),
			Lost: entries.Lost.Load(), Dropped: entries.Dropped.Load(), Missing: entries.Missing.Load(),
		}
	}
}

// behind tells whether something was found that is not delivered.
func (st *PipelineStatus) behind() bool {
	return st.LagBytes > 0 || st.Entries != nil && st.Entries.Lag > 0
}

// counts tells whether it shows figures in that unit. Who follows streams of entries has no bytes to show.
func (st *PipelineStatus) counts(u record.Unit) bool {
	if u == record.Entries {
		return st.Entries != nil
	}
	return !st.Resumable || st.Entries == nil
}

// units are those that it shows figures in.
func (st *PipelineStatus) units() (s api.Units) {
	for u := record.Unit(0); u < record.Units; u++ {
		if st.counts(u) {
			s = s.With(u)
		}
	}
	return s
}

func (st *PipelineStatus) addFile(f readers.Status, now time.Time) {
	if f.Away {
		st.AwayFolders++
		if !f.Looked.IsZero() {
			st.Away = max(st.Away, now.Sub(f.Looked))
		}
	} else {
		st.Files++
	}
	if lag := max(0, f.Size-f.Delivered); f.Unit == record.Bytes {
		st.LagBytes += lag
	} else {
		if st.Entries == nil {
			st.Entries = new(EntriesStatus)
		}
		st.Entries.Lag += lag
	}
	if !f.Oldest.IsZero() {
		st.Lag = max(st.Lag, now.Sub(f.Oldest))
	}
	if f.Problem == "" {
		return
	}
	if !f.Away {
		st.ProblemFiles++
	}
	if len(st.Problems) < 20 {
		st.Problems = append(st.Problems, f.Name+": "+f.Problem)
	}
}
