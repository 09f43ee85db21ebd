package checkpoint

import (
	"math"

	"logskiff/readers"
	"logskiff/record"
)

// shape is what the streams of one reader have in common.
type shape struct {
	reader  string
	version uint8 // of its states
	unit    record.Unit
}

// form is a shape's number, which an entry has in its place.
type form uint16

// forms numbers the few shapes there are. Store.mu guards those of a store.
type forms struct{ all []shape }

func (t *forms) of(f form) shape { return t.all[f] }

func (t *forms) form(s shape) form {
	for i := range t.all {
		if t.all[i] == s {
			return form(i)
		}
	}
	if len(t.all) > math.MaxUint16 {
		panic("BUG: streams of 65,536 kinds of reader")
	}
	t.all = append(t.all, s)
	return form(len(t.all) - 1)
}

// needs returns the oldest format that all of img can be stored in.
func (img *image) needs() uint32 {
	for _, p := range img.pipelines {
		for _, e := range p.entries {
			if e.needs(p.forms) > oldestFormat {
				return formatVersion
			}
		}
	}
	return oldestFormat
}

func (e *entry) needs(t *forms) uint32 {
	c := e.view(t)
	if c.State.Data != "" {
		return needs(&c.Known, c.State.Data)
	}
	return needs(&c.Known, e.state[:e.stateLen])
}

func needs[D data](k *readers.Known, state D) uint32 {
	if _, old := ofFile(k, state); old {
		return oldestFormat
	}
	return formatVersion
}

// raise makes the store one of the newest format before the journal has the first stream that needs it: an older
// program refuses such a store, where an entry of the journal that it cannot read would be damage to it. That waits for
// the disk, once in the life of a store; where nothing can be stored the stream goes on without it. The caller holds mu, which is
// given up meanwhile.
func (s *Store) raise(k *readers.Known) {
	if s.raised || needs(k, k.State.Data) < formatVersion {
		return
	}
	s.format = formatVersion
	s.wake()
	s.mu.Unlock()
	_ = s.commit() // reported by it
	s.mu.Lock()
	s.raised = true
}
