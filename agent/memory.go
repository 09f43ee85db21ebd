package agent

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"logskiff/conf"
	"logskiff/record"
)

const (
	// batchCost is what one batch may take for each byte of text it holds: the
	// text, the encoded body and its compressed form, and the descriptors. nginx
	// lines as fields take 3.6 times their text.
	batchCost = 4
	// A batch below smallBatch takes fixedCost however little it holds, and more for
	// each byte: slices grow in steps.
	smallBatch = 32 << 10
	smallCost  = 6
	fixedCost  = 12 << 10
	minBatch   = 2 << 10
	// pipelineCost is what a pipeline takes beside its batches: goroutines, maps,
	// buffers. processCost is what an agent takes without any.
	pipelineCost = 144 << 10
	processCost  = 24 << 20
	// maxSegments keeps a batch's header below wire.MaxHeader.
	maxSegments = 24
)

// share is what one pipeline may hold: so many batches of such a size.
type share struct {
	batches int
	limits  record.Limits
}

// shareMemory says how much one of n pipelines may hold.
// Three eighths of the agent's memory are batches, divided evenly, so that a
// dead sender can fill its own share and no more; the rest is for the Go
// runtime, connections, compressors and what the readers know of their files. beside is how many bytes a record takes in
// a body beside itself (senders.Sender): where that is much there are fewer in a batch, so that short lines do not make long bodies.
func shareMemory(memory conf.Size, n int, want conf.Batch, beside int) share {
	bytes := int(memory) * 3 / 8 / max(n, 1)
	if size := min(int(want.Bytes), bytes/batchCost/3); size >= smallBatch {
		return shareOf(max(2, bytes/batchCost/size), size, linesOf(size, beside, max(1024, size/64)), want)
	}
	size := min(int(want.Bytes), max(minBatch, (bytes/3-fixedCost)/smallCost))
	return shareOf(max(2, bytes/(fixedCost+smallCost*size)), size, linesOf(size, beside, max(32, size/32)), want)
}

// linesOf returns how many records of beside bytes take no more than the text of a batch does, and at most usual.
func linesOf(size, beside, usual int) int {
	if beside == 0 {
		return usual
	}
	return min(usual, max(8, size/beside))
}

func shareOf(batches, bytes, lines int, want conf.Batch) share {
	if want.Lines != 0 {
		lines = want.Lines
	}
	return share{batches: batches, limits: record.Limits{Bytes: bytes, Lines: lines, Segments: maxSegments}}
}

// leastMemory returns what agent.memory must be for n pipelines to stay within it.
func leastMemory(n int) conf.Size {
	least := n * 2 * (fixedCost + smallCost*minBatch) * 8 / 3 // so that three eighths are their batches
	return roundUp(int64(max(least, n*pipelineCost+processCost)))
}

// LimitMemory tells the Go runtime to stay below the configured bound, from the start
// on; what an agent holds may raise that: see limit.go. It holds for the whole process. The path makes next to no garbage, so collecting early
// costs nothing, and keeps batches from being counted twice: 51 MiB at the peak
// of nginx lines instead of 61.
func LimitMemory(memory conf.Size) {
	debug.SetMemoryLimit(int64(memory) * 7 / 8)
	debug.SetGCPercent(30)
}

// memory gives what the Go runtime keeps for later back to the system.
type memory struct {
	mu        sync.Mutex
	next      time.Time // not before
	allocated uint64    // bytes, ever, when it was done last
	free      func()    // debug.FreeOSMemory, or a test's; nil: that
}

const (
	betweenGiveBacks = 30 * time.Second
	// worthGiving is how much must have been allocated since it was done last, in bytes, and how
	// many times of it is in use at the most: giving back is a collection, which takes longer the
	// more is held.
	worthGiving      = 4 << 20
	worthGivingTimes = 4
)

// giveBack is for moments when a pipeline has gone quiet: after the first look at
// 100,000 files, say, which leaves more garbage than is held, and nothing would ever
// collect it. It costs a millisecond or two for each 1,000 files, so it works at most once in
// betweenGiveBacks, and not for little. It returns when it wants to be asked again, since a pipeline can be
// quiet while its reader works; 0: it found nothing to speak of.
func (m *memory) giveBack(now time.Time) (wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if wait := m.next.Sub(now); wait > 0 {
		return wait
	}
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(samples)
	allocated, used := samples[0].Value.Uint64(), samples[1].Value.Uint64()
	if allocated-m.allocated < max(worthGiving, used/worthGivingTimes) {
		return 0
	}
	m.allocated, m.next = allocated, now.Add(betweenGiveBacks)
	if m.free == nil {
		runtime.GC() // what lies in a sync.Pool, such as the store's pages, is let go of by the second
		debug.FreeOSMemory()
	} else {
		m.free()
	}
	return betweenGiveBacks
}
