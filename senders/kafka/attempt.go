package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"logskiff/senders"
	"logskiff/senders/httpclient"
)

// attempt is one Send under way.
type attempt struct {
	*endpoint
	p     *senders.Payload
	lane  *lane
	first identity // of the first record
	parts []*part
	items []senders.Item
	began time.Time
}

// failure is why records of a part are not delivered.
type failure struct {
	verdict
	key    string
	status int
	reason string
	wait   time.Duration
	lost   bool // no answer came
}

// run makes the attempt.
func (a *attempt) run(ctx context.Context) senders.Result {
	s := &a.lane.sorting
	a.prepare(s)
	s.sort(a.p, func(i int, what string) {
		a.items = append(a.items, senders.Item{Record: i, Class: senders.Refused,
			Reason: fmt.Sprintf("it has no %s: it lacks what the template names; {NAME:-default} gives it one", what)})
	})
	found, err := a.topics.find(ctx, a.wanted(s.names), time.Time{})
	if err != nil {
		return a.lostAll(ctx, err, "cannot learn which brokers have its topics")
	}
	for name, t := range found {
		if t.code != 0 {
			found[name] = a.askAgain(ctx, t)
		}
	}
	a.leaveOut(found)
	a.parts = s.parts(found, a.spread)
	if a.p.Waits != nil {
		for _, p := range a.parts {
			if key := p.key(); a.p.Waits(key) {
				p.failed = &failure{verdict: verdict{class: senders.Held}, key: key, reason: "partition " + key + " takes nothing at present"}
			}
		}
	}
	for a.round(ctx) {
	}
	return a.result()
}

// makes is how long brokers may take to create a topic.
const makes = 5 * time.Second

// askAgain asks about a topic that could not be used: it may be well by now, and nobody asks for it in between. Brokers that
// were asked to create it answer before it is there.
func (a *attempt) askAgain(ctx context.Context, t *topic) *topic {
	for {
		again, err := a.topics.find(ctx, []string{t.name}, a.began)
		if err != nil {
			return t
		}
		t = again[t.name]
		made := t.code != kerr.UnknownTopicOrPartition.Code && t.code != kerr.LeaderNotAvailable.Code
		if made || !a.cfg.AutoCreate || time.Since(a.began) > makes {
			return t
		}
		pause := time.NewTimer(50 * time.Millisecond)
		select {
		case <-ctx.Done():
			pause.Stop()
			return t
		case <-pause.C:
			t.stale.Store(true)
		}
	}
}

// prepare gives a lane the templates, which belong to one goroutine.
func (a *attempt) prepare(s *sorting) {
	if s.topic != nil {
		return
	}
	s.topic = a.topic.Clone()
	if a.key != nil {
		s.key = a.key.Clone()
	}
}

// key names a partition for people, and for who waits for it.
func (p place) key() string { return p.topic + "/" + strconv.Itoa(int(p.partition)) }

// wanted returns those names that nobody waits for.
func (a *attempt) wanted(names []string) []string {
	if a.p.Waits == nil {
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), a.p.Waits)
}

// leaveOut names the records of topics that are not used.
func (a *attempt) leaveOut(found map[string]*topic) {
	s := &a.lane.sorting
	why := make([]*senders.Item, len(s.names))
	for i, name := range s.names {
		t := found[name]
		switch {
		case t == nil:
			why[i] = &senders.Item{Class: senders.Held, Key: name, Reason: "topic " + name + " takes nothing at present"}
		case t.code != 0:
			v := verdictOf(t.code)
			f := failure{verdict: v, key: name, status: int(t.code), reason: "topic " + name + ": " + v.said(t.code, nil)}
			one := f.item(0)
			why[i] = &one
			delete(found, name)
		}
	}
	for i := range s.routes {
		r := &s.routes[i]
		if r.topic >= 0 && why[r.topic] != nil {
			one := *why[r.topic]
			one.Record = int(r.record)
			a.items = append(a.items, one)
		}
	}
}

// spread chooses the partition of records without a key: the same for the same records, whenever they come. One
// without a leader is passed by, unless it may have them.
func (a *attempt) spread(t *topic) int32 {
	n := int32(len(t.leaders))
	for at := range n {
		if _, ok := a.lane.doubted(place{t.name, at}, a.first); ok {
			return at
		}
	}
	from := int32(a.first.spreadOf() % uint32(n))
	for i := range n {
		at := (from + i) % n
		if t.leaders[at] >= 0 && (a.p.Waits == nil || !a.p.Waits(place{t.name, at}.key())) {
			return at
		}
	}
	return from
}

// open says whether there is anything left to send of a part.
func (p *part) open() bool { return p.failed == nil && p.at < len(p.routes) }

// round sends the next batch of each part. It reports whether there may be another one.
func (a *attempt) round(ctx context.Context) bool {
	if !slices.ContainsFunc(a.parts, (*part).open) {
		return false
	}
	if err := a.refresh(ctx); err != nil {
		a.failOpen(a.lost(ctx, err, "cannot learn which brokers have its topics"))
		return false
	}
	if a.lane.producer < 0 {
		if f := a.register(ctx); f != nil {
			a.failOpen(*f)
			return false
		}
	}
	a.lane.out = a.lane.out[:0]
	byLeader := map[int32]*request{}
	for _, p := range a.parts {
		if !p.open() {
			continue
		}
		leader := int32(-1)
		if int(p.place.partition) < len(p.leaders) {
			leader = p.leaders[p.place.partition]
		}
		if leader < 0 {
			p.failed = &failure{verdict: verdict{class: senders.Retry}, key: p.key(), reason: "partition " + p.key() + " has no leader"}
			p.stale.Store(true)
			continue
		}
		if err := a.make(ctx, p); err != nil {
			a.failOpen(a.lost(ctx, err, "cannot make a record batch"))
			return false
		}
		if byLeader[leader] == nil {
			byLeader[leader] = &request{broker: leader}
		}
		byLeader[leader].parts = append(byLeader[leader].parts, p)
	}
	a.number()
	a.exchange(ctx, byLeader)
	for _, r := range byLeader {
		a.heard(ctx, r)
	}
	return true
}

// refresh asks about topics whose brokers were found to be others.
func (a *attempt) refresh(ctx context.Context) error {
	var names []string
	for _, p := range a.parts {
		if p.open() && p.stale.Load() && !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	found, err := a.topics.find(ctx, names, time.Time{})
	if err != nil {
		return err
	}
	for _, p := range a.parts {
		t := found[p.name]
		if t == nil || !p.open() {
			continue
		}
		if p.topic = t; t.code != 0 {
			v := verdictOf(t.code)
			p.failed = &failure{verdict: v, key: p.keyFor(v), status: int(t.code), reason: "topic " + p.name + ": " + v.said(t.code, nil)}
		}
	}
	return nil
}

// keyFor returns what is held by what a verdict says.
func (p *part) keyFor(v verdict) string {
	if v.topic {
		return p.name
	}
	return p.key()
}

// register makes the lane a producer.
func (a *attempt) register(ctx context.Context) *failure {
	answer, err := a.askForProducer(ctx, a.client)
	if err == nil && answer.ErrorCode != 0 {
		v := verdictOf(answer.ErrorCode)
		v.unknown, v.whole = false, true
		return &failure{verdict: v, status: int(answer.ErrorCode), reason: "cannot get a producer id: " + v.said(answer.ErrorCode, nil)}
	}
	if err != nil {
		f := a.lost(ctx, err, "cannot get a producer id")
		f.unknown = false
		return &f
	}
	a.lane.begin(answer.ProducerID, answer.ProducerEpoch)
	return nil
}

// askForProducer asks for a producer id, which what is not transactional needs no name for.
func (e *endpoint) askForProducer(ctx context.Context, client *kgo.Client) (*kmsg.InitProducerIDResponse, error) {
	r := kmsg.NewPtrInitProducerIDRequest()
	r.TransactionTimeoutMillis = int32(e.cfg.Timeout.Std().Milliseconds())
	return r.RequestWith(ctx, client)
}

// number gives the batches of a round their numbers.
func (a *attempt) number() {
	l := a.lane
	for _, p := range a.parts {
		if !p.open() || p.batch == nil {
			continue
		}
		if d, ok := l.doubts[p.place]; ok && !p.repeats(d, a.identityAt(p)) {
			l.renew()
			break
		}
	}
	if l.producer < 0 {
		return // the epochs of its id are used up: the round comes to nothing, and the next takes another id
	}
	for _, p := range a.parts {
		if !p.open() || p.batch == nil {
			continue
		}
		p.sequence = l.next[p.place]
		if d, ok := l.doubts[p.place]; ok {
			p.sequence = d.sequence
		}
		seal(p.batch, l.producer, l.epoch, p.sequence)
	}
}

// repeats says whether the batch of p is the one that d is about.
func (p *part) repeats(d doubt, first identity) bool {
	return d.first == first && d.n == p.n && d.sum == p.sum
}

// identityAt returns what the first record of p's next batch is known by.
func (a *attempt) identityAt(p *part) identity {
	return identityOf(a.p.Batch, int(a.lane.sorting.routes[p.routes[p.at]].record))
}

// failOpen fails what is left.
func (a *attempt) failOpen(f failure) {
	for _, p := range a.parts {
		if p.open() {
			one := f
			one.key = p.key()
			p.failed = &one
		}
	}
}

// lost says what no answer means.
func (a *attempt) lost(ctx context.Context, err error, what string) failure {
	f := failure{verdict: verdict{class: senders.Retry, unknown: true}, lost: true, reason: what + ": " + a.why(ctx, err)}
	var kafka *kerr.Error
	if errors.As(err, &kafka) {
		f.verdict, f.status = verdictOf(kafka.Code), int(kafka.Code)
		f.unknown = true
		if f.class == senders.Delivered {
			f.class = senders.Retry
		}
		if f.advice != "" {
			f.reason += " (" + f.advice + ")"
		}
	}
	var dial *dialError
	if errors.As(err, &dial) {
		f.unknown = false
	}
	return f
}

// why says what an error means; ctx is that of the attempt.
func (a *attempt) why(ctx context.Context, err error) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s (timeout)", a.cfg.Timeout.Std())
	}
	return err.Error()
}

// lostAll is the result where nothing could be sent.
func (a *attempt) lostAll(ctx context.Context, err error, what string) senders.Result {
	f := a.lost(ctx, err, what)
	return senders.Result{Class: f.class, Status: f.status, Reason: httpclient.Clean(f.reason, a.hide)}
}

// item is what f means for a record.
func (f *failure) item(record int) senders.Item {
	one := senders.Item{Record: record, Class: f.class, Wait: f.wait, Status: f.status, Reason: f.reason}
	if f.class != senders.Refused && f.class != senders.TooLarge {
		one.Key = f.key
	}
	return one
}

// result says what came of all records.
func (a *attempt) result() senders.Result {
	var all *failure // what all records failed with
	taken, same := false, len(a.items) == 0
	for _, p := range a.parts {
		taken = taken || p.at > 0
		if p.failed == nil {
			continue
		}
		for _, i := range p.routes[p.at:] {
			a.items = append(a.items, p.failed.item(int(a.lane.sorting.routes[i].record)))
		}
		if all == nil || all.whole == p.failed.whole && all.lost == p.failed.lost {
			all = p.failed
		} else {
			same = false
		}
	}
	if same && !taken && all != nil && (all.lost || all.whole) && len(a.items) == a.p.Last-a.p.First {
		return senders.Result{Class: all.class, Wait: all.wait, Status: all.status, Reason: httpclient.Clean(all.reason, a.hide)}
	}
	slices.SortFunc(a.items, func(x, y senders.Item) int { return cmp.Compare(x.Record, y.Record) })
	said := map[string]string{} // so that the same reason is cleaned once
	for i := range a.items {
		reason, ok := said[a.items[i].Reason]
		if !ok {
			reason = httpclient.Clean(a.items[i].Reason, a.hide)
			said[a.items[i].Reason] = reason
		}
		a.items[i].Reason = reason
	}
	return senders.Partly(a.items)
}
