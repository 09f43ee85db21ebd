package agent

import (
	"strings"
	"testing"

	"logskiff/readers"
)

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
