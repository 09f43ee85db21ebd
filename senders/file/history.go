package filesend

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

func (h history) add(spans []owned, now int64) {
	for i := range spans {
		s := &spans[i]
		k := h[s.id]
		if k == nil {
			k = &known{ranges: make(ranges, 0, 1)}
			h[s.id] = k
		}
		k.add(s.start, s.end)
		k.last = max(k.last, now)
	}
}

// own notes whose streams are; those that are not in h have nothing that anybody could spoil.
func (h history) own(owners []ownerOf) {
	for _, o := range owners {
		if k := h[o.id]; k != nil {
			k.owner = o.Owner
		}
	}
}

// owner returns whose a stream is.
func (h history) owner(id record.StreamID) record.Owner {
	if k := h[id]; k != nil {
		return k.owner
	}
	return record.Owner{}
}

// of returns the committed ranges of a stream; nil when there are none.
func (h history) of(id record.StreamID) ranges {
	if k := h[id]; k != nil {
		return k.ranges
	}
	return nil
}

// newest returns when anything was last heard of.
func (h history) newest() time.Time {
	var t int64
	for _, k := range h {
		t = max(t, k.last)
	}
	return time.Unix(t, 0)
}

// forget drops streams not heard of since before.
func (h history) forget(before time.Time) {
	for id, k := range h {
		if k.last < before.Unix() {
			delete(h, id)
		}
	}
}

// appendSnapshot appends entries that say all of h, counting up seq.
func (h history) appendSnapshot(dst []byte, seq *uint64) []byte {
	var e entry
	for id, k := range h {
		*seq++
		e = entry{seq: *seq, time: k.last, spans: e.spans[:0], owners: e.owners[:0]}
		if k.owner != (record.Owner{}) {
			e.owners = append(e.owners, ownerOf{id, k.owner})
		}
		for _, s := range k.ranges {
			e.spans = append(e.spans, owned{id, s})
		}
		dst = appendEntry(dst, &e)
	}
	return dst
}
