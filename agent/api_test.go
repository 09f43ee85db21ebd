package agent

import (
	"strings"
	"testing"
	"time"

	"logskiff/agent/deliver"
	"logskiff/conf"
	"logskiff/readers"
)

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:7710": true, "localhost:1": true, "[::1]:7710": true,
		"0.0.0.0:7710": false, ":7710": false, "192.0.2.1:7710": false, "example.org:7710": false, "nonsense": false,
	} {
		if got := loopback(address); got != want {
			t.Errorf("%s: got %v", address, got)
		}
	}
}

func TestCheckRefusesAListenAddressThatWouldNotBeServed(t *testing.T) {
	for address, good := range map[string]bool{"127.0.0.1:7710": true, "off": true, "": true, "0.0.0.0:7710": false} {
		if err := Check(&conf.Config{Agent: conf.Agent{Listen: address}}); (err == nil) != good {
			t.Errorf("listen = %q: %v", address, err)
		}
	}
}

func TestUnreadyNamesEveryReason(t *testing.T) {
	s := Status{Checkpoints: "no space left on device", Pipelines: []PipelineStatus{
		{Name: "a/x", State: "cannot listen", Sender: "x"},
		{Name: "b/y", State: "running", Sender: "y", Endpoints: []deliver.EndpointStatus{{State: "waiting"}, {State: "held"}}},
		{Name: "c/z", State: "running", Sender: "z", Endpoints: []deliver.EndpointStatus{{State: "waiting"}, {State: "healthy"}}},
		{Name: "d/z", Source: "d", State: "running", Sender: "z", Endpoints: []deliver.EndpointStatus{{State: "healthy"}},
			Received: &readers.Received{Trouble: "cannot listen on :1"}},
	}}
	got := strings.Join(s.unready(), "|")
	want := "checkpoints are not stored|pipeline a/x does not run|sender y has no endpoint that takes batches|source d receives nothing: cannot listen on :1"
	if got != want {
		t.Fatalf("got %q", got)
	}
}

func TestMetricsAreValidAndComplete(t *testing.T) {
	var b strings.Builder
	now := time.Unix(1000, 0)
	writeMetrics(&b, Status{Version: `1"2`, Started: now.Add(-time.Minute), Checkpoints: "ok", Config: "ok", Pipelines: []PipelineStatus{{
		Name: "web/in", Source: "web", Sender: "in", State: "running",
		ReadLines: 12, LostBytes: 5, LagBytes: 7, Lag: 1500 * time.Millisecond,
		Endpoints: []deliver.EndpointStatus{{Endpoint: "http://h:1", State: "healthy", Form: "text/plain", InFlight: 2, Requests: 9, Failures: 1}},
	}}}, now)
	for _, line := range []string{
		`logskiff_info{version="1\"2"} 1`,
		`logskiff_read_lines_total{source="web",sender="in"} 12`,
		`logskiff_lost_bytes_total{source="web",sender="in"} 5`,
		`logskiff_lag_bytes{source="web",sender="in"} 7`,
		`logskiff_lag_seconds{source="web",sender="in"} 1.5`,
		`logskiff_endpoint_healthy{sender="in",endpoint="http://h:1"} 1`,
		`logskiff_endpoint_form_info{sender="in",endpoint="http://h:1",content_type="text/plain"} 1`,
		`logskiff_endpoint_requests_total{sender="in",endpoint="http://h:1"} 9`,
		`logskiff_uptime_seconds 60`,
		`logskiff_checkpoints_healthy 1`,
	} {
		if !strings.Contains(b.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}
