package api

import (
	"strings"
	"testing"
	"time"
)

func TestTheVerdictNamesTheWorst(t *testing.T) {
	at := func(ago time.Duration) *time.Time { return Stamp(noon.Add(-ago)) }
	f := func(what, level, text string, change func(*Snapshot)) {
		t.Helper()
		s := Snapshot{At: noon, Sources: []Source{{Name: "web", State: "running", Pipelines: []Pipeline{{Sender: "in", State: "running"}}}},
			Senders: []Sender{{Name: "in", State: "ok", Endpoints: []Endpoint{{State: "healthy"}, {State: "healthy"}}}}}
		change(&s)
		s.Judge()
		if s.Verdict.Level != level || s.Verdict.Text != text || (level == OK) != (len(s.Verdict.Findings) == 0) {
			t.Errorf("%s: got %s, %q", what, s.Verdict.Level, s.Verdict.Text)
		}
	}
	f("nothing", OK, "All is well: 1 source, 1 sender", func(*Snapshot) {})
	f("no checkpoints", Critical, "Checkpoints are not stored; after a crash much would be sent again", func(s *Snapshot) { s.Agent.CheckpointError = "x" })
	f("a refused reload", Warning, "The last reload was refused; the configuration before it goes on", func(s *Snapshot) { s.Reload = &Reload{} })
	f("a good reload", OK, "All is well: 1 source, 1 sender", func(s *Snapshot) { s.Reload = &Reload{OK: true} })
	f("a source that fails", Critical, "Source web: does not run", func(s *Snapshot) { s.Sources[0].State = "failed" })
	f("held", Critical, "Source web: is held until somebody acts", func(s *Snapshot) { s.Sources[0].State = "held" })
	f("no socket", Critical, "Source web: cannot receive", func(s *Snapshot) { s.Sources[0].State = "not_listening" })
	f("unreadable", Warning, "Source web: 2 files cannot be read", func(s *Snapshot) { s.Sources[0].UnreadableFiles = 2 })
	f("away", Warning, "Source web: 1 folder cannot be looked at", func(s *Snapshot) { s.Sources[0].AwayFolders = 1 })
	f("late", Warning, "Source web: is 90 s behind", func(s *Snapshot) { s.Sources[0].LagSeconds = 90 })
	f("a little late", OK, "All is well: 1 source, 1 sender", func(s *Snapshot) { s.Sources[0].LagSeconds = 59 })
	f("most do not parse", Warning, "Source web: more than half of its lines do not parse", func(s *Snapshot) {
		s.Sources[0].LinesPerSecond, s.Sources[0].Unparsed = 10, Unparsed{LinesPerSecond: 6, Since: at(0)}
	})
	f("few do not parse", OK, "All is well: 1 source, 1 sender", func(s *Snapshot) {
		s.Sources[0].LinesPerSecond, s.Sources[0].Unparsed = 10, Unparsed{LinesPerSecond: 5, Since: at(0)}
	})
	f("lost", Warning, "Source web: bytes were gone before they were read for sender in", func(s *Snapshot) { s.Sources[0].Pipelines[0].LostAt = at(14 * time.Minute) })
	f("lost long ago", OK, "All is well: 1 source, 1 sender", func(s *Snapshot) { s.Sources[0].Pipelines[0].LostAt = at(15 * time.Minute) })
	f("quarantined", Warning, "Source web: lines were refused by sender in and are in quarantine", func(s *Snapshot) { s.Sources[0].Pipelines[0].QuarantinedAt = at(0) })
	f("waiting", Warning, "Source web: some of its records wait at sender in", func(s *Snapshot) { s.Sources[0].Pipelines[0].Waiting = "x" })
	f("one endpoint", Warning, "Sender in: 1 of its 2 endpoints take no batches", func(s *Snapshot) { s.Senders[0].State, s.Senders[0].Endpoints[1].State = "degraded", "waiting" })
	f("no endpoint", Critical, "Sender in: no endpoint takes batches", func(s *Snapshot) { s.Senders[0].State = "down" })
	f("no sender", Critical, "Sender in: cannot be opened", func(s *Snapshot) { s.Senders[0].State = "failed" })
	f("three things", Critical, "Sender in: no endpoint takes batches; and 2 more", func(s *Snapshot) {
		s.Senders[0].State, s.Sources[0].UnreadableFiles, s.Sources[0].LagSeconds = "down", 1, 100
	})
}

// What viewers get lacks the texts, and the snapshot that it was made of has them still.
func TestASnapshotForViewersIsACopy(t *testing.T) {
	s := fullSnapshot()
	if thin := string(line(s.forViewers())); strings.Contains(thin, "anna") {
		t.Error(thin)
	}
	if n := strings.Count(string(line(s)), "anna"); n != strings.Count(string(line(fullSnapshot())), "anna") || n < 8 {
		t.Errorf("the snapshot itself has %d texts", n)
	}
}

func TestNumbersAreWhatJSONReadersHold(t *testing.T) {
	for c, want := range map[Count]string{0: "0", -5: "-5", 1 << 53: "9007199254740992", 1<<53 + 1: "9007199254740992", 1<<63 - 1: "9223372036854775808"} {
		if got, err := c.MarshalJSON(); string(got) != want || err != nil {
			t.Errorf("%d: %s, %v", int64(c), got, err)
		}
	}
	for v, want := range map[Seconds]string{0: "0", 1.5: "1.5", 0.0004: "0", 12.3456: "12.346", 100: "100"} {
		if got, err := v.MarshalJSON(); string(got) != want || err != nil {
			t.Errorf("%v: %s, %v", float64(v), got, err)
		}
	}
}
