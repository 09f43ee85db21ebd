package file

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"logskiff/record"
)

const (
	runPrefix = "streams-"
	runSuffix = ".run"
	// maxRuns is how many runs there are at most: each is looked into for a stream that is not in memory.
	maxRuns = 16
)

// spill is what is remembered of streams on the disk alone, since memory is for those heard of
// lately: runs of snapshot entries, oldest first. Where two have a stream, the later one holds
// all that the earlier one does.
type spill struct {
	dir string

	mu   sync.Mutex
	runs []*run
	next uint64
}

// openSpill opens the runs in dir. It returns what is wrong with those that cannot be used whole.
func openSpill(dir string) (*spill, error) {
	s := &spill{dir: dir, next: 1}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return s, err
	}
	var errs []error
	for _, e := range entries {
		middle, ok := strings.CutPrefix(e.Name(), runPrefix)
		middle, ok2 := strings.CutSuffix(middle, runSuffix)
		n, err := strconv.ParseUint(middle, 10, 63)
		if !ok || !ok2 || err != nil {
			continue
		}
		r, err := openRun(filepath.Join(dir, e.Name()), n)
		if err != nil {
			errs = append(errs, err)
		}
		if r != nil {
			s.runs = append(s.runs, r)
			s.next = max(s.next, n+1)
		}
	}
	slices.SortFunc(s.runs, func(a, b *run) int { return cmp.Compare(a.number, b.number) })
	return s, errors.Join(errs...)
}

// rewrite writes runs anew: those that are damaged, of which the sound part is kept and the
// old file under another name, or all of them, when the folder was taken away.
func (s *spill) rewrite(all bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.runs {
		if !all && !r.damaged {
			continue
		}
		if r.damaged {
			if err := os.Rename(r.path, r.path+".damaged"); err != nil {
				return err
			}
		}
		fresh, err := s.write(r.number, r.each)
		if err != nil {
			return err
		}
		s.runs[i] = fresh
		if err := r.f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// get returns what is remembered of a stream; nil: nothing.
func (s *spill) get(id record.StreamID) (*known, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range slices.Backward(s.runs) {
		if k, err := r.get(id); k != nil || err != nil {
			return k, err
		}
	}
	return nil, nil
}

// streams returns how many streams there are; those in two runs count twice.
func (s *spill) streams() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		n += r.n
	}
	return n
}

// newest returns when the last of them was heard of.
func (s *spill) newest() (t int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		t = max(t, r.newest)
	}
	return t
}

// put adds a run of the streams of h that ids names. It is durable when put returns.
func (s *spill) put(h history, ids []record.StreamID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(ids, func(a, b record.StreamID) int { return bytes.Compare(a[:], b[:]) })
	r, err := s.write(s.next, func(yield func(*entry)) error {
		for _, id := range ids {
			e := h[id].entry(id)
			yield(&e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.next++
	s.runs = append(s.runs, r)
	return nil
}

// write makes run number of the entries that each yields, in the order of their ids.
func (s *spill) write(number uint64, each func(yield func(*entry)) error) (*run, error) {
	path := filepath.Join(s.dir, fmt.Sprintf("%s%06d%s", runPrefix, number, runSuffix))
	err := writeRun(path+".tmp", each)
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write what is remembered of streams: %w", err)
	}
	return openRun(path, number)
}

// merge makes one run of all when there are too many, or too many streams in them. Of more than most
// streams those heard of longest ago are left out; it returns how many.
func (s *spill) merge(most int) (forgotten int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for _, r := range s.runs {
		total += r.n
	}
	if len(s.runs) <= maxRuns && total <= most {
		return 0, nil
	}
	old := limit{}
	if total > most {
		if old, err = s.tooOld(most); err != nil {
			return 0, err
		}
		forgotten = old.forgotten
	}
	last := s.runs[len(s.runs)-1]
	merged, err := s.write(last.number, func(yield func(*entry)) error { // in the place of the last one
		return mergeRuns(s.runs, func(e *entry) {
			if old.admits(e.time) {
				yield(e)
			}
		})
	})
	if err != nil {
		return 0, err
	}
	err = last.f.Close()
	for _, r := range s.runs[:len(s.runs)-1] {
		err = errors.Join(err, r.remove())
	}
	s.runs = []*run{merged}
	return forgotten, err
}

// limit says which streams stay: those heard of since a time, and some of that second.
type limit struct {
	since     int64
	same      int // how many of that very second
	forgotten int
}

func (l *limit) admits(time int64) bool {
	if time == l.since && l.forgotten > 0 {
		l.same--
		return l.same >= 0
	}
	return time >= l.since
}

// tooOld returns what leaves an eighth less than most streams.
func (s *spill) tooOld(most int) (l limit, err error) {
	var times []int64
	if err := mergeRuns(s.runs, func(e *entry) { times = append(times, e.time) }); err != nil || len(times) <= most {
		return l, err
	}
	slices.Sort(times)
	l.forgotten = len(times) - most/8*7
	if l.forgotten == len(times) {
		return limit{since: times[len(times)-1] + 1, forgotten: len(times)}, nil
	}
	l.since = times[l.forgotten]
	first, _ := slices.BinarySearch(times, l.since)
	next, _ := slices.BinarySearch(times, l.since+1)
	l.same = next - max(first, l.forgotten)
	return l, nil
}

// dropOldest removes the oldest run, if nothing in it was heard of since before, and returns how many
// streams it held.
func (s *spill) dropOldest(before int64) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.runs) == 0 || s.runs[0].newest >= before {
		return 0, nil
	}
	r := s.runs[0]
	s.runs = slices.Delete(s.runs, 0, 1)
	return r.n, r.remove()
}

func (s *spill) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, r := range s.runs {
		errs = append(errs, r.f.Close())
	}
	return errors.Join(errs...)
}

// filter is a Bloom filter of stream ids, which are hashes already: ten bits for each, three of them set
// (Bloom 1970: 1.7 % of those that are not there seem to be).
type filter []uint64

func newFilter(n int) filter { return make(filter, (10*n+64)/64) }

func (f filter) places(id record.StreamID) [3]uint64 {
	a, b := binary.LittleEndian.Uint64(id[:8]), binary.LittleEndian.Uint64(id[8:])
	n := uint64(len(f)) * 64
	return [3]uint64{a % n, b % n, (a ^ b>>7 ^ b<<57) % n}
}

func (f filter) add(id record.StreamID) {
	for _, p := range f.places(id) {
		f[p/64] |= 1 << (p % 64)
	}
}

func (f filter) mayHave(id record.StreamID) bool {
	for _, p := range f.places(id) {
		if f[p/64]&(1<<(p%64)) == 0 {
			return false
		}
	}
	return true
}
