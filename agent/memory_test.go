package agent

import (
	"runtime"
	"testing"
	"time"

	"logskiff/conf"
)

func TestAllSharesTogetherStayWithinThreeEighths(t *testing.T) {
	want := conf.Batch{Bytes: 1 << 20}
	for _, n := range []int{1, 2, 3, 10, 50, 90, 200, 500} {
		s := shareMemory(64<<20, n, want, 0)
		if s.batches < 2 || s.limits.Bytes < minBatch || s.limits.Lines < 32 {
			t.Errorf("%d pipelines: a share of %+v cannot work", n, s)
		}
		cost := s.limits.Bytes * batchCost
		if s.limits.Bytes < smallBatch {
			cost = fixedCost + smallCost*s.limits.Bytes
		}
		if all := n * s.batches * cost; all > 64<<20*3/8 {
			t.Errorf("%d pipelines may hold %d bytes of batches", n, all)
		}
	}
}

// Documents have some hundred bytes beside a line, so that a megabyte of short lines would be many of documents.
func TestABatchForASenderWithMuchBesideEachRecordHasFewer(t *testing.T) {
	for _, n := range []int{1, 3, 50, 200} {
		s := shareMemory(64<<20, n, conf.Batch{Bytes: 1 << 20}, 320)
		if s.limits.Lines < 8 || s.limits.Lines > 8 && s.limits.Lines*320 > s.limits.Bytes {
			t.Errorf("%d pipelines: %+v", n, s)
		}
		if few := shareMemory(64<<20, n, conf.Batch{Bytes: 1 << 20}, 1); few.limits.Lines > shareMemory(64<<20, n, conf.Batch{Bytes: 1 << 20}, 0).limits.Lines {
			t.Errorf("%d pipelines: more lines than usual: %+v", n, few)
		}
	}
}

func TestABatchIsNeverLargerThanAskedFor(t *testing.T) {
	s := shareMemory(1<<30, 1, conf.Batch{Bytes: 256 << 10, Lines: 10}, 0)
	if s.limits.Bytes != 256<<10 || s.limits.Lines != 10 {
		t.Fatalf("got %+v", s)
	}
}

func TestTheLeastMemoryIsEnough(t *testing.T) {
	for _, n := range []int{1, 50, 200, 1000, 5000} {
		least := leastMemory(n)
		s := shareMemory(least, n, conf.Batch{Bytes: 1 << 20}, 0)
		if all := n * s.batches * (fixedCost + smallCost*s.limits.Bytes); s.limits.Bytes < smallBatch && all > int(least)*3/8 {
			t.Errorf("%d pipelines: batches of %d bytes in all, %v are said to be enough", n, all, least)
		}
	}
	if least := leastMemory(200); least > 64<<20 {
		t.Errorf("200 pipelines need %v", least)
	}
}

// A collection does for all pipelines that are quiet, none is made for little, and whoever had one
// made asks again: its reader may be at work.
func TestMemoryIsGivenBackWhenItIsWorthIt(t *testing.T) {
	given := 0
	m := memory{free: func() { given++ }}
	start := time.Now()
	var garbage []byte
	allocate := func() { garbage = make([]byte, 256<<20) }
	try := func(now, want time.Duration, wantGiven int) {
		t.Helper()
		if wait := m.giveBack(start.Add(now)); wait != want || given != wantGiven {
			t.Errorf("at %v: wait %v, given back %d times; want %v, %d", now, wait, given, want, wantGiven)
		}
	}
	allocate()
	try(10*time.Second, betweenGiveBacks, 1)
	for range 200 { // of the other pipelines
		try(11*time.Second, betweenGiveBacks-time.Second, 1)
	}
	allocate()
	try(40*time.Second, betweenGiveBacks, 2)
	for range 200 {
		try(70*time.Second, 0, 2)
	}
	allocate()
	try(71*time.Second, betweenGiveBacks, 3)
	runtime.KeepAlive(garbage)
}
