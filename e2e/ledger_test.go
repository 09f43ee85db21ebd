package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// identity is what makes a record the same record wherever it turns up.
type identity struct {
	stream string
	offset int64
}

// ledger notes which numbered lines arrived, and under which identities.
type ledger struct {
	mu       sync.Mutex
	arrived  int // records, repeats included
	repeats  int // records whose identity was there before
	byID     map[identity]int
	count    map[int]int // identities of each line
	troubles []string
}

func newLedger() *ledger {
	return &ledger{byID: map[identity]int{}, count: map[int]int{}}
}

// add notes that line n arrived as id.
func (l *ledger) add(id identity, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrived++
	before, known := l.byID[id]
	switch {
	case !known:
		l.byID[id] = n
		l.count[n]++
	case before != n:
		l.trouble("stream %s offset %d is line %d and line %d", id.stream, id.offset, before, n)
	default:
		l.repeats++
	}
}

// addText notes a line that a writer of this package made.
func (l *ledger) addText(id identity, text string) {
	n, ok := numberOf(text)
	if !ok {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.trouble("stream %s offset %d is no line that was written: %.200q", id.stream, id.offset, text)
		return
	}
	l.add(id, n)
}

func (l *ledger) trouble(format string, args ...any) {
	if len(l.troubles) < 20 {
		l.troubles = append(l.troubles, fmt.Sprintf(format, args...))
	}
}

// merge adds all that another ledger knows.
func (l *ledger) merge(o *ledger) {
	for id, n := range o.byID {
		l.add(id, n)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.troubles = append(l.troubles, o.troubles...)
}

// lines says how many different lines have arrived.
func (l *ledger) lines() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.count)
}

func (l *ledger) figures() (arrived, repeats int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.arrived, l.repeats
}

// has says whether line n has arrived.
func (l *ledger) has(n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count[n] > 0
}

// exactlyOnce fails the test unless each line from 0 to n-1 arrived under one
// identity, and nothing else did. Repeats of the same identity are allowed.
func (l *ledger) exactlyOnce(t *testing.T, what string, n int) {
	t.Helper()
	want := make([]int, n)
	for i := range want {
		want[i] = i
	}
	l.exactly(t, what, want)
}

// exactly is exactlyOnce for any set of lines.
func (l *ledger) exactly(t *testing.T, what string, want []int) {
	t.Helper()
	for _, p := range l.problems(want) {
		t.Errorf("%s: %s", what, p)
	}
}

// problems says what keeps the ledger from holding exactly the wanted lines.
func (l *ledger) problems(want []int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	wanted := make(map[int]bool, len(want))
	var lost, several, strange []int
	for _, n := range want {
		wanted[n] = true
		if l.count[n] == 0 {
			lost = append(lost, n)
		}
	}
	for n, k := range l.count {
		if k > 1 {
			several = append(several, n)
		}
		if !wanted[n] {
			strange = append(strange, n)
		}
	}
	all := slices.Clone(l.troubles)
	add := func(list []int, kind string) {
		if len(list) > 0 {
			all = append(all, fmt.Sprintf("%d of %d lines %s: %s", len(list), len(want), kind, l.describe(list)))
		}
	}
	add(lost, "are lost")
	add(several, "have several identities")
	add(strange, "were never written")
	return all
}

// once is exactlyOnce without any repeat.
func (l *ledger) once(t *testing.T, what string, n int) {
	t.Helper()
	l.exactlyOnce(t, what, n)
	l.noRepeats(t, what)
}

func (l *ledger) noRepeats(t *testing.T, what string) {
	t.Helper()
	if _, repeats := l.figures(); repeats > 0 {
		t.Errorf("%s: %d records are there twice", what, repeats)
	}
}

// arrives waits until n different lines have arrived, as long as more of them come: quiet is how long none may.
func (l *ledger) arrives(t *testing.T, what string, n int, quiet time.Duration) {
	t.Helper()
	for have := l.lines(); have < n; {
		before := have
		if !waitFor(quiet, func() bool { have = l.lines(); return have > before }) {
			l.exactlyOnce(t, what, n)
			t.Fatalf("%s: %d lines have arrived, and none for %v; want %d", what, have, quiet, n)
		}
	}
}

// describe writes the runs in a list of line numbers, and for the first of them
// under which identities it came.
func (l *ledger) describe(list []int) string {
	slices.Sort(list)
	var runs []string
	for i := 0; i < len(list) && len(runs) < 10; {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		runs = append(runs, fmt.Sprintf("%d-%d", list[i], list[j]))
		i = j + 1
	}
	var ids []string
	for id, n := range l.byID {
		if n == list[0] {
			ids = append(ids, fmt.Sprintf("%s+%d", id.stream, id.offset))
		}
	}
	return strings.Join(runs, " ") + "; the first came as: " + strings.Join(ids, ", ")
}
