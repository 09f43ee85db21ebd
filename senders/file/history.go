package file

import (
	"time"

	"logskiff/record"
)

// history is what is committed: the ranges of every stream, and when each stream
// was last heard of.
type history map[record.StreamID]*known

type known struct {
	ranges
	last  int64 // seconds since 1970
	owner record.Owner
}

// add returns by how much h has grown, in bytes of memory.
func (h history) add(spans []owned, now int64) (cost int64) {
	for i := range spans {
		s := &spans[i]
		k := h[s.id]
		if k == nil {
			k = &known{ranges: make(ranges, 0, 1)}
			h[s.id] = k
			cost += streamCost
		}
		before := len(k.ranges)
		k.add(s.start, s.end)
		cost += rangeCost * int64(len(k.ranges)-before)
		k.last = max(k.last, now)
	}
	return cost
}

// own notes whose streams are; those that are not in h have nothing that anybody could spoil.
func (h history) own(owners []ownerOf) {
	for _, o := range owners {
		if k := h[o.id]; k != nil {
			k.owner = o.Owner
		}
	}
}

// find returns what is known of a stream; nil: nothing.
func (h history) find(id record.StreamID) *known { return h[id] }

// of returns the ranges of a stream; nil when there are none.
func (h history) of(id record.StreamID) ranges { return h[id].done() }

// done returns the ranges; k may be nil.
func (k *known) done() ranges {
	if k == nil {
		return nil
	}
	return k.ranges
}

// whose returns the owner; k may be nil.
func (k *known) whose() record.Owner {
	if k == nil {
		return record.Owner{}
	}
	return k.owner
}

// newest returns when anything was last heard of.
func (h history) newest() time.Time {
	var t int64
	for _, k := range h {
		t = max(t, k.last)
	}
	return time.Unix(t, 0)
}

// cost returns how many bytes of memory h takes.
func (h history) cost() (n int64) {
	for _, k := range h {
		n += k.cost()
	}
	return n
}

// appendSnapshot appends entries that say all of h, counting up seq.
func (h history) appendSnapshot(dst []byte, seq *uint64) []byte {
	for id, k := range h {
		*seq++
		e := k.entry(id)
		e.seq = *seq
		dst = appendEntry(dst, &e)
	}
	return dst
}

// entry returns an entry that says all of one stream.
func (k *known) entry(id record.StreamID) entry {
	e := entry{time: k.last}
	if k.owner != (record.Owner{}) {
		e.owners = []ownerOf{{id, k.owner}}
	}
	for _, s := range k.ranges {
		e.spans = append(e.spans, owned{id, s})
	}
	return e
}
