package file

import (
	"cmp"
	"slices"
	"time"

	"logskiff/record"
	"logskiff/senders"
)

// What a folder remembers of streams is bounded: those heard of lately are in memory (dedup_memory), others on
// the disk alone, and of more than dedup_streams the ones heard of longest ago are forgotten. All
// functions here are called with mu held, and change the history only by the holder of token.

const (
	streamCost = 160 // bytes of memory that a stream takes, and
	rangeCost  = 16  // each of its ranges
	maxRecent  = 2048
)

func (k *known) cost() int64 { return streamCost + rangeCost*int64(len(k.ranges)) }

// find returns what is known of a stream; nil: nothing. When the disk cannot be read it counts as
// new: to write a record twice is the lesser evil.
func (e *endpoint) find(id record.StreamID) *known {
	if k := e.history[id]; k != nil {
		return k
	}
	if k := e.recent[id]; k != nil {
		return k
	}
	k, err := e.store.spill.get(id)
	if err != nil {
		e.log.Error("forgotten: a stream is not known any more: what is sent again of it is written again", "stream", id.String(), "error", err)
	}
	if k == nil {
		return nil
	}
	// The history itself is for the holder of token, who may be writing it down.
	if e.recent == nil || len(e.recent) >= maxRecent || k.cost() > maxRecent*streamCost/8 {
		e.recent = history{}
	}
	e.recent[id] = k
	return k
}

// remember adds what was written to the history.
func (e *endpoint) remember(it *item, heard int64) {
	for i := range it.spans {
		id := it.spans[i].id
		if k := e.find(id); k != nil && e.history[id] == nil {
			delete(e.recent, id)
			e.history[id] = k
			e.weight += k.cost()
		}
		e.weight += e.history.add(it.spans[i:i+1], heard)
	}
	e.history.own(it.owners)
}

// bound keeps what is remembered within its bounds.
func (e *endpoint) bound() {
	limit := int64(e.store.cfg.DedupMemory)
	if e.weight > limit {
		e.spillOldest(e.weight - limit/4*3)
	}
	most := e.store.cfg.DedupStreams
	forgotten, err := e.store.spill.merge(max(most-len(e.history), 0))
	if err != nil {
		e.log.Warn("cannot put together what is remembered of streams", "error", err)
	}
	if over := len(e.history) - most; over > 0 {
		ids := e.oldest(func(n int, _ int64) bool { return n < over+most/8 })
		e.drop(ids)
		forgotten += len(ids)
	}
	if forgotten > 0 {
		e.counters.Forgotten.Add(int64(forgotten))
		e.log.Warn("forgotten: there are more streams than are remembered: those heard of longest ago are forgotten, and what is sent again of them is written again",
			"forgotten", forgotten, "dedup_streams", most)
	}
}

// spillOldest moves streams of so many bytes to the disk.
func (e *endpoint) spillOldest(bytes int64) {
	ids := e.oldest(func(_ int, got int64) bool { return got < bytes })
	if err := e.store.spill.put(e.history, ids); err != nil {
		if e.weight < 2*int64(e.store.cfg.DedupMemory) {
			return // the next batch tries again
		}
		e.counters.Forgotten.Add(int64(len(ids)))
		e.log.Error("forgotten: what is remembered of streams does not fit into memory and cannot be written: the oldest are forgotten, and what is sent again of them is written again",
			"forgotten", len(ids), "error", err)
	}
	e.drop(ids)
}

// oldest returns streams, heard of longest ago first, as long as more wants it after so many of so many bytes.
func (e *endpoint) oldest(more func(n int, bytes int64) bool) []record.StreamID {
	ids := make([]record.StreamID, 0, len(e.history))
	for id := range e.history {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b record.StreamID) int { return cmp.Compare(e.history[a].last, e.history[b].last) })
	n, bytes := 0, int64(0)
	for n < len(ids) && more(n, bytes) {
		bytes += e.history[ids[n]].cost()
		n++
	}
	return ids[:n]
}

func (e *endpoint) drop(ids []record.StreamID) {
	for _, id := range ids {
		if k := e.history[id]; k != nil {
			e.weight -= k.cost()
			delete(e.history, id)
		}
	}
}

// forget drops streams that have been silent for longer than Config.DedupKeep.
func (e *endpoint) forget(heard time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := heard.Add(-e.store.cfg.DedupKeep.Std()).Unix()
	forgotten := 0
	for id, k := range e.history {
		if k.last < before {
			e.drop([]record.StreamID{id})
			forgotten++
		}
	}
	for n := e.dropRun(before); n > 0; n = e.dropRun(before) {
		forgotten += n
	}
	if forgotten > 0 {
		e.counters.Forgotten.Add(int64(forgotten))
		e.log.Info("forgotten: streams that were silent for dedup_keep", "streams", forgotten)
	}
}

// dropRun forgets the oldest streams on the disk, if they were not heard of since before.
func (e *endpoint) dropRun(before int64) int {
	n, err := e.store.spill.dropOldest(before)
	if err != nil {
		e.log.Warn("cannot remove what is forgotten", "error", err)
	}
	return n
}

// remembered is the folder's senders.Remembered.
func (e *endpoint) remembered() senders.Remembered {
	e.mu.Lock()
	defer e.mu.Unlock()
	return senders.Remembered{
		Streams: int64(len(e.history)), Bytes: e.weight, BytesMax: int64(e.store.cfg.DedupMemory),
		OnDisk: int64(e.store.spill.streams()), StreamsMax: int64(e.store.cfg.DedupStreams), Forgotten: e.counters.Forgotten.Load(),
	}
}
