package sink

import (
	"math/bits"
	"sync"
)

// run is n lines one after the other, from number first.
type run struct{ first, n uint64 }

// seen remembers which lines arrived. It may be shared.
type seen struct {
	mu       sync.Mutex
	lines    uint64
	words    []uint64
	unique   uint64
	repeated uint64
}

func newSeen(lines uint64) *seen {
	return &seen{lines: lines, words: make([]uint64, (lines+63)/64)}
}

// add marks runs and returns how many lines have been seen by now. Runs must
// lie within the lines expected.
func (s *seen) add(runs []run) (unique uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range runs {
		fresh := uint64(0)
		for at, end := r.first, r.first+r.n; at < end; {
			bit := at % 64
			n := min(64-bit, end-at)
			mask := (^uint64(0) >> (64 - n)) << bit
			w := &s.words[at/64]
			fresh += uint64(bits.OnesCount64(mask &^ *w))
			*w |= mask
			at += n
		}
		s.unique += fresh
		s.repeated += r.n - fresh
	}
	return s.unique
}

// missing returns the numbers of up to most lines that did not arrive.
func (s *seen) missing(most int) []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []uint64
	for i, w := range s.words {
		if w == ^uint64(0) {
			continue
		}
		for bit := range uint64(64) {
			seq := uint64(i)*64 + bit
			if seq >= s.lines || len(out) == most {
				return out
			}
			if w&(1<<bit) == 0 {
				out = append(out, seq)
			}
		}
	}
	return out
}
