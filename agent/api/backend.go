package api

import (
	"time"

	"logskiff/agent/history"
)

// Backend is what the agent must be able to answer. Its methods may be called from any goroutine.
type Backend interface {
	// Snapshot takes one; the verdict and what the page may do are filled in here.
	Snapshot() Snapshot
	// Files lists what a source follows for a sender, "" for the first one; false: there is no such source or sender.
	Files(source, sender string) ([]File, bool)
	// Errors lists what goes wrong, and what did lately.
	Errors() []Trouble
	// MoveOffsets puts cursors elsewhere, and returns when what they belong to runs again.
	MoveOffsets(OffsetWish) (OffsetMoves, error)
	// Reload loads the configuration again, puts it in place, and returns when that is over.
	Reload() Reload
}

// History is what charts begin with.
type History interface {
	// Window is as that of history.History, up to now.
	Window(last time.Duration, want func(history.Key) bool) (end time.Time, step time.Duration, all []history.Series)
}

// Kinds of the history's rows.
const (
	OfSource   = "source"
	OfSender   = "sender"
	OfEndpoint = "endpoint"
)

// File is one followed file.
type File struct {
	Path      string `json:"path" doc:"The name it was found under."`
	Name      string `json:"name" doc:"The name it has now."`
	Stream    string `json:"stream,omitempty" doc:"Its stream's id, 32 hexadecimal digits; left out as long as nothing of it was read."`
	Size      Count  `json:"size_bytes" doc:"Bytes found."`
	Read      Count  `json:"read_bytes" doc:"Offset of the next byte to read."`
	Delivered Count  `json:"delivered_bytes" doc:"Offset that is acknowledged."`
	Lag       Count  `json:"lag_bytes" doc:"Found and not acknowledged."`
	// Entries stands for the four before it where the stream is counted so; then they are 0.
	Entries  *FileEntries `json:"entries,omitempty" doc:"Its numbers where it is counted in entries, as a journal or a topic is; then those in bytes are 0."`
	OldestAt *time.Time   `json:"oldest_at,omitempty" doc:"When the oldest of what is not acknowledged was first seen."`
	Problem  string       `json:"problem,omitempty" doc:"Why it cannot be read now."`
}

// historyAnswer is what is kept of the last quarter of an hour.
type historyAnswer struct {
	End  time.Time    `json:"end" doc:"When the step of the last value began; that step is not over."`
	Step Seconds      `json:"step_seconds" doc:"Between two values: 1, or more where there is very much to keep."`
	Rows []historyRow `json:"rows" doc:"One for each source, sender and endpoint."`
}

type historyRow struct {
	Kind     string            `json:"kind" doc:"source, sender or endpoint." enum:"source sender endpoint"`
	Name     string            `json:"name" doc:"Name of the source or sender."`
	Endpoint string            `json:"endpoint,omitempty" doc:"Name of the sender's endpoint."`
	Figures  map[string]values `json:"figures" doc:"Its values by their names, oldest first. A source has lines_per_second, unparsed_per_second and lag_seconds, and of each of its units the rate and the lag: bytes_per_second and lag_bytes, entries_per_second and lag_entries; a sender bytes_per_second, retries_per_second and queued_batches; an endpoint bytes_per_second, failures_per_second and in_flight."`
}

// values are numbers, or null where there is none.
type values []float64

// MarshalJSON implements json.Marshaler.
func (v values) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 2+5*len(v)), '[')
	for i, one := range v {
		if i > 0 {
			b = append(b, ',')
		}
		if history.Missing(one) {
			b = append(b, "null"...)
		} else {
			b = append(b, short(one, 2)...)
		}
	}
	return append(b, ']'), nil
}
