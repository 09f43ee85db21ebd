package checkpoint

import (
	"fmt"
	"testing"
	"time"
)

// TestWhatWasFoundSurvivesAPowerCut: one sync for all that a look found, and when it was.
func TestWhatWasFoundSurvivesAPowerCut(t *testing.T) {
	at := time.Unix(1_700_000_000, 5)
	for _, keep := range []int{0, 1, 100, 1 << 20} { // bytes of what was not synced
		dir := t.TempDir()
		d := &faultyDisk{}
		var l logs
		s := mustOpen(t, dir, d.options(&l))
		p := s.Pipeline("a/x")
		if !p.LookedAt().IsZero() {
			t.Fatal("it has looked before the first look")
		}
		before := d.seen(&d.syncs)
		for n := range 100 {
			register(t, p, n, false)
		}
		if err := p.Looked(at, true); err != nil {
			t.Fatal(err)
		}
		if n := d.seen(&d.syncs) - before; n > 1 {
			t.Fatalf("%d syncs", n)
		}
		register(t, p, 100, false)
		crash(s)
		if err := d.cut(keep); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, dir, d.options(&l))
		p = s.Pipeline("a/x")
		if cps, fresh := loaded(p); len(cps) < 100 || fresh || !p.LookedAt().Equal(at) {
			t.Fatalf("keep %d: %d streams, fresh %v, looked at %v", keep, len(cps), fresh, p.LookedAt())
		}
	}
}

func TestLaterLooksAreStoredWithWhatChanges(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	f := func(name string, want time.Time, end func(s *Store, p *Pipeline)) {
		t.Helper()
		dir := t.TempDir()
		var l logs
		s := mustOpen(t, dir, l.options())
		p := s.Pipeline("a/x")
		if err := p.Looked(at, true); err != nil {
			t.Fatal(err)
		}
		if err := s.commit(); err != nil {
			t.Fatal(err)
		}
		if err := p.Looked(at.Add(time.Minute), false); err != nil || s.isDirty() {
			t.Fatalf("%s: a look costs a commit, %v", name, err)
		}
		end(s, p)
		if got := mustOpen(t, dir, l.options()).Pipeline("a/x").LookedAt(); !got.Equal(want) {
			t.Fatalf("%s: looked at %v, want %v", name, got, want)
		}
	}
	f("killed", at, func(s *Store, _ *Pipeline) { crash(s) })
	f("killed after a change", at.Add(time.Minute), func(s *Store, p *Pipeline) {
		register(t, p, 1, false)
		if err := s.commit(); err != nil {
			t.Fatal(err)
		}
		crash(s)
	})
	f("stopped", at.Add(time.Minute), func(s *Store, _ *Pipeline) {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestWhatMayBeMissingWasNotLookedAt: behind a hole in the journal nobody knows what was registered.
func TestWhatMayBeMissingWasNotLookedAt(t *testing.T) {
	img := &image{pipelines: map[string]*Pipeline{}, hole: fmt.Errorf("test")}
	img.apply(operation{op: opLooked, pipeline: "a/x", looked: 5})
	if p := img.pipeline("a/x"); p.looked != 0 {
		t.Fatalf("looked at %d", p.looked)
	}
}
