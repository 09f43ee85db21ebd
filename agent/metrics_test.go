package agent

import (
	"io"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/agent/deliver"
	"logskiff/readers"
	readhttp "logskiff/readers/http"
	"logskiff/senders"
)

// documented returns what docs/metrics.md has in the first column of its tables: names of metrics, and reasons.
func documented(t *testing.T) (names []string) {
	t.Helper()
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([a-z_]+)`")
	for line := range strings.Lines(string(text)) {
		column, ok := strings.CutPrefix(line, "| ")
		column, _, _ = strings.Cut(column, " | ")
		for _, m := range quoted.FindAllStringSubmatch(column, -1) {
			if ok && m[1] != "reason" {
				names = append(names, m[1])
			}
		}
	}
	return names
}

// Each metric is documented, and each reason for which a request is refused; what is documented exists. No
// series comes twice.
func TestEveryMetricIsDocumented(t *testing.T) {
	r, err := readhttp.New(readhttp.Default(), readhttp.Env{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	received := r.Received()
	received.GivenUp = []readers.GivenUp{{Why: "the queue is full", Records: 1, Bytes: 2}}
	var out strings.Builder
	pipeline := PipelineStatus{
		Name: "a/b", Source: "a", Sender: "b", Received: &received, Remembered: &senders.Remembered{}, Written: &senders.Written{}, Entries: new(EntriesStatus),
		Endpoints: []deliver.EndpointStatus{{Endpoint: "x", Form: "text/plain"}},
	}
	other := pipeline
	other.Source = "c"
	writeMetrics(&out, Status{Stored: time.Unix(1, 0), Pipelines: []PipelineStatus{pipeline, other}}, time.Unix(2, 0))
	documented := documented(t)
	var written []string
	series := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		name, _, _ := strings.Cut(line, " ")
		if series[name] {
			t.Errorf("%s is written twice", name)
		}
		series[name] = true
		if name, _, _ = strings.Cut(name, "{"); strings.HasPrefix(name, "logskiff_") && !slices.Contains(written, name) {
			written = append(written, name)
		}
	}
	for why := range received.Refusals {
		written = append(written, why)
	}
	for _, name := range written {
		if !slices.Contains(documented, name) {
			t.Errorf("docs/metrics.md lacks %s", name)
		}
	}
	for i, name := range documented {
		if !slices.Contains(written, name) {
			t.Errorf("docs/metrics.md has %s, which there is not", name)
		}
		if slices.Contains(documented[:i], name) {
			t.Errorf("docs/metrics.md has %s twice", name)
		}
	}
}

// What a forwarder counts is written, whatever is 0 too.
func TestWhatAForwarderCountsIsWritten(t *testing.T) {
	var out strings.Builder
	writeMetrics(&out, Status{Pipelines: []PipelineStatus{{
		Source: "a", Sender: "b", Received: &readers.Received{Requests: 3, Records: 7, Accepted: 1, Refusals: map[string]int64{"queue_full": 2, "late": 0}},
		Written: &senders.Written{Records: 5, Bytes: 50, Repeats: 2, Commits: 1, Failed: 4},
	}}}, time.Unix(2, 0))
	for _, line := range []string{
		`logskiff_received_requests_total{source="a",sender="b"} 3`,
		`logskiff_received_requests_accepted_total{source="a",sender="b"} 1`,
		`logskiff_received_records_total{source="a",sender="b"} 7`,
		`logskiff_received_refusals_total{source="a",sender="b",reason="queue_full"} 2`,
		`logskiff_received_refusals_total{source="a",sender="b",reason="late"} 0`,
		`logskiff_sender_written_records_total{sender="b"} 5`,
		`logskiff_sender_written_bytes_total{sender="b"} 50`,
		`logskiff_sender_repeats_total{sender="b"} 2`,
		`logskiff_sender_commits_total{sender="b"} 1`,
		`logskiff_sender_commits_failed_total{sender="b"} 4`,
	} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("no line %s in\n%s", line, out.String())
		}
	}
}

// Each reason is a label of its own, since who is alerted wants to know which of them grows.
func TestWhatAReaderGaveUpIsInTheMetrics(t *testing.T) {
	var w strings.Builder
	p := PipelineStatus{Source: "in", Sender: "out", Received: &readers.Received{GivenUp: []readers.GivenUp{
		{Why: "the queue is full", Records: 3, Bytes: 40}, {Why: `"x"`, Records: 1, Bytes: 2},
	}}}
	writePipeline(&w, p)
	for _, want := range []string{
		`logskiff_received_records_given_up_total{source="in",sender="out",reason="the queue is full"} 3`,
		`logskiff_received_bytes_given_up_total{source="in",sender="out",reason="the queue is full"} 40`,
		`logskiff_received_records_given_up_total{source="in",sender="out",reason="\"x\""} 1`,
	} {
		if !strings.Contains(w.String(), want+"\n") {
			t.Errorf("no %s in\n%s", want, w.String())
		}
	}
	var all Totals
	all.note(p)
	if all.GivenUpRecords != 4 {
		t.Errorf("%d records were given up, want 4", all.GivenUpRecords)
	}
}
