package agent

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"logskiff/agent/ack"
	"logskiff/agent/api"
	"logskiff/agent/checkpoint"
	"logskiff/agent/deliver"
	"logskiff/readers"
	"logskiff/record"
)

// Whatever counts what became of a stream of entries counts entries: the ledger, where numbers that no record has are skipped and not
// lost, the status, the metrics, the lag, and what is shown; and no bytes.
func TestStreamsOfEntriesAreCountedInEntries(t *testing.T) {
	store, err := checkpoint.Open(t.TempDir(), checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	stream := &record.Stream{ID: record.StreamID{1}, Path: "journal", Unit: record.Entries}
	cursors := store.Pipeline("journal/ingest")
	if err := cursors.Register(readers.Checkpoint{
		ID: stream.ID, Known: readers.Known{Path: "journal", Name: "journal", Unit: record.Entries, Size: 1030, State: readers.State{Reader: "journald", Version: 1}},
		Position: record.Position{Offset: 1000}, Skipped: 1000,
	}, false); err != nil {
		t.Fatal(err)
	}
	p := &Pipeline{cursors: cursors, flight: newFlight(), stir: func() {}, log: slog.New(slog.DiscardHandler)}
	p.acks = ack.New(func(s *record.Stream, pos record.Position, sum ack.Outcome) {
		p.cursors.Advance(s.ID, pos, sum.Delivered, sum.Quarantined, sum.Dropped)
	})
	// Of twenty numbers ten have records: six are delivered, one is refused, three the configuration leaves out.
	b := &record.Batch{
		Records:  make([]record.Record, 7),
		Segments: []record.Segment{{Stream: stream, Start: 1000, End: 1020, N: 7, Dropped: 3, Missing: 10}},
		Dropped:  3,
	}
	p.acks.Add(b)
	p.Stats.read(b)
	p.note(b, deliver.Outcome{Delivered: 6, Quarantined: 1, Segments: []ack.Outcome{{Delivered: 6, Quarantined: 1, Dropped: 13}}})
	lossCounter{cursors, &p.Stats}.Lose(stream.ID, 4, "a test")

	o := offsetOf(store.All()[0], readState{size: 1030, read: 1024})
	if o.Unit != record.Entries || o.Offset != 1024 || o.Delivered != 6 || o.Quarantined != 1 || o.Skipped != 1013 || o.Lost != 4 || o.Size != 1030 {
		t.Errorf("offset show says %+v", o)
	}
	text, err := json.Marshal(o)
	if err != nil || !strings.Contains(string(text), `"Unit":"entries"`) {
		t.Errorf("in JSON %s, %v", text, err)
	}

	st := PipelineStatus{Name: "journal/ingest", Source: "journal", Sender: "ingest", State: "running", Resumable: true}
	st.count(&p.Stats)
	st.addFile(readers.Status{ID: stream.ID, Path: "journal", Name: "journal", Unit: record.Entries, Size: 1030, Read: 1024, Delivered: 1024}, time.Now())
	if want := (EntriesStatus{Read: 20, Delivered: 6, Quarantined: 1, Lost: 4, Dropped: 3, Missing: 10, Lag: 6}); st.Entries == nil || *st.Entries != want || !st.behind() {
		t.Errorf("the status says %+v, want %+v", st.Entries, want)
	}
	if st.ReadBytes+st.DeliveredBytes+st.QuarantinedBytes+st.LostBytes+st.DroppedBytes+st.LagBytes != 0 {
		t.Errorf("entries are counted as bytes: %+v", st)
	}
	var out strings.Builder
	writePipeline(&out, st)
	for _, want := range []string{"read_entries_total{} 20", "delivered_entries_total{} 6", "quarantined_entries_total{} 1", "lost_entries_total{} 4", "dropped_entries_total{} 3", "missing_entries_total{} 10", "lag_entries{} 6"} {
		if want = strings.Replace("logskiff_"+want+"\n", "{}", `{source="journal",sender="ingest"}`, 1); !strings.Contains(out.String(), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	for _, none := range []string{"read_bytes", "lost_bytes", "lag_bytes"} {
		if strings.Contains(out.String(), none) {
			t.Errorf("/metrics has %s of a source that has none", none)
		}
	}
	var total Totals
	total.note(st)
	if total.LagEntries != 6 || total.LostEntries != 4 || total.LagBytes != 0 {
		t.Errorf("the totals are %+v", total)
	}

	s := newSampler(time.Unix(0, 0))
	src := api.Source{Units: []string{}}
	s.noteLag(st)
	for second := range int64(3) { // five entries a second
		s.pipelines[st.Name].add(tally{time.Unix(second, 0), [nCounters]int64{nAmounts + int(record.Entries): 5 * second}})
	}
	addPipeline(&src, st, s.pipelineOf(st, nil), time.Now())
	if want := (api.EntriesNow{PerSecond: 5, Lag: 6}); src.Entries == nil || *src.Entries != want || src.LagBytes != 0 || src.BytesPerSecond != 0 || strings.Join(src.Units, " ") != "entries" {
		t.Errorf("the snapshot says %+v and %+v", src, src.Entries)
	}
	if all := totalOf([]api.Source{src, src}); all.Entries == nil || all.Entries.Lag != 12 || all.LagBytes != 0 {
		t.Errorf("all sources together: %+v", all)
	}
	f := figures{sources: map[string]*sourceFigures{}}
	f.source("journal", s.pipelines[st.Name])
	row := f.all()[0]
	figures := map[string]float64{}
	for i, name := range api.Figures(api.OfSource, api.Units(row.Shape)) {
		figures[name] = row.Values[i]
	}
	if len(row.Values) != 5 || figures["entries_per_second"] != 5 || figures["lag_entries"] != 6 {
		t.Errorf("the history is told %v", figures)
	}
}

// A forwarder counts in both units, and a source of files in bytes alone.
func TestEachSourceShowsTheUnitsItHas(t *testing.T) {
	for name, c := range map[string]struct {
		st   PipelineStatus
		want string
	}{
		"files":     {PipelineStatus{Resumable: true}, "bytes"},
		"journal":   {PipelineStatus{Resumable: true, Entries: new(EntriesStatus)}, "entries"},
		"forwarder": {PipelineStatus{}, "bytes"},
		"both":      {PipelineStatus{Entries: new(EntriesStatus)}, "bytes entries"},
	} {
		var units []string
		for u := range record.Units {
			if c.st.counts(record.Unit(u)) {
				units = append(units, record.Unit(u).String())
			}
		}
		if got := strings.Join(units, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
