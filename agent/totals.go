package agent

import (
	"cmp"
	"time"

	"logskiff/agent/deliver"
	"logskiff/readers"
	"logskiff/record"
)

// File is one followed file, for people.
type File struct {
	Name, Source string
	Size         int64
	Entries      bool   // the size is a number of entries, not of bytes
	Problem      string // why it cannot be read now, or ""
}

// Totals are the figures of all pipelines that follow files, added up.
type Totals struct {
	Files                         []File
	ReadLines, ReadBytes          int64
	DeliveredLines                int64
	DeliveredBytes                int64
	QuarantinedLines, ParseErrors int64
	DroppedLines                  int64
	LostBytes, LagBytes           int64
	LostEntries, LagEntries       int64 // of streams that count entries
	GivenUpRecords                int64 // by readers whose clients keep nothing
	Lag                           time.Duration
	Trouble                       string // the worst thing a person should know, or ""
}

// Totals takes a snapshot.
func (a *Agent) Totals() Totals {
	t := totalsOf(a.runners())
	for _, p := range a.unbuildable() {
		t.Trouble = cmp.Or(t.Trouble, p.State)
	}
	if err := a.store.Health(); err != nil {
		t.Trouble = "checkpoints are not stored: " + err.Error()
	}
	return t
}

// Final returns the figures as they were when everything had stopped. It is
// valid after Run has returned.
func (a *Agent) Final() Totals { return a.final }

func totalsOf(all []*running) Totals {
	var t Totals
	for _, r := range all {
		t.note(r.status(time.Now()))
		t.Files = append(t.Files, r.files()...)
	}
	return t
}

func (t *Totals) note(p PipelineStatus) {
	if p.State != "running" && p.State != "starting" && t.Trouble == "" {
		t.Trouble = p.State
	}
	for _, e := range p.Endpoints {
		if e.State != deliver.Healthy && t.Trouble == "" {
			t.Trouble = e.Endpoint + ": " + e.Error
		}
	}
	if p.Received != nil {
		t.Trouble = cmp.Or(t.Trouble, p.Received.Trouble)
		for _, g := range p.Received.GivenUp {
			t.GivenUpRecords += g.Records
		}
	}
	if p.Held != "" && t.Trouble == "" {
		t.Trouble = p.Held
	}
	t.Trouble = cmp.Or(t.Trouble, p.Waiting)
	if len(p.Problems) > 0 && t.Trouble == "" {
		t.Trouble = p.Problems[0]
	}
	if !p.Resumable {
		return // a forwarder's side: its lines were counted where they were read
	}
	t.ReadLines += p.ReadLines
	t.ReadBytes += p.ReadBytes
	t.DeliveredLines += p.DeliveredLines
	t.DeliveredBytes += p.DeliveredBytes
	t.QuarantinedLines += p.QuarantinedLines
	t.ParseErrors += p.ParseErrors
	t.DroppedLines += p.DroppedLines
	t.LostBytes += p.LostBytes
	t.LagBytes += p.LagBytes
	if p.Entries != nil {
		t.LostEntries += p.Entries.Lost
		t.LagEntries += p.Entries.Lag
	}
	t.Lag = max(t.Lag, p.Lag)
}

func (r *running) files() []File {
	p, _ := r.get()
	if p == nil {
		return nil
	}
	var files []File
	if reader, ok := p.reader.(readers.Resumable); ok {
		reader.Status(func(f readers.Status) bool {
			files = append(files, File{Name: f.Name, Source: r.source.Name, Size: f.Size, Entries: f.Unit == record.Entries, Problem: f.Problem})
			return true
		})
	}
	return files
}
