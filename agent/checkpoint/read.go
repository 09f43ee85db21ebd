package checkpoint

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"logskiff/readers"
)

// Listed is one checkpoint and the pipeline it belongs to.
type Listed struct {
	Pipeline string
	readers.Checkpoint
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

// All lists every checkpoint, also of pipelines that are not in use now.
func (s *Store) All() []Listed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return list(s.pipelines)
}

func list(pipelines map[string]*Pipeline) []Listed {
	var all []Listed
	for name, p := range pipelines {
		for _, e := range p.entries {
			all = append(all, Listed{Pipeline: name, Checkpoint: e.Checkpoint})
		}
	}
	slices.SortFunc(all, func(a, b Listed) int {
		return cmp.Or(cmp.Compare(a.Pipeline, b.Pipeline), cmp.Compare(a.Path, b.Path), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return all
}
