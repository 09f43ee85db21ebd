package kafka

import (
	"context"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"logskiff/senders"
)

// maxPlain bounds the records of a batch before they are compressed: consumers hold them at once.
const maxPlain = 8 << 20

// ratio is how many bytes became one when records were last compressed.
type ratio struct{ bits atomic.Uint64 }

func (r *ratio) get() float64 { return max(1, math.Float64frombits(r.bits.Load())) }

// learn follows it down at once, and up slowly.
func (r *ratio) learn(plain, packed int) {
	if plain < 4096 {
		return // a few short lines say little
	}
	seen, was := float64(plain)/float64(packed), r.get()
	r.bits.Store(math.Float64bits(min(seen, was*1.5)))
}

// make makes the next batch of a part: as many of its records as fit, or as are in doubt.
func (a *attempt) make(ctx context.Context, p *part) error {
	press, err := a.presses.take(ctx)
	if err != nil {
		return err
	}
	defer a.presses.give(press)
	most, limit := p.most, p.largest(int(a.cfg.MaxMessage))
	d, again := a.lane.doubted(p.place, a.identityAt(p))
	if again = again && d.n <= len(p.routes)-p.at; again {
		most = d.n
	}
	for {
		want := min(int(float64(limit-headSize)*0.95*a.ratio.get()), maxPlain)
		if a.codec == noCodec {
			want = limit - headSize
		}
		if again {
			want = math.MaxInt
		}
		var h head
		press.plain, h = a.plain(press.plain[:0], p, most, want)
		h.codec = a.codec
		from := len(a.lane.out)
		a.lane.out = press.Append(h.append(a.lane.out), press.plain)
		p.batch, p.n = a.lane.out[from:], h.n
		p.sum = crc32.Checksum(p.batch[headSize:], castagnoli)
		p.batch = p.batch[:len(p.batch):len(p.batch)]
		a.ratio.learn(len(press.plain), len(p.batch))
		if len(p.batch) <= limit || p.n == 1 || again {
			return nil
		}
		a.lane.out = a.lane.out[:from]
		most = p.n / 2
	}
}

// plain appends records of a part to dst: at most so many (0: all), and, beyond the first, while they are want bytes or less.
func (a *attempt) plain(dst []byte, p *part, most, want int) ([]byte, head) {
	s, b := &a.lane.sorting, a.p.Batch
	rest := p.routes[p.at:]
	if most > 0 && most < len(rest) {
		rest = rest[:most]
	}
	headers := newHeaders(a.cfg.Headers)
	headers.made = a.lane.headerRoom[:0]
	streams := b.Streams()
	var h head
	for _, i := range rest {
		route := &s.routes[i]
		r := &b.Records[route.record]
		headers.of(streams.Of(int(route.record)))
		value, _ := valueIn(a.p, int(route.record))
		at := timestamp(b, r)
		if h.n == 0 {
			h.firstAt, h.mostAt = at, at
		}
		one := kafkaRecord{key: s.keyOf(route), value: value, offset: r.Offset, delta: at - h.firstAt, index: h.n}
		before := len(dst)
		dst = one.append(dst, &headers)
		if h.n > 0 && len(dst) > want {
			dst = dst[:before]
			break
		}
		h.mostAt = max(h.mostAt, at)
		h.n++
	}
	a.lane.headerRoom = headers.made
	return dst, h
}

// request is what one broker is asked, and what it answered.
type request struct {
	broker int32
	parts  []*part
	answer *kmsg.ProduceResponse
	err    error
}

// exchange asks the brokers, all at once.
func (a *attempt) exchange(ctx context.Context, all map[int32]*request) {
	if a.lane.producer < 0 {
		return
	}
	var asked sync.WaitGroup
	for _, r := range all {
		asked.Go(func() { r.answer, r.err = a.ask(ctx, r) })
	}
	asked.Wait()
}

// ask sends a request to its broker, once.
func (a *attempt) ask(ctx context.Context, r *request) (*kmsg.ProduceResponse, error) {
	q := kmsg.NewPtrProduceRequest()
	q.Acks = -1
	q.TimeoutMillis = int32(a.cfg.Timeout.Std().Milliseconds())
	if until, ok := ctx.Deadline(); ok {
		q.TimeoutMillis = max(1, int32(time.Until(until).Milliseconds()))
	}
	for _, p := range r.parts {
		at := slices.IndexFunc(q.Topics, func(t kmsg.ProduceRequestTopic) bool { return t.Topic == p.name })
		if at < 0 {
			t := kmsg.NewProduceRequestTopic()
			t.Topic, t.TopicID = p.name, p.id
			q.Topics, at = append(q.Topics, t), len(q.Topics)
		}
		one := kmsg.NewProduceRequestTopicPartition()
		one.Partition, one.Records = p.place.partition, p.batch
		q.Topics[at].Partitions = append(q.Topics[at].Partitions, one)
	}
	answer, err := a.client.Broker(int(r.broker)).Request(ctx, q)
	if err != nil {
		return nil, err
	}
	said, ok := answer.(*kmsg.ProduceResponse)
	if !ok {
		return nil, fmt.Errorf("broker %d answers with %T", r.broker, answer)
	}
	return said, nil
}

// heard settles the batches of a request by what was answered.
func (a *attempt) heard(ctx context.Context, r *request) {
	switch {
	case a.lane.producer < 0 && r.answer == nil && r.err == nil:
		return // nothing was sent
	case r.err != nil:
		f := a.lost(ctx, r.err, "broker "+fmt.Sprint(r.broker))
		for _, p := range r.parts {
			p.stale.Store(true)
			a.fail(p, f)
		}
		return
	}
	type at struct {
		topic     string
		id        [16]byte
		partition int32
	}
	said := map[at]*kmsg.ProduceResponseTopicPartition{}
	for i := range r.answer.Topics {
		t := &r.answer.Topics[i]
		for j := range t.Partitions {
			said[at{t.Topic, t.TopicID, t.Partitions[j].Partition}] = &t.Partitions[j]
		}
	}
	for _, p := range r.parts {
		one := said[at{topic: p.name, partition: p.place.partition}]
		if one == nil {
			one = said[at{id: p.id, partition: p.place.partition}]
		}
		if one == nil {
			a.fail(p, failure{verdict: verdict{class: senders.Retry, unknown: true},
				reason: fmt.Sprintf("broker %d says nothing of partition %s", r.broker, p.key())})
			continue
		}
		a.settle(p, one, time.Duration(r.answer.ThrottleMillis)*time.Millisecond)
	}
}

// settle decides what becomes of a batch.
func (a *attempt) settle(p *part, said *kmsg.ProduceResponseTopicPartition, throttle time.Duration) {
	v := verdictOf(said.ErrorCode)
	f := failure{verdict: v, status: int(said.ErrorCode), reason: "partition " + p.key() + ": " + v.said(said.ErrorCode, said.ErrorMessage)}
	if v.class == senders.Throttled {
		f.wait = throttle
	}
	switch v.fate {
	case stored:
		a.lane.stored(p.place, p.sequence, p.n)
		p.at += p.n
		p.batch, p.most, p.moved, p.renumbered = nil, 0, 0, 0
	case moved:
		p.stale.Store(true)
		if p.moved++; p.moved > 1 {
			a.fail(p, f)
		}
	case strange:
		a.lane.forget()
		if p.renumbered++; p.renumbered > 1 {
			a.fail(p, f)
		}
	case tooLarge:
		if p.n == 1 {
			a.refuse(p, []int{0}, f, nil)
			return
		}
		p.limit.Store(int64(max(len(p.batch)/2, 512)))
		p.most = max(1, p.n/2)
	case invalid:
		a.invalid(p, said, f)
	default:
		a.fail(p, f)
	}
}

// invalid takes those records out of a batch that the broker will not take. It took none of the others, but would have.
func (a *attempt) invalid(p *part, said *kmsg.ProduceResponseTopicPartition, f failure) {
	var named []int
	why := map[int]string{}
	for _, e := range said.ErrorRecords {
		i := int(e.RelativeOffset)
		if i < 0 || i >= p.n {
			continue
		}
		if _, again := why[i]; !again {
			named = append(named, i)
		}
		why[i] = f.reason
		if e.ErrorMessage != nil && *e.ErrorMessage != "" {
			why[i] += ": " + *e.ErrorMessage
		}
	}
	switch {
	case len(named) > 0:
		slices.Sort(named)
		a.refuse(p, named, f, why)
	case p.n == 1:
		a.refuse(p, []int{0}, f, nil)
	default: // it does not say which: the halves will
		p.most = max(1, p.n/2)
	}
}

// refuse names records of a batch, by their places in it, and takes them out of the part.
func (a *attempt) refuse(p *part, places []int, f failure, why map[int]string) {
	for _, i := range places {
		one := f.item(int(a.lane.sorting.routes[p.routes[p.at+i]].record))
		if w := why[i]; w != "" {
			one.Reason = w
		}
		a.items = append(a.items, one)
	}
	keep := p.routes[:p.at]
	for i, r := range p.routes[p.at:] {
		if _, out := slices.BinarySearch(places, i); !out {
			keep = append(keep, r)
		}
	}
	p.routes, p.batch, p.most = keep, nil, 0
}

// fail ends a part, and keeps in mind what its broker may have.
func (a *attempt) fail(p *part, f failure) {
	f.key = p.keyFor(f.verdict)
	if _, already := a.lane.doubts[p.place]; f.unknown && !already && a.lane.producer >= 0 {
		a.lane.doubts[p.place] = doubt{first: a.identityAt(p), n: p.n, sum: p.sum, sequence: p.sequence}
	}
	p.failed = &f
}
