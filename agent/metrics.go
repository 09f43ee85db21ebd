package agent

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"logskiff/agent/deliver"
	"logskiff/record"
)

// writeMetrics writes the state in the Prometheus text format. The values are
// taken from a snapshot, so nothing is kept per series between scrapes, and
// series of stopped pipelines disappear by themselves.
func writeMetrics(w io.Writer, s Status, now time.Time) {
	fmt.Fprintf(w, "logskiff_info{version=%s} 1\n", quote(s.Version))
	metrics.WriteGaugeFloat64(w, "logskiff_uptime_seconds", now.Sub(s.Started).Seconds())
	metrics.WriteGaugeUint64(w, "logskiff_checkpoints_healthy", one(s.Checkpoints == "ok"))
	if !s.Stored.IsZero() {
		metrics.WriteGaugeFloat64(w, "logskiff_checkpoints_age_seconds", now.Sub(s.Stored).Seconds())
	}
	metrics.WriteGaugeUint64(w, "logskiff_open_files", uint64(max(s.FilesOpen, 0)))
	metrics.WriteGaugeUint64(w, "logskiff_open_files_bound", uint64(s.FilesBound))
	metrics.WriteGaugeUint64(w, "logskiff_streams", uint64(s.Streams))
	metrics.WriteGaugeUint64(w, "logskiff_memory_bound_bytes", uint64(s.Memory.Bound))
	metrics.WriteGaugeUint64(w, "logskiff_memory_limit_bytes", uint64(s.Memory.Limit))
	metrics.WriteGaugeUint64(w, "logskiff_memory_held_bytes", uint64(max(s.Memory.Held, 0)))
	metrics.WriteGaugeUint64(w, "logskiff_config_healthy", one(s.Config == "ok"))
	sendersSeen := map[string]bool{}
	for _, p := range s.Pipelines {
		writePipeline(w, p)
		if !sendersSeen[p.Sender] {
			sendersSeen[p.Sender] = true
			writeEndpoints(w, p)
		}
	}
	metrics.WriteProcessMetrics(w)
}

func writePipeline(w io.Writer, p PipelineStatus) {
	labels := "{source=" + quote(p.Source) + ",sender=" + quote(p.Sender) + "}"
	count := func(name string, v int64) {
		metrics.WriteCounterUint64(w, "logskiff_"+name+"_total"+labels, uint64(max(v, 0)))
	}
	gauge := func(name string, v float64) { metrics.WriteGaugeFloat64(w, "logskiff_"+name+labels, v) }
	count("read_lines", p.ReadLines)
	count("delivered_lines", p.DeliveredLines)
	count("quarantined_lines", p.QuarantinedLines)
	count("dropped_lines", p.DroppedLines)
	if p.counts(record.Bytes) {
		count("read_bytes", p.ReadBytes)
		count("delivered_bytes", p.DeliveredBytes)
		count("quarantined_bytes", p.QuarantinedBytes)
		count("lost_bytes", p.LostBytes)
		count("dropped_bytes", p.DroppedBytes)
		gauge("lag_bytes", float64(p.LagBytes))
	}
	if p.counts(record.Entries) {
		count("read_entries", p.Entries.Read)
		count("delivered_entries", p.Entries.Delivered)
		count("quarantined_entries", p.Entries.Quarantined)
		count("lost_entries", p.Entries.Lost)
		count("dropped_entries", p.Entries.Dropped)
		count("missing_entries", p.Entries.Missing)
		gauge("lag_entries", float64(p.Entries.Lag))
	}
	count("untimed_lines", p.UntimedLines)
	count("undecided_lines", p.UndecidedLines)
	count("unmatched_lines", p.UnmatchedLines)
	count("parse_errors", p.ParseErrors)
	count("sent_bytes", p.SentBytes)
	count("batches", p.Batches)
	if r := p.Received; r != nil {
		count("received_requests", r.Requests)
		count("received_requests_accepted", r.Accepted)
		count("received_records", r.Records)
		for _, why := range slices.Sorted(maps.Keys(r.Refusals)) {
			metrics.WriteCounterUint64(w, "logskiff_received_refusals_total"+labels[:len(labels)-1]+",reason="+quote(why)+"}", uint64(r.Refusals[why]))
		}
		count("received_requests_refused", r.Refused)
		count("received_requests_foreign", r.Foreign)
		count("received_requests_busy", r.Busy)
		count("received_requests_wordless", r.Wordless)
		count("received_connections_closed_idle", r.Closed)
		count("received_connections_turned_away", r.Turned)
		for _, g := range r.GivenUp {
			why := labels[:len(labels)-1] + ",reason=" + quote(g.Why) + "}"
			metrics.WriteCounterUint64(w, "logskiff_received_records_given_up_total"+why, uint64(g.Records))
			metrics.WriteCounterUint64(w, "logskiff_received_bytes_given_up_total"+why, uint64(g.Bytes))
		}
		gauge("received_connections", float64(r.Connections))
		gauge("received_connections_max", float64(r.ConnectionsMax))
		gauge("received_memory_bytes", float64(r.Memory))
		gauge("received_memory_max_bytes", float64(r.MemoryMax))
	}
	gauge("pipeline_running", float64(one(p.State == "running")))
	gauge("in_flight_batches", float64(p.InFlight))
	gauge("max_batches", float64(p.BatchesMax))
	gauge("held", float64(one(p.Held != "")))
	gauge("waiting_bytes", float64(p.WaitingBytes))
	gauge("files", float64(p.Files))
	gauge("problem_files", float64(p.ProblemFiles))
	gauge("away_folders", float64(p.AwayFolders))
	gauge("away_seconds", p.Away.Seconds())
	gauge("lag_seconds", p.Lag.Seconds())
}

func writeEndpoints(w io.Writer, p PipelineStatus) {
	sender := "{sender=" + quote(p.Sender) + "}"
	metrics.WriteGaugeUint64(w, "logskiff_sender_queued"+sender, uint64(p.Queued))
	metrics.WriteCounterUint64(w, "logskiff_sender_retries_total"+sender, uint64(p.Retries))
	metrics.WriteCounterUint64(w, "logskiff_sender_splits_total"+sender, uint64(p.Splits))
	metrics.WriteCounterUint64(w, "logskiff_sender_contradicted_total"+sender, uint64(p.Contradicted))
	metrics.WriteCounterUint64(w, "logskiff_sender_hedged_total"+sender, uint64(p.Hedged))
	if r := p.Remembered; r != nil {
		metrics.WriteGaugeUint64(w, "logskiff_sender_streams"+sender, uint64(r.Streams))
		metrics.WriteGaugeUint64(w, "logskiff_sender_streams_on_disk"+sender, uint64(r.OnDisk))
		metrics.WriteGaugeUint64(w, "logskiff_sender_streams_max"+sender, uint64(r.StreamsMax))
		metrics.WriteGaugeUint64(w, "logskiff_sender_streams_bytes"+sender, uint64(r.Bytes))
		metrics.WriteGaugeUint64(w, "logskiff_sender_streams_max_bytes"+sender, uint64(r.BytesMax))
		metrics.WriteCounterUint64(w, "logskiff_sender_streams_forgotten_total"+sender, uint64(r.Forgotten))
	}
	if d := p.Written; d != nil {
		metrics.WriteCounterUint64(w, "logskiff_sender_written_records_total"+sender, uint64(d.Records))
		metrics.WriteCounterUint64(w, "logskiff_sender_written_bytes_total"+sender, uint64(d.Bytes))
		metrics.WriteCounterUint64(w, "logskiff_sender_repeats_total"+sender, uint64(d.Repeats))
		metrics.WriteCounterUint64(w, "logskiff_sender_commits_total"+sender, uint64(d.Commits))
		metrics.WriteCounterUint64(w, "logskiff_sender_commits_failed_total"+sender, uint64(d.Failed))
	}
	for _, e := range p.Endpoints {
		labels := "{sender=" + quote(p.Sender) + ",endpoint=" + quote(e.Endpoint) + "}"
		metrics.WriteGaugeUint64(w, "logskiff_endpoint_healthy"+labels, one(e.State == deliver.Healthy))
		if e.Form != "" {
			fmt.Fprintf(w, "logskiff_endpoint_form_info{sender=%s,endpoint=%s,content_type=%s} 1\n", quote(p.Sender), quote(e.Endpoint), quote(e.Form))
		}
		metrics.WriteGaugeUint64(w, "logskiff_endpoint_in_flight"+labels, uint64(e.InFlight))
		metrics.WriteCounterUint64(w, "logskiff_endpoint_requests_total"+labels, uint64(e.Requests))
		metrics.WriteCounterUint64(w, "logskiff_endpoint_failures_total"+labels, uint64(e.Failures))
	}
}

func one(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}

// labelEscapes are all that the Prometheus text format has
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// quote writes a label value.
func quote(s string) string {
	return `"` + labelEscapes.Replace(strings.ToValidUTF8(s, "\uFFFD")) + `"`
}
