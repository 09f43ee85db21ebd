package agent

import (
	"context"
	"errors"
	"fmt"
	"os"

	"logskiff/agent/checkpoint"
	"logskiff/readers"
	"logskiff/record"
)

// Offset is one checkpoint with the figures that only a running agent knows.
type Offset struct {
	checkpoint.Listed
	ID   string // of the stream, as forwarders see it; hides the bytes in Listed from JSON
	Read int64  // offset of the next byte to read; what is acknowledged, when no agent runs
	// Problem is why it cannot be read now, and how old these figures are then.
	Problem string `json:",omitempty"`
}

// Offsets lists the checkpoints of a data folder: from the running agent, or
// from the files when none runs.
func Offsets(ctx context.Context, dataDir string) (all []Offset, running bool, err error) {
	if _, err := os.Stat(dataDir); err != nil {
		return nil, false, fmt.Errorf("cannot find the data folder: %w", err)
	}
	err = Ask(ctx, dataDir, "offsets", &all)
	if !errors.Is(err, ErrNotRunning) {
		return all, true, err
	}
	listed, err := checkpoint.Read(dataDir)
	if errors.Is(err, checkpoint.ErrLocked) {
		err = fmt.Errorf("an agent runs there but does not answer, so only a restart of it helps: %w", err)
	}
	return withSizes(listed, nil), false, err
}

// offsets are what the store holds, with sizes and reading places as they are now.
func (a *Agent) offsets() []Offset {
	now := map[record.StreamID]readers.Status{}
	for _, r := range a.runners() {
		p, _ := r.get()
		if p == nil || p.cursors == nil {
			continue
		}
		p.reader.(readers.Resumable).Status(func(s readers.Status) bool {
			now[s.ID] = s
			return true
		})
	}
	return withSizes(a.store.All(), now)
}

// withSizes completes what is stored: the size there is the last one that was
// worth storing, and never less than what was acknowledged.
func withSizes(listed []checkpoint.Listed, now map[record.StreamID]readers.Status) []Offset {
	all := make([]Offset, 0, len(listed))
	for _, l := range listed {
		s := now[l.ID]
		l.Size = max(l.Size, l.Offset, s.Size)
		all = append(all, Offset{Listed: l, ID: l.ID.String(), Read: max(l.Offset, s.Read), Problem: s.Problem})
	}
	return all
}
