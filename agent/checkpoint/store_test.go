package checkpoint

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"logskiff/readers"
	readfile "logskiff/readers/file"
	"logskiff/record"
)

func TestEverythingIsThereAfterAnOrderlyStop(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	want := map[record.StreamID]readers.Checkpoint{}
	for n := range 300 {
		c := register(t, s.Pipeline("a/x"), n, false)
		want[c.ID] = c
	}
	register(t, s.Pipeline("b/x"), 1, false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, dir, Options{})
	got, fresh := loaded(again.Pipeline("a/x"))
	if fresh || len(got) != len(want) {
		t.Fatalf("%d checkpoints, fresh %v", len(got), fresh)
	}
	for _, c := range got {
		if !reflect.DeepEqual(c, want[c.ID]) {
			t.Fatalf("got  %+v\nwant %+v", c, want[c.ID])
		}
	}
	if all := again.All(); len(all) != 301 {
		t.Fatalf("All lists %d", len(all))
	}
	if again.AgentID() != s.AgentID() || s.AgentID() == ([16]byte{}) {
		t.Fatal("the agent's id changed")
	}
}

func TestAKillLosesNothingThatWasWritten(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	p := s.Pipeline("a/x")
	for n := range 10 {
		register(t, p, n, false)
	}
	advance(p, id(3), 50)
	p.Lose(id(4), 11, "a test")
	p.Forget(id(5), id(99))
	identity := checkpoint(6).Known
	identity.Name = "/elsewhere"
	_ = p.Update(id(6), identity, false)
	want := s.All()
	crash(s)
	got, err := Read(dir)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v, %v", got, want, err)
	}
	again := mustOpen(t, dir, Options{})
	if got := again.All(); !reflect.DeepEqual(got, want) {
		t.Fatalf("opened: got  %+v\nwant %+v", got, want)
	}
	if _, fresh := again.Pipeline("a/x").Load(); fresh {
		t.Fatal("a kill made the store fresh")
	}
}

func TestASecondProcessIsToldAtOnceWhatIsLocked(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	register(t, s.Pipeline("a/x"), 1, false)
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("got %v", err)
	}
	if _, err := Read(dir); !errors.Is(err, ErrLocked) {
		t.Fatalf("Read: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(mustRead(t, dir)) != 1 {
		t.Fatal("the store was changed by those who found it locked")
	}
}

func TestADatabaseThatAnotherProgramHasOpenIsLocked(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, 1)
	path := filepath.Join(dir, databaseName)
	other, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v", err)
	}
}

func TestTwoThatStartAtOnceInAnEmptyFolderDoNotShareIt(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		stores, errs := [2]*Store{}, [2]error{}
		var both sync.WaitGroup
		for i := range stores {
			both.Go(func() {
				if stores[i], errs[i] = Open(dir, Options{}); errs[i] == nil {
					errs[i] = stores[i].Close()
				}
			})
		}
		both.Wait()
		if err := errors.Join(errs[0], errs[1]); err != nil {
			t.Fatal(err) // the second waits as long as the first has it
		}
		if stores[0].AgentID() != stores[1].AgentID() || len(asides(t, dir)) > 0 {
			t.Fatal("they got in each other's way")
		}
	}
}

func TestReadOfAFolderWithoutAStoreIsEmpty(t *testing.T) {
	if got := mustRead(t, t.TempDir()); len(got) != 0 {
		t.Fatalf("got %v", got)
	}
}

func TestTheLedgerAlwaysAddsUp(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	p := s.Pipeline("a/x")
	check := func(offset int64) {
		t.Helper()
		cps, _ := loaded(p)
		if len(cps) != 1 || addsUp(&cps[0]) != nil || cps[0].Offset != offset {
			t.Fatalf("want offset %d: %+v", offset, cps)
		}
	}
	register(t, p, 1, false)
	check(100)
	p.Advance(id(1), record.Position{Offset: 120, Anchor: record.Anchor{Len: 5, Sum: 9}}, 15, 5, 0)
	check(120)
	p.Lose(id(1), 30, "gone") // while [120,140) is in flight
	check(150)
	p.Advance(id(1), record.Position{Offset: 140, Anchor: record.Anchor{Len: 5, Sum: 9}}, 20, 0, 0)
	check(170)
	if cps, _ := loaded(p); cps[0].Anchor != (record.Anchor{}) {
		t.Fatal("an anchor of other bytes than those before the cursor was kept")
	}
	p.Advance(id(1), record.Position{Offset: 180}, 3, 0, 7)
	check(180)
	if cps, _ := loaded(p); cps[0].Skipped != checkpoint(1).Skipped+7 {
		t.Fatalf("%d bytes count as skipped", cps[0].Skipped)
	}
	if err := s.Health(); err != nil {
		t.Fatal(err)
	}
	bad := checkpoint(2)
	bad.Lost++
	if err := p.Register(bad, false); err == nil {
		t.Fatal("a stream whose ledger does not add up was taken")
	}
	check(180)
	register(t, p, 3, false)
	want := Ledger{Streams: 2}
	cps, _ := loaded(p)
	for _, c := range cps {
		want.Delivered += c.Delivered
		want.Skipped += c.Skipped
		want.Quarantined += c.Quarantined
		want.Lost += c.Lost
	}
	if got := p.Ledger(); got != [record.Units]Ledger{record.Bytes: want} || want.Lost == 0 || want.Quarantined == 0 || len(cps) != 2 {
		t.Errorf("all streams together: %+v, want %+v", got, want)
	}
}

func TestAnAcknowledgementThatLeavesAGapIsRefusedLoudly(t *testing.T) {
	var l logs
	s := mustOpen(t, t.TempDir(), l.options())
	p := s.Pipeline("a/x")
	register(t, p, 1, false)
	for range 3 {
		p.Advance(id(1), record.Position{Offset: 150}, 20, 0, 0)
	}
	if cps, _ := loaded(p); cps[0].Offset != 100 {
		t.Fatalf("the cursor passed bytes that nobody acknowledged: %+v", cps[0])
	}
	if s.Health() == nil || l.count("BUG: ") != 1 {
		t.Fatalf("health %v, said %d times", s.Health(), l.count("BUG: "))
	}
}

func TestForgottenStreamsLeaveTheDatabase(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	p := s.Pipeline("a/x")
	for n := range 5 {
		register(t, p, n, false)
	}
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	p.Forget(id(0), id(1), id(2))
	register(t, p, 2, false) // met again after all
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sameOffsets(t, mustRead(t, dir), map[string]int64{
		"a/x " + id(2).String(): 100, "a/x " + id(3).String(): 100, "a/x " + id(4).String(): 100,
	})
}

func TestADurableUpdateIsThereAfterAKill(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{Now: clock()})
	p := s.Pipeline("a/b")
	var want []readers.Known
	for n := range 3 {
		i := register(t, p, n, false).Known
		is, err := readfile.IdentityOf(i.State)
		if err != nil {
			t.Fatal(err)
		}
		is.Cut = int64(1000 + n)
		i.State = is.State()
		want = append(want, i)
		if err := p.Update(id(n), i, n == 2); err != nil {
			t.Fatal(err)
		}
	}
	crash(s)
	again := mustOpen(t, dir, Options{Now: clock()}).Pipeline("a/b")
	all, _ := loaded(again)
	for _, c := range all {
		is, err := readfile.IdentityOf(c.State)
		n := int(is.Cut - 1000)
		if err != nil || n < 0 || n > 2 || c.ID != id(n) || c.Known != want[n] {
			t.Fatalf("got %+v", c)
		}
	}
	if len(all) != 3 {
		t.Fatalf("%d streams", len(all))
	}
}
