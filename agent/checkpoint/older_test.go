package checkpoint

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// A crash between a commit and the truncation of the journals leaves entries that the database has already: they are not counted twice.
func TestAJournalThatTheDatabaseIsAheadOfChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	p := s.Pipeline("a/x")
	for n := range 5 {
		register(t, p, n, false)
	}
	advance(p, id(3), 50)
	p.Lose(id(4), 11, "a test")
	before := map[string][]byte{}
	for _, name := range journalNames {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		before[name] = text
	}
	want := s.All()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range before {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := mustOpen(t, dir, Options{})
	if got := again.All(); !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
	if _, fresh := again.Pipeline("a/x").Load(); fresh {
		t.Error("it counts as damaged")
	}
}
