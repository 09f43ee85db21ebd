package checkpoint

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"logskiff/readers"
	"logskiff/record"
)

// Listed is one checkpoint and the pipeline it belongs to.
type Listed struct {
	Pipeline string
	readers.Checkpoint
}

// Append appends l as another process of this program, of this version or a later one, reads
// it with DecodeListed: as values are stored, which takes a tenth of what JSON does.
func (l *Listed) Append(dst []byte) []byte {
	return appendBody(append(appendString(dst, l.Pipeline), l.ID[:]...), &l.Checkpoint, l.State.Data)
}

// DecodeListed takes what Append made off the front of b, and returns the rest.
func DecodeListed(b []byte) (l Listed, rest []byte, err error) {
	d := decoderOf(b)
	pipeline, id := d.string(), idBytes(&d)
	l = Listed{Pipeline: pipeline, Checkpoint: decodeWhole(&d)}
	l.ID = id
	if d.Bad || addsUp(&l.Checkpoint) != nil {
		return Listed{}, nil, errors.New("it is no checkpoint")
	}
	return l, d.Rest, nil
}

// Read lists what is stored in dir while no agent runs, the journal applied. It
// changes nothing. The error is ErrLocked while an agent runs; when the store
// is damaged, what is sound is returned together with an error.
func Read(dir string) ([]Listed, error) {
	lock, err := lockDir(dir, true, 0)
	if err != nil {
		return nil, err
	}
	if lock != nil {
		defer lock.Close()
	}
	img, err := load(dir)
	if err != nil {
		return nil, err
	}
	listed := list(img.pipelines)
	switch {
	case img.damage != nil:
		return listed, fmt.Errorf("some checkpoints may be missing: %w", img.damage)
	case img.hole != nil:
		return listed, fmt.Errorf("some checkpoints may be missing or old: %w", img.hole)
	}
	return listed, nil
}

// Count returns how many checkpoints there are.
func (s *Store) Count() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pipelines {
		n += len(p.entries)
	}
	return n
}

// Each calls yield for every checkpoint, also of pipelines that are not in use now, in the
// order of Read, until yield returns false. The store is locked for a few at a time: one
// that is forgotten meanwhile can be left out.
func (s *Store) Each(yield func(Listed) bool) {
	type key struct {
		p    *Pipeline
		path string
		id   record.StreamID
	}
	var all []key
	s.mu.Lock()
	for _, p := range s.pipelines {
		for id, e := range p.entries {
			all = append(all, key{p, e.path, id})
		}
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.p.name, b.p.name), cmp.Compare(a.path, b.path), bytes.Compare(a.id[:], b.id[:]))
	})
	var few []Listed
	for len(all) > 0 {
		n := min(len(all), 256)
		few = few[:0]
		s.mu.Lock()
		for _, k := range all[:n] {
			if e := k.p.entries[k.id]; e != nil {
				few = append(few, Listed{Pipeline: k.p.name, Checkpoint: e.checkpoint(k.p.forms)})
			}
		}
		s.mu.Unlock()
		all = all[n:]
		for _, l := range few {
			if !yield(l) {
				return
			}
		}
	}
}

// All lists every checkpoint, as Each does.
func (s *Store) All() (all []Listed) {
	s.Each(func(l Listed) bool {
		all = append(all, l)
		return true
	})
	return all
}

func list(pipelines map[string]*Pipeline) []Listed {
	var all []Listed
	for name, p := range pipelines {
		for _, e := range p.entries {
			all = append(all, Listed{Pipeline: name, Checkpoint: e.checkpoint(p.forms)})
		}
	}
	slices.SortFunc(all, func(a, b Listed) int {
		return cmp.Or(cmp.Compare(a.Pipeline, b.Pipeline), cmp.Compare(a.Path, b.Path), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return all
}
