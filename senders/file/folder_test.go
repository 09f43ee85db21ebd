package file

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logskiff/senders"
)

// A received folder that somebody removes, moves away or mounts over does not stop the
// forwarder for longer than it is unusable, and repeats are known all the while.
func TestAFolderThatWasTakenAwayIsMadeAgain(t *testing.T) {
	f := func(name string, spoil func(dir string) error, want ...seg) {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "received")
			var log bytes.Buffer
			e, err := open(testConfig(dir), testEnv(t, &log))
			if err != nil {
				t.Fatal(err)
			}
			mustSend(t, e, seg{1, 0, 10, 10})
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			mustSend(t, e, seg{1, 0, 10, 10}, seg{2, 0, 5, 10}) // the first is a repeat
			mustSend(t, e, seg{2, 50, 5, 10})
			if n := strings.Count(log.String(), "removed or replaced"); n != 1 {
				t.Errorf("it was said %d times:\n%s", n, log.String())
			}
			if second, err := open(testConfig(dir), testEnv(t, nil)); err == nil {
				t.Error("another process could write there", second.Close())
			}
			crash(e)
			e = mustOpen(t, dir)
			mustSend(t, e, seg{1, 0, 10, 10}, seg{2, 0, 10, 10}, seg{3, 0, 1, 10})
			wantOnce(t, dir, append(want, seg{2, 0, 10, 10}, seg{3, 0, 1, 10})...)
		})
	}
	there := seg{1, 0, 10, 10}
	f("removed", os.RemoveAll)
	f("moved away", func(dir string) error { return os.Rename(dir, dir+".old") })
	f("its index folder removed", func(dir string) error { return os.RemoveAll(filepath.Join(dir, indexDir)) }, there)
	f("its index removed", func(dir string) error { return os.Remove(filepath.Join(dir, indexDir, indexName)) }, there)
	f("the lock removed", func(dir string) error { return os.Remove(filepath.Join(dir, indexDir, lockName)) }, there)
	f("another in its place", func(dir string) error {
		return errors.Join(os.Rename(dir, dir+".old"), os.Mkdir(dir, 0o700))
	})
}

func TestAnIndexThatComesWithAnotherFolderIsKept(t *testing.T) {
	other := filepath.Join(t.TempDir(), "received")
	for i := range 3 { // so that its files have higher numbers
		e := mustOpen(t, other)
		mustSend(t, e, seg{9, int64(i) * 100, 10, 10})
		e.store.newData = true
		mustSend(t, e, seg{8, int64(i) * 100, 10, 10})
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "received")
	e := mustOpen(t, dir)
	mustSend(t, e, seg{1, 0, 10, 10})
	if err := errors.Join(os.Rename(dir, dir+".old"), os.Rename(other, dir)); err != nil {
		t.Fatal(err)
	}
	mustSend(t, e, seg{2, 0, 10, 10})
	if kept, err := filepath.Glob(filepath.Join(dir, indexDir, indexName+".replaced-*")); err != nil || len(kept) != 1 {
		t.Errorf("kept %v, %v", kept, err)
	}
	wantOnce(t, dir, seg{2, 0, 10, 10}, seg{9, 0, 10, 10}, seg{9, 100, 10, 10}, seg{9, 200, 10, 10}, seg{8, 0, 10, 10}, seg{8, 100, 10, 10}, seg{8, 200, 10, 10})
}

func TestAFolderThatCannotBeMadeAgainIsTriedWithEachBatch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "received")
	e := mustOpen(t, dir)
	mustSend(t, e, seg{1, 0, 10, 10})
	if err := errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if r := e.Send(t.Context(), payload(seg{1, 100, 10, 10})); r.Class != senders.Retry || !strings.Contains(r.Reason, "make the folder again") {
			t.Fatalf("got %v: %s", r.Class, r.Reason)
		}
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	mustSend(t, e, seg{1, 100, 10, 10})
	wantOnce(t, dir, seg{1, 100, 10, 10})
}
