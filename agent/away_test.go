package agent

import (
	"strings"
	"testing"
	"time"

	"logskiff/agent/checkpoint"
	"logskiff/agent/deliver"
	"logskiff/readers"
	"logskiff/record"
)

func TestAFolderThatDoesNotAnswerIsShown(t *testing.T) {
	now := time.Now()
	p := PipelineStatus{Name: "app/ingest", Source: "app", Sender: "ingest", State: "running", Endpoints: []deliver.EndpointStatus{{State: deliver.Healthy}}}
	const why = "looked at 40s ago: the folder does not answer"
	file := readers.Status{ID: record.StreamID{1}, Path: "/far/a.log", Name: "/far/a.log", Size: 200, Read: 100, Delivered: 100, Problem: why}
	p.addFile(file, now)
	p.addFile(readers.Status{Path: "/far", Name: "/far", Away: true, Looked: now.Add(-40 * time.Second), Problem: why}, now)
	p.addFile(readers.Status{Path: "/farther", Name: "/farther", Away: true, Problem: "never looked at: the folder does not answer"}, now)
	if p.Files != 1 || p.ProblemFiles != 1 || p.AwayFolders != 2 || p.Away != 40*time.Second || p.LagBytes != 100 {
		t.Errorf("the pipeline's status: %+v", p)
	}
	s := Status{Checkpoints: "ok", Config: "ok", Pipelines: []PipelineStatus{p}}
	if why := s.unready(); len(why) > 0 {
		t.Errorf("a restart would mend nothing: %q", why)
	}
	if said := strings.Join(s.away(), "\n"); said != "pipeline app/ingest: 2 of its folders do not answer, looked at 40s ago" {
		t.Errorf("/readyz: %s", said)
	}
	var text strings.Builder
	writeMetrics(&text, s, now)
	for _, want := range []string{`logskiff_away_folders{source="app",sender="ingest"} 2`, `logskiff_away_seconds{source="app",sender="ingest"} 40`} {
		if !strings.Contains(text.String(), want+"\n") {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	shown := []Offset{offsetOf(checkpoint.Listed{Checkpoint: readers.Checkpoint{ID: file.ID}}, readState{file.Size, file.Read, file.Problem})}
	if len(shown) != 1 || shown[0].Problem != why {
		t.Errorf("offset show: %+v", shown)
	}
}
