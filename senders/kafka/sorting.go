package kafka

import (
	"encoding/binary"
	"hash/fnv"

	"logskiff/record"
	"logskiff/record/template"
	"logskiff/senders"
)

// sorting finds out where each record of a body goes: to which topic, by its template, and to which partition,
// by its key. Its memory is used again.
type sorting struct {
	topic, key *template.Template // key may be nil

	routes []route // of each record
	keys   []byte
	name   []byte
	names  []string // of topics, each once
	byName map[string]int32
	order  []int32 // indexes of records, those of each part together
}

// route is where a record goes.
type route struct {
	topic  int32 // in names; -1: nowhere
	part   int32
	key    record.Span // in keys
	keyed  bool
	record int32 // in the batch
}

// reset forgets what was sorted.
func (s *sorting) reset() {
	s.routes, s.keys, s.order = s.routes[:0], s.keys[:0], s.order[:0]
	clear(s.names)
	s.names = s.names[:0]
	clear(s.byName)
}

// sort finds the topic and the key of each record of p, and says which have no topic or no value.
func (s *sorting) sort(p *senders.Payload, without func(i int, what string)) {
	s.reset()
	if s.byName == nil {
		s.byName = map[string]int32{}
	}
	in := template.Input{Batch: p.Batch}
	streams := p.Batch.Streams()
	last := int32(-1) // topic of the record before
	for i := p.First; i < p.Last; i++ {
		in.Record, in.Stream = &p.Batch.Records[i], streams.Of(i)
		r := route{topic: -1, record: int32(i)}
		var ok bool
		if s.name, ok = s.topic.Append(s.name[:0], &in); !ok {
			without(i, "topic")
			s.routes = append(s.routes, r)
			continue
		}
		if _, ok := valueIn(p, i); !ok {
			without(i, "value")
			s.routes = append(s.routes, r)
			continue
		}
		if last < 0 || s.names[last] != string(s.name) {
			last = s.named()
		}
		r.topic = last
		if s.key != nil {
			from := len(s.keys)
			s.keys, r.keyed = s.key.Append(s.keys, &in)
			r.key = record.Span{Off: uint32(from), Len: uint32(len(s.keys) - from)}
		}
		s.routes = append(s.routes, r)
	}
}

// named returns the index of the topic called s.name.
func (s *sorting) named() int32 {
	i, ok := s.byName[string(s.name)]
	if !ok {
		i = int32(len(s.names))
		s.names = append(s.names, string(s.name))
		s.byName[s.names[i]] = i
	}
	return i
}

// keyOf returns the key of a record; nil: it has none.
func (s *sorting) keyOf(r *route) []byte {
	if !r.keyed {
		return nil
	}
	return s.keys[r.key.Off : r.key.Off+r.key.Len : r.key.Off+r.key.Len]
}

// part is the records of a body that go to one partition.
type part struct {
	*topic
	place
	routes []int32 // indexes of sorting.routes, in rising order; those before at are settled
	at     int
	count  int // of routes, while they are counted

	batch    []byte // of the records routes[at:at+n], in the lane's memory
	n        int
	sum      uint32 // of its compressed records
	sequence int32
	most     int // records of the next batch; 0: as many as fit

	moved, renumbered int // times since the last batch was stored
	failed            *failure
}

// parts puts the records into parts. Those of topics that skip says nothing goes to are left out.
func (s *sorting) parts(found map[string]*topic, spread func(t *topic) int32) []*part {
	var all []*part
	index := make([][]int32, len(s.names)) // of the part of each partition, from 1
	unkeyed := make([]int32, len(s.names))
	for i, name := range s.names {
		t := found[name]
		if t == nil {
			continue
		}
		index[i] = make([]int32, len(t.leaders))
		unkeyed[i] = -1
	}
	for i := range s.routes {
		r := &s.routes[i]
		r.part = -1
		if r.topic < 0 || len(index[r.topic]) == 0 {
			continue
		}
		t, at := found[s.names[r.topic]], unkeyed[r.topic]
		switch {
		case r.keyed:
			at = partitionOf(murmur2(s.keyOf(r)), len(t.leaders))
		case at < 0:
			at = spread(t)
			unkeyed[r.topic] = at
		}
		p := &index[r.topic][at]
		if *p == 0 {
			all = append(all, &part{topic: t, place: place{t.name, at}})
			*p = int32(len(all))
		}
		r.part = *p - 1
		all[r.part].count++
	}
	total := 0
	for _, p := range all {
		total += p.count
	}
	if cap(s.order) < total {
		s.order = make([]int32, total)
	}
	rest := s.order[:total]
	for _, p := range all {
		p.routes, rest = rest[:0:p.count], rest[p.count:]
	}
	for i := range s.routes {
		if r := &s.routes[i]; r.part >= 0 {
			all[r.part].routes = append(all[r.part].routes, int32(i))
		}
	}
	return all
}

// identityOf returns what record i of b is known by.
func identityOf(b *record.Batch, i int) identity {
	id := identity{offset: b.Records[i].Offset}
	if s := b.SegmentOf(i); s >= 0 && b.Segments[s].Stream != nil {
		id.stream = b.Segments[s].Stream.ID
	}
	return id
}

// spreadOf is the same for a body that begins with a record whenever it comes, and differs from body to body.
func (id identity) spreadOf() uint32 {
	h := fnv.New32a()
	h.Write(id.stream[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(id.offset)))
	return h.Sum32()
}
