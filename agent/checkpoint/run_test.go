package checkpoint

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestChangesAreCommittedAtMostOnceInAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &faultyDisk{}
		s := mustOpen(t, t.TempDir(), Options{disk: d})
		p := s.Pipeline("a/x")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		register(t, p, 1, false)
		before := d.seen(&d.commits)
		start := time.Now()
		for time.Since(start) < 10*time.Second {
			advance(p, id(1), 1)
			<-time.After(10 * time.Millisecond)
		}
		synctest.Wait()
		if n := d.seen(&d.commits) - before; n < 9 || n > 10 {
			t.Errorf("%d commits in 10 s", n)
		}
		if age := time.Since(s.LastCommit()); age > time.Second {
			t.Errorf("the last commit was %v ago", age)
		}
		<-time.After(2 * time.Second)
		quiet := d.seen(&d.commits)
		<-time.After(time.Hour)
		if n := d.seen(&d.commits) - quiet; n != 0 {
			t.Errorf("%d commits while nothing changed", n)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAFloodOfAcknowledgementsIsWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		d := &faultyDisk{}
		s := mustOpen(t, dir, Options{disk: d})
		p := s.Pipeline("a/x")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		for n := range 10 {
			register(t, p, n, false)
		}
		<-time.After(slot)
		before := d.seen(&d.writes)
		for range 10_000 { // at one moment
			for n := range 10 {
				advance(p, id(n), 1)
			}
		}
		<-time.After(pendingFor)
		synctest.Wait()
		if n := d.seen(&d.writes) - before; n > burst+1 {
			t.Errorf("%d writes", n)
		}
		want := offsets(s.All())
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		crash(s)
		sameOffsets(t, mustRead(t, dir), want)
	})
}

func TestAfterAFailureCommitsAreTriedAgainWithoutAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l logs
		d := &faultyDisk{noTable: true, noJournal: true}
		o := l.options()
		o.disk = d
		s := mustOpen(t, t.TempDir(), o)
		if s.Health() == nil {
			t.Error("nothing can be written, and all looks well")
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		register(t, s.Pipeline("a/x"), 1, false)
		<-time.After(time.Hour)
		if n := d.seen(&d.commits); n < 300 || n > 500 {
			t.Errorf("%d attempts in an hour", n)
		}
		d.set(func() { d.noTable, d.noJournal = false, false })
		<-time.After(mostBackoff + time.Second)
		synctest.Wait()
		if err := s.Health(); err != nil {
			t.Error(err)
		}
		cancel()
		<-done
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
