package checkpoint

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// edit changes a database that nobody has open.
func edit(t *testing.T, dir string, f func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, databaseName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(f), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func loads(t *testing.T, s *Store, name string) (n int, fresh bool) {
	t.Helper()
	cps, fresh := loaded(s.Pipeline(name))
	return len(cps), fresh
}

func TestANewerFormatIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, 3)
	edit(t, dir, func(tx *bbolt.Tx) error {
		return tx.Bucket(metaBucket).Put(formatKey, sealed(formatKey, binary.BigEndian.AppendUint32(nil, formatVersion+1)))
	})
	before, _ := os.ReadFile(filepath.Join(dir, databaseName))
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "format 5") {
		t.Fatalf("got %v", err)
	}
	if _, err := Read(dir); !errors.Is(err, ErrVersion) {
		t.Fatalf("got %v", err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, databaseName)); string(after) != string(before) {
		t.Fatal("the file was changed")
	}
}

func TestOneDamagedValueCostsOneStream(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, 5)
	edit(t, dir, func(tx *bbolt.Tx) error {
		b := tx.Bucket(checkpointBucket).Bucket([]byte("a/x"))
		key := id(2)
		v := append([]byte(nil), b.Get(key[:])...)
		v[10] ^= 1
		return b.Put(key[:], v)
	})
	var l logs
	s := mustOpen(t, dir, l.options())
	if n, fresh := loads(t, s, "a/x"); n != 4 || !fresh {
		t.Fatalf("%d streams, fresh %v", n, fresh)
	}
	if n, _ := loads(t, s, "b/x"); n != 5 {
		t.Fatalf("%d streams of the other pipeline", n)
	}
}

func TestAValueThatVanishedIsNoticed(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, 5)
	edit(t, dir, func(tx *bbolt.Tx) error {
		key := id(2)
		return tx.Bucket(checkpointBucket).Bucket([]byte("a/x")).Delete(key[:])
	})
	var l logs
	if _, fresh := loads(t, mustOpen(t, dir, l.options()), "a/x"); !fresh {
		t.Fatal("a stream is missing and nobody is told")
	}
}

func TestAPipelineStaysFreshUntilItHasSettled(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, 3)
	if err := os.WriteFile(filepath.Join(dir, databaseName), []byte("no"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect := func(s *Store, name string, want bool) {
		t.Helper()
		if _, fresh := loads(t, s, name); fresh != want {
			t.Fatalf("%s: fresh %v", name, fresh)
		}
	}
	s := mustOpen(t, dir, Options{})
	expect(s, "a/x", true)
	register(t, s.Pipeline("a/x"), 1, false)
	crash(s)
	s = mustOpen(t, dir, Options{})
	expect(s, "a/x", true)
	expect(s, "b/x", true) // it was not even asked for the last time
	s.Pipeline("a/x").CaughtUp()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, Options{})
	expect(s, "a/x", false)
	expect(s, "b/x", true)
	s.Pipeline("b/x").CaughtUp()
	expect(s, "new/x", false) // all have settled: the damage is over
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, Options{})
	expect(s, "b/x", false)
	expect(s, "newer/x", false)
}

func TestAnEmptyFolderIsNotADamagedStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	var l logs
	s := mustOpen(t, dir, l.options())
	if n, fresh := loads(t, s, "a/x"); n != 0 || fresh || s.Health() != nil || l.count("level=") != 0 {
		t.Fatalf("%d, fresh %v, %v\n%s", n, fresh, s.Health(), l.buf.String())
	}
	if s.LastCommit().IsZero() {
		t.Fatal("a new store was not written")
	}
}

func TestAHoleInTheJournalIsNoticedAndATornTailIsNot(t *testing.T) {
	journal := func(t *testing.T) (dir, path string) {
		dir = t.TempDir()
		s := mustOpen(t, dir, Options{})
		for n := range 4 {
			register(t, s.Pipeline("a/x"), n, false)
		}
		crash(s)
		for _, name := range journalNames {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Size() > 200 {
				return dir, filepath.Join(dir, name)
			}
		}
		t.Fatal("no journal")
		return "", ""
	}
	check := func(name string, streams int, wantFresh bool, damage func(b []byte) []byte) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			dir, path := journal(t)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			s := mustOpen(t, dir, Options{})
			if n, fresh := loads(t, s, "a/x"); n != streams || fresh != wantFresh {
				t.Fatalf("%d streams, fresh %v", n, fresh)
			}
			register(t, s.Pipeline("a/x"), 9, false)
			crash(s)
			if n := len(mustRead(t, dir)); n != streams+1 {
				t.Fatalf("%d streams after the next kill", n)
			}
		})
	}
	check("whole", 4, false, func(b []byte) []byte { return b })
	check("last byte missing", 3, false, func(b []byte) []byte { return b[:len(b)-1] })
	check("tail zeroed", 3, false, func(b []byte) []byte { clear(b[len(b)-20:]); return b })
	check("zeros behind", 4, false, func(b []byte) []byte { return append(b, make([]byte, 5000)...) })
	check("a flipped bit in the middle", 3, true, func(b []byte) []byte { b[len(b)/2] ^= 4; return b })
	check("empty", 0, false, func(b []byte) []byte { return nil })
}

func TestADatabaseMissingBesideItsJournalIsNotAnEmptyOne(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, 3)
	if err := os.Remove(filepath.Join(dir, databaseName)); err != nil {
		t.Fatal(err)
	}
	if _, fresh := loads(t, mustOpen(t, dir, Options{}), "a/x"); !fresh {
		t.Fatal("the store was lost and nobody is told")
	}
}

func TestAMostlyEmptyDatabaseIsMadeSmallAtOpen(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	p := s.Pipeline("a/x")
	for n := range 15000 {
		register(t, p, n, false)
	}
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	for n := range 14000 {
		p.Forget(id(n))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := mustRead(t, dir)
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, databaseName))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	if err := mustOpen(t, dir, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	if after := size(); after > before/4 || len(asides(t, dir)) > 0 {
		t.Fatalf("%d bytes before, %d after", before, after)
	}
	sameOffsets(t, mustRead(t, dir), want)
}

func TestTheAgentIDOutlivesItsFileAndTheDatabase(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	want := s.AgentID()
	reopen := func(what string, f func(path string) error) {
		t.Helper()
		if err := errors.Join(s.Close(), f(filepath.Join(dir, agentIDName))); err != nil {
			t.Fatal(err)
		}
		if s = mustOpen(t, dir, Options{}); s.AgentID() != want {
			t.Fatalf("another id after: %s", what)
		}
	}
	reopen("nothing", func(string) error { return nil })
	reopen("file removed", os.Remove)
	reopen("file emptied", func(p string) error { return os.Truncate(p, 0) })
	reopen("digit changed", func(p string) error {
		b, err := os.ReadFile(p)
		b[3] ^= 1
		return errors.Join(err, os.WriteFile(p, b, 0o600))
	})
	reopen("database removed", func(string) error { return os.Remove(filepath.Join(dir, databaseName)) })
}

// small mounts a file system of its own on a folder.
func small(t *testing.T, flags uintptr, options string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func TestAFullDiskIsSaidAndHeals(t *testing.T) {
	dir := small(t, 0, "size=1m")
	var l logs
	o := l.options()
	o.Now = clock()
	s := mustOpen(t, dir, o)
	p := s.Pipeline("a/x")
	register(t, p, 1, false)
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for n := range 1000 {
		register(t, p, n, false)
		advance(p, id(n), 10)
		if n%100 == 0 {
			_ = s.commit()
		}
	}
	if s.Health() == nil || s.commit() == nil {
		t.Fatal("a full disk went unnoticed")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.commit(), s.Health()); err != nil {
		t.Fatal(err)
	}
	want := offsets(s.All())
	crash(s)
	sameOffsets(t, mustRead(t, dir), want)
	if _, fresh := loads(t, mustOpen(t, dir, o), "a/x"); fresh || len(asides(t, dir)) > 0 {
		t.Fatalf("a full disk damaged the store:\n%s", l.buf.String())
	}
}

func TestAReadOnlyFolderIsUsedAsFarAsItGoes(t *testing.T) {
	dir := small(t, 0, "size=4m")
	build(t, dir, 3)
	want := mustRead(t, dir)
	remount := func(flags uintptr) {
		t.Helper()
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|flags, "size=4m"); err != nil {
			t.Skipf("the file system cannot be made read-only: %v", err)
		}
	}
	remount(unix.MS_RDONLY)
	var l logs
	o := l.options()
	o.Now = clock()
	s := mustOpen(t, dir, o)
	sameOffsets(t, offsets(s.All()), want)
	if n, fresh := loads(t, s, "a/x"); n != 3 || fresh || s.Health() == nil || l.count("level=ERROR") == 0 {
		t.Fatalf("%d streams, fresh %v, %v", n, fresh, s.Health())
	}
	advance(s.Pipeline("a/x"), id(1), 10)
	remount(0)
	if err := errors.Join(s.commit(), s.Health()); err != nil {
		t.Fatal(err)
	}
	want = offsets(s.All())
	crash(s)
	sameOffsets(t, mustRead(t, dir), want)
}
