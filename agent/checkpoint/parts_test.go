package checkpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// A large change is stored in parts, so that no transaction is large. Wherever it ends, by a failure, a kill or a power
// cut, what is found is all of it, or what can be gone on with.
func TestALargeChangeIsStoredInParts(t *testing.T) {
	const most, parts = 4, 12 // at least so many
	for failAt := 0; failAt <= parts; failAt++ {
		for _, late := range []bool{false, true} {
			for _, then := range []string{"killed", "power cut", "going on"} {
				t.Run(fmt.Sprintf("part %d fails, late %v, %s", failAt, late, then), func(t *testing.T) {
					dir := t.TempDir()
					d := &faultyDisk{most: most}
					var l logs
					s := mustOpen(t, dir, d.options(&l))
					a, b := s.Pipeline("a/x"), s.Pipeline("b/x")
					for n := range 20 {
						register(t, a, n, false)
					}
					register(t, b, 0, false)
					if err := s.commit(); err != nil {
						t.Fatal(err)
					}
					for n := range 20 {
						advance(a, id(n), 10)
						register(t, a, 100+n, false)
						register(t, b, 100+n, false)
					}
					a.Forget(id(3), id(4), id(105))
					if failAt > 0 {
						d.set(func() { d.failAt, d.late = d.commits+failAt, late })
					}
					if err := s.commit(); (err == nil) != (failAt == 0) {
						t.Fatalf("the commit: %v", err)
					}
					a.Forget(id(5), id(106))
					b.Forget(id(107))
					advance(b, id(108), 7)
					want := s.All()
					switch then {
					case "killed":
						crash(s)
					case "power cut":
						s.mu.Lock()
						target := s.journal.seq
						s.mu.Unlock()
						if err := s.syncUpTo(target); err != nil {
							t.Fatal(err)
						}
						crash(s)
						if err := d.cut(0); err != nil {
							t.Fatal(err)
						}
					case "going on":
						d.set(func() { d.failAt = 0 })
						if err := s.commit(); err != nil || s.Health() != nil {
							t.Fatalf("%v, %v", err, s.Health())
						}
						crash(s)
						for _, name := range journalNames { // the database alone has it
							if err := os.Truncate(filepath.Join(dir, name), 0); err != nil {
								t.Fatal(err)
							}
						}
					}
					if got, err := Read(dir); err != nil || !reflect.DeepEqual(got, want) {
						t.Errorf("%d are read, want %d: %v", len(got), len(want), err)
					}
					if d.largest > most {
						t.Errorf("a transaction of %d streams", d.largest)
					}
					if kept := asides(t, dir); len(kept) > 0 {
						t.Errorf("set aside: %q", kept)
					}
				})
			}
		}
	}
}

// A power cut between two parts finds all of the change in the journal, which is synced before the first.
func TestThePartsOfAChangeSurviveAPowerCutTogether(t *testing.T) {
	dir := t.TempDir()
	d := &faultyDisk{most: 3}
	var l logs
	s := mustOpen(t, dir, d.options(&l))
	p := s.Pipeline("a/x")
	for n := range 10 {
		register(t, p, n, false)
	}
	want := s.All()
	d.set(func() { d.failAt = d.commits + 2 })
	if s.commit() == nil {
		t.Fatal("it did not fail")
	}
	crash(s)
	if err := d.cut(0); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(dir); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%d are read, want %d: %v", len(got), len(want), err)
	}
}
