package sink

import (
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"logskiff/bench/gen"
)

// Config says what is to arrive.
type Config struct {
	Kind  Kind
	Lines uint64 // lines 0 to Lines-1
	// Exact says that the lines come from one file of all lines, so that each
	// record's "_offset" is known.
	Exact bool
}

// Report is what arrived. Its times are of Mono, 0 when it did not happen.
type Report struct {
	Event    string // "ready", "done", "report": why it is made
	Addrs    []string
	Expected uint64
	Unique   uint64 // lines that arrived, each counted once
	Repeated uint64 // lines that arrived once more
	Altered  uint64 // records that are no line
	Loose    uint64 // lines in another form with the same content; counted in Unique too
	// BadHeaders is the number of batches whose header names another number of
	// records than their body holds.
	BadHeaders uint64
	Requests   uint64
	WireBytes  uint64   // of bodies, as they came
	First      int64    // when the first body began
	Done       int64    // when the last line was verified
	CPU        float64  // seconds that the process used since it was ready
	Missing    []uint64 // the first few
	Examples   []string // of altered records
	Waited     []int64  // kinds Latency and Stamped: nanoseconds each line took, in their order
}

// Good reports whether each line arrived as it was, repeats aside.
func (r *Report) Good() bool {
	return r.Unique == r.Expected && r.Altered == 0 && r.BadHeaders == 0
}

// Ledger counts what arrives, over all connections.
type Ledger struct {
	Expected uint64
	kind     Kind
	offset   bool // ndjson records begin with "_offset"
	exact    bool
	set      *gen.Set // what is compared with
	lines    *gen.Set // likewise in bodies of bare lines; nil: none are taken
	file     *gen.Set // what the file holds
	bare     *gen.Set // kind Stamped: the same, without newlines
	seen     *seen
	cpu0     float64
	done     chan struct{} // closed when every line is there

	mu     sync.Mutex
	report Report
	stamps []stamp
}

// NewLedger returns a ledger for what c describes.
func NewLedger(c Config) (*Ledger, error) {
	shape, offset, err := c.Kind.shape()
	if err != nil {
		return nil, err
	}
	l := &Ledger{
		Expected: c.Lines, kind: c.Kind, offset: offset, exact: c.Exact,
		set: gen.NewSet(shape), seen: newSeen(c.Lines), done: make(chan struct{}),
	}
	if c.Kind == Either {
		l.lines = gen.NewSet(gen.Combined)
	}
	l.file = gen.NewSet(map[bool]gen.Shape{true: gen.JSONLog, false: gen.Combined}[c.Kind == JSON])
	if c.Kind == Stamped {
		l.bare = gen.NewSet(gen.Bare)
	}
	l.cpu0 = cpuSeconds()
	return l, nil
}

// Done is closed when every line expected has arrived.
func (l *Ledger) Done() <-chan struct{} { return l.done }

// begin notes that a body is coming in.
func (l *Ledger) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.report.First == 0 {
		l.report.First = Mono()
	}
}

// commit counts what f took. headerOK says whether the batch header agreed.
func (l *Ledger) commit(f *feed, wireBytes int64, headerOK bool) {
	unique := l.seen.add(f.runs)
	now := Mono()
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.report
	r.Requests++
	r.WireBytes += uint64(wireBytes)
	r.Altered += uint64(f.nbad)
	r.Loose += uint64(f.loose)
	if !headerOK {
		r.BadHeaders++
	}
	if room := 3 - len(r.Examples); room > 0 {
		r.Examples = append(r.Examples, f.bad[:min(room, len(f.bad))]...)
	}
	l.stamps = append(l.stamps, f.stamps...)
	if unique == l.Expected && r.Done == 0 {
		r.Done = now
		close(l.done)
	}
	f.reset()
}

// Report returns what has arrived by now.
func (l *Ledger) Report(event string) *Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.report
	r.Event, r.Expected, r.CPU = event, l.Expected, cpuSeconds()-l.cpu0
	r.Examples = slices.Clone(r.Examples)
	r.Missing = l.seen.missing(10)
	l.seen.mu.Lock()
	r.Unique, r.Repeated = l.seen.unique, l.seen.repeated
	l.seen.mu.Unlock()
	for _, s := range l.stamps {
		r.Waited = append(r.Waited, s.waited)
	}
	return &r
}

func cpuSeconds() float64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic("BUG: " + err.Error()) // Linux always has it
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
