package checkpoint

import (
	"runtime"
	"testing"

	"logskiff/readers"
	readfile "logskiff/readers/file"
	"logskiff/record"
)

// BenchmarkAdvance is one acknowledgement written to the journal at once.
func BenchmarkAdvance(b *testing.B) {
	o := Options{Now: clock()}
	s := mustOpen(b, b.TempDir(), o)
	p := s.Pipeline("nginx-access/ingest")
	register(b, p, 1, false)
	b.ReportAllocs()
	one := id(1)
	for n := int64(1); b.Loop(); n++ {
		p.Advance(one, record.Position{Offset: 100 + n}, 1, 0, 0)
	}
}

// BenchmarkAdvanceFlood is one of more than are written at once.
func BenchmarkAdvanceFlood(b *testing.B) {
	s := mustOpen(b, b.TempDir(), Options{})
	p := s.Pipeline("nginx-access/ingest")
	register(b, p, 1, false)
	b.ReportAllocs()
	one := id(1)
	for n := int64(1); b.Loop(); n++ {
		p.Advance(one, record.Position{Offset: 100 + n}, 1, 0, 0)
	}
}

// BenchmarkCommit is one transaction of 10 changed streams among 10,000.
func BenchmarkCommit(b *testing.B) {
	s := mustOpen(b, b.TempDir(), Options{})
	p := s.Pipeline("nginx-access/ingest")
	for n := range 10_000 {
		register(b, p, n, false)
	}
	if err := s.commit(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for n := range 10 {
			advance(p, id(n*997), 1)
		}
		if err := s.commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen reads 10,000 streams.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := mustOpen(b, dir, Options{})
	for n := range 10_000 {
		register(b, s.Pipeline("nginx-access/ingest"), n, false)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := mustOpen(b, dir, Options{}).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAnAcknowledgementAllocatesNothing(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{Now: clock()})
	p := s.Pipeline("nginx-access/ingest")
	register(t, p, 1, false)
	n, one := int64(100), id(1)
	if got := testing.AllocsPerRun(1000, func() {
		n++
		p.Advance(one, record.Position{Offset: n}, 1, 0, 0)
	}); got != 0 {
		t.Fatalf("%v allocations", got)
	}
}

func TestTenThousandStreamsStaySmall(t *testing.T) {
	const streams = 10_000
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	for n := range streams {
		c := checkpoint(n) // as most are: still there, whole, and found without a link
		is, err := readfile.IdentityOf(c.State)
		if err != nil {
			t.Fatal(err)
		}
		is = readfile.Identity{Device: is.Device, Inode: is.Inode, FingerLen: is.FingerLen, Finger: is.Finger, Modified: is.Modified}
		c.Known = readers.Known{Path: c.Path, Name: c.Path, Size: c.Size, State: is.State()}
		c.Skipped, c.Delivered, c.Quarantined, c.Lost = 0, c.Offset, 0, 0
		if err := s.Pipeline("a/x").Register(c, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	again := mustOpen(t, dir, Options{})
	each := (heap() - before) / streams
	t.Logf("%d bytes for each stream", each)
	if each > 240 {
		t.Fatalf("%d bytes for each stream", each)
	}
	runtime.KeepAlive(again)
	runtime.KeepAlive(s)
}
