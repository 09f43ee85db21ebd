package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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
// from the files when none runs. One that holds them and does not answer runs, too.
func Offsets(ctx context.Context, dataDir string) (all []Offset, running bool, err error) {
	if _, err := os.Stat(dataDir); err != nil {
		return nil, false, fmt.Errorf("cannot find the data folder: %w", err)
	}
	err = askFor(ctx, dataDir, "offsets", func(d *json.Decoder) error {
		if _, err := d.Token(); err != nil {
			return err
		}
		for d.More() {
			var o Offset
			if err := d.Decode(&o); err != nil {
				return err
			}
			all = append(all, o)
		}
		_, err := d.Token()
		return err
	})
	if !errors.Is(err, ErrNotRunning) {
		return all, true, err
	}
	listed, err := checkpoint.Read(dataDir)
	if errors.Is(err, checkpoint.ErrLocked) {
		running = true
		err = fmt.Errorf("an agent runs there but does not answer, so only a restart of it helps: %w", err)
	}
	for _, l := range listed {
		all = append(all, offsetOf(l, place{}))
	}
	return all, running, err
}

// place is what only the reader knows of a stream.
type place struct {
	size, read int64
	problem    string
}

// writeOffsets writes what the store holds, with sizes and reading places as they are now: one by
// one, since a hundred thousand streams at once would take more memory than all else.
func (a *Agent) writeOffsets(w http.ResponseWriter) {
	now := map[record.StreamID]place{}
	for _, r := range a.runners() {
		p, _ := r.get()
		if p == nil || p.cursors == nil {
			continue
		}
		p.reader.(readers.Resumable).Status(func(s readers.Status) bool {
			now[s.ID] = place{s.Size, s.Read, s.Problem}
			return true
		})
	}
	w.Header().Set("Content-Type", "application/json")
	out := bufio.NewWriterSize(w, 32<<10)
	e := json.NewEncoder(out)
	between := "["
	a.store.Each(func(l checkpoint.Listed) bool {
		out.WriteString(between) //nolint:errcheck // Flush says it
		between = ","
		return e.Encode(offsetOf(l, now[l.ID])) == nil
	})
	if between == "[" {
		out.WriteString(between) //nolint:errcheck // likewise
	}
	out.WriteString("]\n") //nolint:errcheck // likewise
	out.Flush()            //nolint:errcheck // the reader has gone; there is nobody to tell
}

// offsetOf completes what is stored: the size there is the last one that was
// worth storing, and never less than what was acknowledged.
func offsetOf(l checkpoint.Listed, now place) Offset {
	l.Size = max(l.Size, l.Offset, now.size)
	return Offset{Listed: l, ID: l.ID.String(), Read: max(l.Offset, now.read), Problem: now.problem}
}
