package checkpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func TestADatabaseThatTakesNothingIsSaidOnceAndCatchesUp(t *testing.T) {
	dir := t.TempDir()
	var l logs
	d := &faultyDisk{}
	s := mustOpen(t, dir, d.options(&l))
	p := s.Pipeline("a/x")
	register(t, p, 1, false)
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	d.set(func() { d.noTable = true })
	register(t, p, 2, false)
	for range 5 {
		advance(p, id(1), 10)
		if s.commit() == nil {
			t.Fatal("a commit that failed looks well")
		}
	}
	p.Forget(id(2))
	if s.Health() == nil || l.count("level=ERROR") != 1 {
		t.Fatalf("health %v, said %d times", s.Health(), l.count("level=ERROR"))
	}
	d.set(func() { d.noTable = false })
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	if err := s.Health(); err != nil || l.count("again") != 2 { // "trying again", "stored again"
		t.Fatalf("health %v\n%s", err, l.buf.String())
	}
	crash(s)
	sameOffsets(t, mustRead(t, dir), map[string]int64{"a/x " + id(1).String(): 150})
}

func TestWhileTheDatabaseTakesNothingAKillStillLosesNothing(t *testing.T) {
	dir := t.TempDir()
	var l logs
	d := &faultyDisk{}
	s := mustOpen(t, dir, d.options(&l))
	p := s.Pipeline("a/x")
	d.set(func() { d.noTable = true })
	want := map[string]int64{}
	for n := range 20 {
		register(t, p, n, false)
		advance(p, id(n), int64(n+1))
		_ = s.commit()
		want["a/x "+id(n).String()] = int64(101 + n)
	}
	crash(s)
	sameOffsets(t, mustRead(t, dir), want)
}

func TestAJournalThatGrowsTooLongIsRewritten(t *testing.T) {
	dir := t.TempDir()
	var l logs
	d := &faultyDisk{}
	s := mustOpen(t, dir, d.options(&l))
	p := s.Pipeline("a/x")
	register(t, p, 1, false)
	register(t, p, 2, false)
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	d.set(func() { d.noTable = true })
	p.Forget(id(2))
	for range 2 {
		for s.journal.size() < compactAt {
			long := checkpoint(1).Known
			long.Name = strings.Repeat("long/", 50_000+int(s.journal.size()%7))
			_ = p.Update(id(1), long, false)
			_ = p.Update(id(1), checkpoint(1).Known, false)
			advance(p, id(1), 1)
		}
		_ = s.commit()
		if n := s.journal.size(); n > 1000 {
			t.Fatalf("the journal has %d bytes for one stream", n)
		}
		advance(p, id(1), 1)
	}
	want := offsets(s.All())
	if want["a/x "+id(1).String()] < 130 || len(want) != 1 {
		t.Fatalf("the test did not do what it should: %v", want)
	}
	crash(s)
	sameOffsets(t, mustRead(t, dir), want)
	again := mustOpen(t, dir, d.options(&l))
	if _, fresh := again.Pipeline("a/x").Load(); fresh {
		t.Fatal("a rewritten journal was taken for one with a hole")
	}
}

func TestWithNothingWritableItGoesOnInMemoryAndStoresAllLater(t *testing.T) {
	dir := t.TempDir()
	var l logs
	d := &faultyDisk{}
	s := mustOpen(t, dir, d.options(&l))
	p := s.Pipeline("a/x")
	register(t, p, 1, false)
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	d.set(func() { d.noTable, d.noJournal = true, true })
	register(t, p, 2, false)
	if p.Register(checkpoint(3), true) == nil {
		t.Fatal("a stream that a power cut would forget was called durable")
	}
	for range 100 {
		advance(p, id(1), 1)
	}
	_ = s.commit()
	if n := l.count("level=ERROR"); s.Health() == nil || n != 2 {
		t.Fatalf("health %v, said %d times:\n%s", s.Health(), n, l.buf.String())
	}
	d.set(func() { d.noJournal = false }) // the database still fails
	_ = s.commit()
	want := offsets(s.All())
	if len(want) != 3 {
		t.Fatalf("got %v", want)
	}
	// The journal alone has it all now.
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, filepath.Base(f)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sameOffsets(t, mustRead(t, copied), want)

	d.set(func() { d.noTable = false })
	if err := s.commit(); err != nil || s.Health() != nil {
		t.Fatalf("%v %v", err, s.Health())
	}
	advance(p, id(2), 7)
	want = offsets(s.All())
	crash(s)
	sameOffsets(t, mustRead(t, dir), want)
}

func TestAPanicInTheDatabaseCostsNothing(t *testing.T) {
	dir := t.TempDir()
	var l logs
	d := &faultyDisk{}
	s := mustOpen(t, dir, d.options(&l))
	p := s.Pipeline("a/x")
	register(t, p, 1, false)
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	advance(p, id(1), 10)
	d.set(func() { d.panics = true })
	if s.commit() == nil {
		t.Fatal("a panic went unnoticed")
	}
	register(t, p, 2, false)
	if err := s.commit(); err != nil || s.Health() != nil {
		t.Fatalf("%v %v", err, s.Health())
	}
	if n := len(asides(t, dir)); n != 1 {
		t.Fatalf("%d files were set aside", n)
	}
	want := offsets(s.All())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sameOffsets(t, mustRead(t, dir), want)
	if _, fresh := mustOpen(t, dir, Options{}).Pipeline("a/x").Load(); fresh {
		t.Fatal("all was in memory, yet the store is fresh")
	}
}

func TestAFolderThatIsRemovedUnderTheAgentIsMadeAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	var l logs
	s := mustOpen(t, dir, (&faultyDisk{}).options(&l))
	p := s.Pipeline("a/x")
	register(t, p, 1, false)
	if err := s.commit(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	advance(p, id(1), 1)
	if err := s.commit(); err != nil || s.Health() != nil {
		t.Fatalf("%v %v", err, s.Health())
	}
	advance(p, id(1), 1)
	want := offsets(s.All())
	crash(s)
	sameOffsets(t, mustRead(t, dir), want)
}

func TestManyDurableRegistersShareSyncs(t *testing.T) {
	d := &faultyDisk{}
	var l logs
	s := mustOpen(t, t.TempDir(), d.options(&l))
	p := s.Pipeline("a/x")
	var all sync.WaitGroup
	s.syncing.Lock() // until all of them wait, so that they cannot come one by one
	for n := range 50 {
		all.Go(func() { register(t, p, n, true) })
	}
	for {
		if cps, _ := loaded(p); len(cps) == 50 {
			break
		}
	}
	s.syncing.Unlock()
	all.Wait()
	if n := d.seen(&d.syncs); n > 2 {
		t.Fatalf("%d syncs for 50 streams", n)
	}
}

func TestASyncThatFailsIsMadeUpForByTheDatabase(t *testing.T) {
	dir := t.TempDir()
	d := &faultyDisk{}
	var l logs
	s := mustOpen(t, dir, d.options(&l))
	d.set(func() { d.noSync = true })
	register(t, s.Pipeline("a/x"), 1, true)
	crash(s)
	if err := d.cut(0); err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, dir); len(got) != 1 {
		t.Fatalf("a durable stream did not survive: %v", got)
	}
}

func TestWhatIsDurableSurvivesAPowerCut(t *testing.T) {
	for _, keep := range []int{0, 1, 30, 200, 1 << 20} {
		t.Run(fmt.Sprint(keep), func(t *testing.T) {
			dir := t.TempDir()
			d := &faultyDisk{most: 1 + keep%7}
			var l logs
			durable := map[int]int64{}
			for round := range 6 {
				s := mustOpen(t, dir, d.options(&l))
				p := s.Pipeline("a/x")
				for n := range 20 {
					stream := round*20 + n
					register(t, p, stream, n%3 == 0)
					if n%3 == 0 {
						durable[stream] = 100
					}
					advance(p, id(stream), 10)
					if n == 5 || n == 11 && round%2 == 0 {
						if err := s.commit(); err != nil {
							t.Fatal(err)
						}
						for m := range n + 1 {
							durable[round*20+m] = 110
						}
					}
				}
				crash(s)
				if err := d.cut(keep); err != nil {
					t.Fatal(err)
				}
				got := mustRead(t, dir)
				for n, offset := range durable {
					if g, ok := got["a/x "+id(n).String()]; !ok || g < offset {
						t.Fatalf("round %d: stream %d was durable at %d and is at %d (%v)", round, n, offset, g, ok)
					}
				}
			}
		})
	}
}

func TestManyAtOnceAgreeWithWhatIsRead(t *testing.T) {
	dir := t.TempDir()
	d := &faultyDisk{most: 5}
	var l logs
	s := mustOpen(t, dir, d.options(&l))
	var all sync.WaitGroup
	for g := range 4 {
		p := s.Pipeline(fmt.Sprintf("p/%d", g%2))
		all.Go(func() {
			for n := range 150 {
				stream := g*1000 + n%30
				_ = p.Register(checkpoint(stream), n%50 == 0) // durable ones fail when nothing can be written
				advance(p, id(stream), 3)
				p.Lose(id(stream), 1, "test")
				if n%7 == g {
					p.Forget(id(stream))
				}
			}
		})
	}
	all.Go(func() {
		for n := range 60 {
			d.set(func() { d.noTable, d.noJournal = n%5 == 1, n%5 >= 3 })
			_ = s.commit()
		}
		d.set(func() { d.noTable, d.noJournal = false, false })
	})
	all.Wait()
	want := s.All()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%v: read %d, want %d", err, len(got), len(want))
	}
}
