package history

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"
)

// Length is how far back it goes.
const Length = 15 * time.Minute

// Budget is the most memory that values take, in bytes. Where there are so many rows that one value a second does
// not fit, one is kept each two seconds, each four, and so on: the mean of what was said meanwhile.
const Budget = 960 << 10

// Key says whose figures a row has: of a source (Sub is ""), of a sender, or of the endpoint Sub of a sender.
type Key struct{ Kind, Name, Sub string }

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Kind, o.Kind), cmp.Compare(k.Name, o.Name), cmp.Compare(k.Sub, o.Sub))
}

// Figures are the values of one row at one time, in the order that who says them has chosen. Those of a key are always as many.
type Figures struct {
	Key
	Shape  uint8     // which figures they are, as who says them numbers that; a row whose shape changes begins anew
	Values []float64 // belongs to the caller
}

// Series is one row as it is shown.
type Series struct {
	Key
	Shape   uint8
	Columns [][]float64 // of each figure the values, oldest first; NaN where there is none
}

// History holds the rows. Its methods may be called from any goroutine.
type History struct {
	mu     sync.Mutex
	began  time.Time
	budget int
	step   time.Duration
	now    int // the step that values are said for, counted from began
	rows   map[Key]*row
}

// row is a ring for each figure, all in one slice.
type row struct {
	figures int
	shape   uint8
	kept    []uint16 // figure by figure, slots each; that of step n is at n modulo slots
	sum     []float64
	said    int // how often in this step
}

// New returns an empty one that begins at a time. budget is Budget but in tests.
func New(began time.Time, budget int) *History {
	return &History{began: began, budget: budget, step: time.Second, rows: map[Key]*row{}}
}

func (h *History) slots() int { return int(Length / h.step) }

// Add takes figures as they are at a time, which never goes back, and were since an earlier one, which may be the same. What is
// not named any more is forgotten.
func (h *History) Add(since, now time.Time, all []Figures) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fit(all)
	last := int(now.Sub(h.began) / h.step)
	for step := max(int(since.Sub(h.began)/h.step), h.now+1, last-h.slots()+1); step < last; step++ {
		h.say(step, all)
	}
	h.say(last, all)
}

// say takes figures for one step.
func (h *History) say(step int, all []Figures) {
	h.turn(step)
	named := 0
	for _, f := range all {
		r := h.rows[f.Key]
		if r == nil || r.figures != len(f.Values) || r.shape != f.Shape {
			r = h.newRow(len(f.Values))
			r.shape = f.Shape
			h.rows[f.Key] = r
		}
		for i, v := range f.Values {
			r.sum[i] += v
		}
		r.said++
		for i := range f.Values {
			r.kept[i*h.slots()+h.now%h.slots()] = pack(r.sum[i] / float64(r.said))
		}
		named++
	}
	if named < len(h.rows) {
		h.forget(all)
	}
}

func (h *History) newRow(figures int) *row {
	r := &row{figures: figures, kept: make([]uint16, figures*h.slots()), sum: make([]float64, figures)}
	for i := range r.kept {
		r.kept[i] = missing
	}
	return r
}

// turn goes on to step n: what was not said for the steps between is missing.
func (h *History) turn(n int) {
	if n <= h.now {
		return
	}
	slots := h.slots()
	for _, r := range h.rows {
		for s := max(h.now+1, n-slots+1); s <= n; s++ {
			for i := range r.figures {
				r.kept[i*slots+s%slots] = missing
			}
		}
		clear(r.sum)
		r.said = 0
	}
	h.now = n
}

func (h *History) forget(all []Figures) {
	there := make(map[Key]bool, len(all))
	for _, f := range all {
		there[f.Key] = true
	}
	for k := range h.rows {
		if !there[k] {
			delete(h.rows, k)
		}
	}
}

// fit doubles the step until all rows fit.
func (h *History) fit(all []Figures) {
	figures := 0
	for _, f := range all {
		figures += len(f.Values)
	}
	for 2*figures*h.slots() > h.budget && h.step < Length/2 {
		h.coarsen()
	}
}

// coarsen makes one value of two, and forgets what is older than Length.
func (h *History) coarsen() {
	was, slots := h.slots(), int(Length/(2*h.step))
	for k, r := range h.rows {
		n := &row{figures: r.figures, shape: r.shape, kept: make([]uint16, r.figures*slots), sum: r.sum, said: r.said}
		for i := range r.figures {
			for s := max(0, h.now/2-slots+1); s <= h.now/2; s++ {
				n.kept[i*slots+s%slots] = mean(h.at(r, i, 2*s, was), h.at(r, i, 2*s+1, was))
			}
			for s := h.now/2 + 1; s < slots; s++ {
				n.kept[i*slots+s] = missing // of a time before the first
			}
			if before := h.at(r, i, h.now-1, was); h.now%2 == 1 && before != missing {
				n.sum[i] += unpack(before) * h.step.Seconds()
			}
		}
		if h.now%2 == 1 && h.at(r, 0, h.now-1, was) != missing {
			n.said += int(h.step.Seconds())
		}
		h.rows[k] = n
	}
	h.step, h.now = 2*h.step, h.now/2
}

// at returns the value of a step, missing when it is not kept.
func (h *History) at(r *row, figure, step, slots int) uint16 {
	if step > h.now || step <= h.now-slots || step < 0 {
		return missing
	}
	return r.kept[figure*slots+step%slots]
}

func mean(a, b uint16) uint16 {
	switch {
	case a == missing:
		return b
	case b == missing:
		return a
	}
	return pack((unpack(a) + unpack(b)) / 2)
}

// Window returns what is kept of the last time up to for the keys that want picks, sorted, and the step between two values. The last value
// is of the step that is not over yet; end is when that began.
func (h *History) Window(last time.Duration, want func(Key) bool) (end time.Time, step time.Duration, all []Series) {
	h.mu.Lock()
	defer h.mu.Unlock()
	slots := h.slots()
	n := min(max(1, int((last+h.step-1)/h.step)), slots, h.now+1)
	for k, r := range h.rows {
		if !want(k) {
			continue
		}
		s := Series{Key: k, Shape: r.shape, Columns: make([][]float64, r.figures)}
		for i := range r.figures {
			s.Columns[i] = make([]float64, n)
			for j := range n {
				s.Columns[i][j] = unpack(h.at(r, i, h.now-n+1+j, slots))
			}
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Series) int { return a.Key.compare(b.Key) })
	return h.began.Add(time.Duration(h.now) * h.step), h.step, all
}

// Missing says whether a value of a Series is none.
func Missing(v float64) bool { return math.IsNaN(v) }
