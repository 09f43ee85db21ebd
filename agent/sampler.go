package agent

import (
	"maps"
	"sync"
	"time"

	"logskiff/agent/api"
	"logskiff/agent/history"
	"logskiff/record"
)

// Asking for the lag means asking for all files. When nobody looks, it may take a thousandth of the time: after it took a
// while, it is not done again before a thousand times that, though at least once a minute. At rest, where there was none and
// nothing was read since, it may take a hundredth of that: 1,000 quiet files are to cost no more than 0.02 % of a core.
const (
	lagShare     = 1000
	lagMost      = time.Minute
	lagShareRest = 100_000
	lagMostRest  = 10 * time.Minute
)

// sampler notes, once a second while anything happens, how far the counters are that exist anyway. From that come rates,
// and the history that charts begin with.
type sampler struct {
	history *history.History
	rest

	mu        sync.Mutex
	last      time.Time // of the last sample
	round     int
	pipelines map[string]*pipelineRates
	endpoints map[[2]string]*endpointRates // by sender and endpoint
	senders   map[string]*senderRates
	lag       lagLook
	watch     faultWatch

	of   *Agent    // nil: nothing is said of what is wrong with an agent, or has begun
	said announcer // belongs to run
}

// lagLook is when the lag was asked for last.
type lagLook struct {
	at   time.Time
	took time.Duration
	read int64 // lines that had been read by then
	none bool  // there was no lag
}

// due tells whether it is to be asked for again when so many lines have been read.
func (l *lagLook) due(now time.Time, read int64) bool {
	wait := min(l.took*lagShare, lagMost)
	if l.none && read == l.read {
		wait = min(l.took*lagShareRest, lagMostRest)
	}
	return !now.Before(l.at.Add(wait))
}

// pipelineRates are what is kept of a pipeline between samples.
type pipelineRates struct {
	rates         // delivered lines, bytes and entries, lines that do not parse
	round         int
	units         api.Units // that it is known to count in
	lag           [record.Units]int64
	lagAge        time.Duration
	lost, refused int64
	lostAt        time.Time // zero: none was, since it started
	refusedAt     time.Time
	// Files that cannot be read, and folders that do not answer, when the lag was asked for.
	unreadable, away int
	problem          string
}

type endpointRates struct {
	rates // bytes, failures
	round int
}

type senderRates struct {
	rates // retries
	round int
}

const (
	nLines, nUnparsed, nAmounts = 0, 1, 2 // of a pipeline; from nAmounts on one for each unit
	nSent, nFailures            = 0, 1    // of an endpoint
	nRetries                    = 0       // of a sender
)

func newSampler(now time.Time) *sampler {
	return &sampler{
		history: history.New(now, history.Budget), rest: newRest(), last: now, pipelines: map[string]*pipelineRates{},
		endpoints: map[[2]string]*endpointRates{}, senders: map[string]*senderRates{}, watch: newWatch(),
	}
}

// sample takes one. It reports whether anything moves.
func (s *sampler) sample(all []*running, now time.Time) (moves bool) {
	s.lookAtLag(all, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.round++
	f := figures{sources: map[string]*sourceFigures{}, rows: map[history.Key][]float64{}}
	for _, r := range all {
		p, failed := r.get()
		k := s.pipeline(r.name)
		k.round = s.round
		s.watch.pipeline(r, p, failed, k, now)
		if p == nil {
			continue
		}
		moves = s.samplePipeline(r, p, k, now, &f) || moves
		if d := s.senders[r.sender.Name]; d == nil || d.round != s.round {
			s.sampleSender(r.sender.Name, p.sender, now, &f)
		}
	}
	maps.DeleteFunc(s.pipelines, func(_ string, r *pipelineRates) bool { return r.round != s.round })
	maps.DeleteFunc(s.endpoints, func(_ [2]string, r *endpointRates) bool { return r.round != s.round })
	maps.DeleteFunc(s.senders, func(_ string, r *senderRates) bool { return r.round != s.round })
	s.watch.done(now)
	s.history.Add(s.since(now), now, f.all())
	s.last = now
	return moves
}

// samplePipeline reports whether anything of it moves.
func (s *sampler) samplePipeline(r *running, p *Pipeline, k *pipelineRates, now time.Time, f *figures) bool {
	k.add(tallyOf(p, now))
	if lost := p.Stats.lost(); lost != k.lost {
		if k.lost = lost; lost > 0 {
			k.lostAt = now
		}
	}
	if refused := p.Stats.QuarantinedLines.Load(); refused != k.refused {
		if k.refused = refused; refused > 0 {
			k.refusedAt = now
		}
	}
	// A source with several senders is as its busiest and its most behind.
	f.source(r.source.Name, k)
	return k.moves(p)
}

func (s *sampler) sampleSender(name string, d *Sender, now time.Time, f *figures) {
	k := s.senders[name]
	if k == nil {
		k = &senderRates{}
		s.senders[name] = k
	}
	k.round = s.round
	k.add(tally{now, [nCounters]int64{d.Pool.Retries.Load()}})
	sum := 0.0
	all := d.Pool.Status()
	s.watch.sender(name, all)
	for _, e := range all {
		id := [2]string{name, e.Endpoint}
		one := s.endpoints[id]
		if one == nil {
			one = &endpointRates{}
			s.endpoints[id] = one
		}
		one.round = s.round
		one.add(tally{now, [nCounters]int64{e.Bytes, e.Failures}})
		sum += one.over(nSent, 1)
		f.most(history.Key{Kind: api.OfEndpoint, Name: name, Sub: e.Endpoint}, one.over(nSent, 1), one.over(nFailures, 1), float64(e.InFlight))
	}
	f.most(history.Key{Kind: api.OfSender, Name: name}, sum, k.over(nRetries, 1), float64(d.Pool.Queued()))
}

// pipeline returns what is kept of one. The caller holds mu.
func (s *sampler) pipeline(name string) *pipelineRates {
	k := s.pipelines[name]
	if k == nil {
		k = &pipelineRates{round: s.round}
		s.pipelines[name] = k
	}
	return k
}

// lookAtLag asks for the lag when that is due.
func (s *sampler) lookAtLag(all []*running, now time.Time) {
	read := int64(0)
	for _, r := range all {
		if p, _ := r.get(); p != nil {
			read += p.Stats.ReadLines.Load()
		}
	}
	s.mu.Lock()
	due := s.lag.due(now, read)
	s.mu.Unlock()
	if !due {
		return
	}
	began, none := time.Now(), true
	for _, r := range all {
		st := r.status(now)
		s.noteLag(st)
		none = none && !st.behind() && st.Lag == 0
	}
	took := time.Since(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = lagLook{at: now, took: took, read: read, none: none}
}

// noteLag keeps the lag of a pipeline, also for who asked for its status for another reason.
func (s *sampler) noteLag(p PipelineStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.pipeline(p.Name)
	k.lag[record.Bytes], k.lagAge, k.units = p.LagBytes, p.Lag, p.units()
	if p.Entries != nil {
		k.lag[record.Entries] = p.Entries.Lag
	}
	if k.unreadable, k.away, k.problem = p.ProblemFiles, p.AwayFolders, ""; len(p.Problems) > 0 {
		k.problem = p.Problems[0]
	}
}

// figures collects the rows of one sample.
type figures struct {
	sources map[string]*sourceFigures
	rows    map[history.Key][]float64 // of senders and endpoints
}

// sourceFigures are those of a source, in all units that there are.
type sourceFigures struct {
	units           api.Units
	lines, unparsed float64
	rate, lag       [record.Units]float64
	age             float64
}

// source adds one of a source's pipelines.
func (f *figures) source(name string, k *pipelineRates) {
	s := f.sources[name]
	if s == nil {
		s = &sourceFigures{}
		f.sources[name] = s
	}
	if s.units |= k.units; k.units == 0 { // as nearly all do, until its status was asked for once
		s.units = s.units.With(record.Bytes)
	}
	s.lines, s.unparsed, s.age = max(s.lines, k.over(nLines, 1)), max(s.unparsed, k.over(nUnparsed, 1)), max(s.age, k.lagAge.Seconds())
	for u := range s.rate {
		s.rate[u], s.lag[u] = max(s.rate[u], k.over(nAmounts+u, 1)), max(s.lag[u], float64(k.lag[u]))
	}
}

// values are in the order of api.Figures.
func (s *sourceFigures) values() []float64 {
	all := []float64{s.lines}
	all = s.ofUnits(all, s.rate)
	all = s.ofUnits(append(all, s.unparsed), s.lag)
	return append(all, s.age)
}

func (s *sourceFigures) ofUnits(all []float64, figures [record.Units]float64) []float64 {
	for u, v := range figures {
		if s.units.Has(record.Unit(u)) {
			all = append(all, v)
		}
	}
	return all
}

// most has a row say the larger of what it says and of these.
func (f *figures) most(k history.Key, values ...float64) {
	row := f.rows[k]
	if row == nil {
		f.rows[k] = values
		return
	}
	for i, v := range values {
		row[i] = max(row[i], v)
	}
}

func (f *figures) all() []history.Figures {
	all := make([]history.Figures, 0, len(f.sources)+len(f.rows))
	for name, s := range f.sources {
		all = append(all, history.Figures{Key: history.Key{Kind: api.OfSource, Name: name}, Shape: uint8(s.units), Values: s.values()})
	}
	for k, v := range f.rows {
		all = append(all, history.Figures{Key: k, Values: v})
	}
	return all
}
