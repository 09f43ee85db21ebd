package api

import (
	"slices"

	"logskiff/record"
)

// Units is a set of the units that a source counts in: files in bytes, journals and topics in entries, and a forwarder, which is sent both, in both.
type Units uint8

// With returns s and u.
func (s Units) With(u record.Unit) Units { return s | 1<<u }

// Has tells whether u is one of them.
func (s Units) Has(u record.Unit) bool { return s&(1<<u) != 0 }

// Names are those of the units, in their order.
func (s Units) Names() []string {
	names := []string{}
	for u := record.Unit(0); u < record.Units; u++ {
		if s.Has(u) {
			names = append(names, u.String())
		}
	}
	return names
}

// CountsBytes tells whether it has figures in bytes.
func (s Source) CountsBytes() bool { return slices.Contains(s.Units, record.Bytes.String()) }

// Figures are what the history keeps of a row of a kind, in this order. A source's are those of the units that it counts in.
func Figures(kind string, of Units) []string {
	switch kind {
	case OfSource:
		names := []string{"lines_per_second"}
		for _, unit := range of.Names() {
			names = append(names, unit+"_per_second")
		}
		names = append(names, "unparsed_per_second")
		for _, unit := range of.Names() {
			names = append(names, "lag_"+unit)
		}
		return append(names, "lag_seconds")
	case OfSender:
		return []string{"bytes_per_second", "retries_per_second", "queued_batches"}
	default:
		return []string{"bytes_per_second", "failures_per_second", "in_flight"}
	}
}

// EntriesNow are a source's rate and lag in entries.
type EntriesNow struct {
	PerSecond Rate  `json:"entries_per_second" doc:"Acknowledged, over the last seconds."`
	Lag       Count `json:"lag_entries" doc:"Found and not acknowledged."`
}

// FileEntries are the numbers of a stream of entries.
type FileEntries struct {
	Size      Count `json:"size_entries" doc:"The number behind the last one that was found."`
	Read      Count `json:"read_entries" doc:"The next one to read."`
	Delivered Count `json:"delivered_entries" doc:"All before it are acknowledged."`
	Lag       Count `json:"lag_entries" doc:"Found and not acknowledged."`
}
