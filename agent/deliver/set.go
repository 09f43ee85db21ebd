package deliver

import (
	"cmp"
	"slices"
)

// span is the records [first, last) of a batch.
type span struct{ first, last int }

func (s span) len() int { return s.last - s.first }

// set is records of a batch: runs of them in rising order, of which no two touch. It is never changed.
type set []span

func (s set) len() int {
	n := 0
	for _, r := range s {
		n += r.len()
	}
	return n
}

// first returns the index of the first record of a set that is not empty.
func (s set) first() int { return s[0].first }

// cut returns the first n records of s, and the others.
func (s set) cut(n int) (left, right set) {
	for i, r := range s {
		switch {
		case n == 0:
			return s[:i:i], s[i:]
		case n < r.len():
			left = append(slices.Clip(s[:i]), span{r.first, r.first + n})
			right = append(set{{r.first + n, r.last}}, s[i+1:]...)
			return left, right
		}
		n -= r.len()
	}
	return s, nil
}

// without returns s without the records of t, which are all in s.
func (s set) without(t set) set {
	var rest set
	for _, r := range s {
		for len(t) > 0 && t[0].first < r.last {
			if r.first < t[0].first {
				rest = append(rest, span{r.first, t[0].first})
			}
			r.first = t[0].last
			t = t[1:]
		}
		if r.first < r.last {
			rest = append(rest, r)
		}
	}
	return rest
}

// plus returns s with record i behind all others.
func (s set) plus(i int) set {
	if n := len(s); n > 0 && s[n-1].last == i {
		s[n-1].last++
		return s
	}
	return append(s, span{i, i + 1})
}

// union returns the records of all pieces.
func union(pieces []*piece) set {
	var runs set
	for _, p := range pieces {
		runs = append(runs, p.set...)
	}
	slices.SortFunc(runs, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	var all set
	for _, r := range runs {
		if n := len(all); n > 0 && all[n-1].last == r.first {
			all[n-1].last = r.last
			continue
		}
		all = append(all, r)
	}
	return all
}
