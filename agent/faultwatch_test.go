package agent

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"logskiff/agent/api"
	"logskiff/agent/deliver"
)

// What lasts is said again with the count since the last time, and once when it is over; a source is named, and what to do.
func TestWhatLastsIsLoggedAgainAndWhenItIsOver(t *testing.T) {
	log := &safeLog{}
	a := &Agent{Options: Options{Log: slog.New(slog.NewTextHandler(log, nil))}}
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	s := newSampler(noon)
	var m mostly
	for second := range 700 {
		now, bad := noon.Add(time.Duration(second)*time.Second), second < 500
		e := deliver.EndpointStatus{Endpoint: "http://in-1", State: deliver.Healthy, Failures: int64(min(second, 500))}
		if bad {
			e.State, e.Error = deliver.Waiting, "connection refused"
		}
		w := &s.watch
		w.sender("ingest", []deliver.EndpointStatus{e})
		read := int64(10 * second)
		unparsed := min(read, 5000)
		if !m.look(now, read, unparsed) {
			unparsed = 0
		}
		w.see(api.MostlyNotParsed, "source", "app", "", m.is, unparsed, 0, "not a JSON object")
		w.see(api.Unreadable, "source", "app", "", bad, 0, 2, "/var/log/a.log: permission denied")
		w.done(now)
		s.remind(a, now)
	}
	text := log.buf.String()
	f := func(n int, parts ...string) {
		t.Helper()
		got := 0
		for line := range strings.Lines(text) {
			all := true
			for _, part := range parts {
				all = all && strings.Contains(line, part)
			}
			if all {
				got++
			}
		}
		if got != n {
			t.Errorf("%d lines have %q, want %d:\n%s", got, parts, n, text)
		}
	}
	f(4, `msg="retry: no endpoint of a sender takes batches`, "sender=ingest", "connection refused")
	f(1, "retry: no endpoint", "lasted=4m0s", "count=240", "since_last=120")
	f(1, "recovered: a sender takes batches again", "lasted=8m19s")
	f(4, "unparsed: more than half", "source=app", "not a JSON object", "advice=")
	f(1, "recovered: most lines of a source are parsed again")
	f(4, "cannot read files of a source", "count=2", "permission denied")
	f(1, "recovered: all files of a source can be read", "lasted=8m19s")
	f(0, "level=ERROR")
}

func TestAFewBadLinesAreNotMost(t *testing.T) {
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	f := func(what string, wantAt int, lines func(second int) (read, unparsed int64)) {
		t.Helper()
		var m mostly
		at := -1
		for s := range 1200 {
			read, unparsed := lines(s)
			if m.look(noon.Add(time.Duration(s)*time.Second), read, unparsed) && at < 0 {
				at = s
			}
		}
		if at != wantAt {
			t.Errorf("%s: most are bad from second %d on, want %d", what, at, wantAt)
		}
	}
	f("none", -1, func(s int) (int64, int64) { return int64(s), 0 })
	f("half of them", -1, func(s int) (int64, int64) { return int64(2 * s), int64(s) })
	f("all, one a second", 60, func(s int) (int64, int64) { return int64(s), int64(s) })
	f("all, one in 90 seconds", 90, func(s int) (int64, int64) { return int64(s / 90), int64(s / 90) })
	f("no lines", -1, func(int) (int64, int64) { return 0, 0 })
	f("a bad start", -1, func(s int) (int64, int64) { return int64(10 * s), int64(min(s*10, 200)) })
}
