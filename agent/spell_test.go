package agent

import (
	"testing"
	"time"
)

func TestASpellBeginsAnewAfterTenQuietMinutes(t *testing.T) {
	var s spell
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	if since, last := s.now(noon); !since.IsZero() || !last.IsZero() {
		t.Error("there is one before anything happened")
	}
	note := func(minutes int) { s.note(noon.Add(time.Duration(minutes) * time.Minute).UnixNano()) }
	is := func(at, wantSince, wantLast int) {
		t.Helper()
		since, last := s.now(noon.Add(time.Duration(at) * time.Minute))
		if want := noon.Add(time.Duration(wantSince) * time.Minute); wantSince < 0 && !since.IsZero() || wantSince >= 0 && !since.Equal(want) {
			t.Errorf("at %d it is said to last since %v", at, since)
		}
		if !last.Equal(noon.Add(time.Duration(wantLast) * time.Minute)) {
			t.Errorf("at %d the last was at %v", at, last)
		}
	}
	note(0)
	note(9)
	note(18)
	is(20, 0, 18)
	is(28, -1, 18)
	note(28)
	is(28, 28, 28)
	note(27) // of a batch that was parsed more slowly
	is(28, 28, 27)
}
