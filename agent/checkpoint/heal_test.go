package checkpoint

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// runs lets the store run until the test ends.
func runs(t *testing.T, s *Store) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// heals waits until the store is well, though nothing in it changes.
func heals(t *testing.T, s *Store, l *logs) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); s.Health() != nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not heal: %v\n%s", s.Health(), l.buf.String())
		}
	}
}

func quickly(l *logs) Options {
	o := l.options()
	o.Now, o.Interval = clock(), 5*time.Millisecond
	return o
}

func TestAStoreThatBeganOnAFullDiskHealsByItself(t *testing.T) {
	dir := small(t, 0, "size=64k")
	filler := filepath.Join(dir, "filler")
	f, err := os.Create(filler)
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var l logs
	s := mustOpen(t, dir, quickly(&l))
	if s.Health() == nil {
		t.Fatal("a full disk went unnoticed")
	}
	runs(t, s)
	if err := errors.Join(os.Remove(filler), unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=4m")); err != nil {
		t.Fatal(err)
	}
	heals(t, s, &l)
	id := s.AgentID()
	crash(s)
	if err := os.Remove(filepath.Join(dir, databaseName)); err != nil {
		t.Fatal(err)
	}
	if again := mustOpen(t, dir, quickly(&l)); again.AgentID() != id {
		t.Error("the id of the agent was not stored")
	}
}

func TestAStoreWhoseFolderCannotBeMadeHealsByItself(t *testing.T) {
	parent := small(t, 0, "size=4m")
	remount := func(flags uintptr) {
		t.Helper()
		if err := unix.Mount("tmpfs", parent, "tmpfs", unix.MS_REMOUNT|flags, "size=4m"); err != nil {
			t.Skipf("the file system cannot be made read-only: %v", err)
		}
	}
	remount(unix.MS_RDONLY)
	dir := filepath.Join(parent, "data")
	var l logs
	s := mustOpen(t, dir, quickly(&l))
	if s.Health() == nil {
		t.Fatal("a folder that is not there went unnoticed")
	}
	runs(t, s)
	remount(0)
	heals(t, s, &l)
	if _, err := Open(dir, quickly(&l)); !errors.Is(err, ErrLocked) {
		t.Errorf("a second agent on the folder that was made later: %v", err)
	}
}

func TestAFolderThatIsMadeAgainIsLockedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	var l logs
	s := mustOpen(t, dir, (&faultyDisk{}).options(&l))
	register(t, s.Pipeline("a/x"), 1, false)
	if err := errors.Join(os.RemoveAll(dir), s.commit()); err != nil {
		t.Fatal(err)
	}
	if _, err := lockDir(dir, false, 0); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
}

func TestAStoreOnADiskThatIsMountedLaterKeepsWhatIsThere(t *testing.T) {
	kept := t.TempDir()
	build(t, kept, 3)
	dir := t.TempDir()
	var l logs
	d := &faultyDisk{noNewTable: true, noJournal: true}
	s := mustOpen(t, dir, d.options(&l))
	old, err := os.ReadFile(filepath.Join(kept, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, databaseName), old, 0o600); err != nil {
		t.Fatal(err)
	}
	d.set(func() { d.noNewTable, d.noJournal = false, false })
	if err := errors.Join(s.commit(), s.Health()); err != nil {
		t.Fatal(err)
	}
	if n := len(asides(t, dir)); n != 1 {
		t.Errorf("%d files were set aside", n)
	}
}

func TestAFolderThatIsRemovedWhileNothingChangesIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		s := mustOpen(t, dir, Options{disk: &faultyDisk{}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		register(t, s.Pipeline("a/x"), 1, false)
		time.Sleep(time.Minute)
		want := offsets(s.All())
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		crash(s)
		sameOffsets(t, mustRead(t, dir), want)
	})
}

// The commit succeeds, and only then the journal cannot be opened.
func TestAJournalThatCannotBeOpenedIsTriedAgainThoughNothingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &faultyDisk{noJournal: true}
		s := mustOpen(t, t.TempDir(), Options{disk: d})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		register(t, s.Pipeline("a/x"), 1, false)
		time.Sleep(time.Hour)
		if s.Health() == nil {
			t.Error("it is well without a journal")
		}
		if n := d.seen(&d.commits); n > 500 {
			t.Errorf("%d commits in an hour", n)
		}
		d.set(func() { d.noJournal = false })
		time.Sleep(time.Minute)
		if err := s.Health(); err != nil {
			t.Error(err)
		}
		cancel()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Error(err)
		}
	})
}
