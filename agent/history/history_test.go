package history

import (
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 21, 2, 20, 47, 0, time.UTC)

func all(Key) bool { return true }

// add adds what is so at one moment.
func add(h *History, now time.Time, all []Figures) { h.Add(now, now, all) }

// said adds one value of one source.
func said(h *History, second int, name string, v float64) {
	add(h, start.Add(time.Duration(second)*time.Second), []Figures{{Key: Key{Kind: "source", Name: name}, Values: []float64{v}}})
}

func TestAValueComesOutAsItWentIn(t *testing.T) {
	for _, v := range []float64{0, 0.001, 0.5, 1, 2, 3, 999, 1e6, 123456789, 1e15} {
		if got := unpack(pack(v)); math.Abs(got-v) > v/1000 {
			t.Errorf("%v became %v", v, got)
		}
	}
	for _, v := range []float64{-1, math.NaN(), math.Inf(-1), 1e-9} {
		if got := unpack(pack(v)); got != 0 {
			t.Errorf("%v became %v, want 0", v, got)
		}
	}
	if got := unpack(pack(math.Inf(1))); math.IsNaN(got) || got < 1e15 {
		t.Errorf("infinity became %v", got)
	}
	for code := uint16(1); code <= pack(1<<53); code++ {
		if got := pack(unpack(code)); got != code {
			t.Fatalf("code %d became %d", code, got)
		}
	}
}

func TestASecondThatNobodySpokeInIsMissing(t *testing.T) {
	h := New(start, Budget)
	said(h, 0, "a", 1)
	said(h, 1, "a", 2)
	said(h, 4, "a", 3)
	end, step, rows := h.Window(Length, all)
	if got := fmt.Sprint(rows[0].Columns[0]); got != "[1 2 NaN NaN 3]" || step != time.Second || !end.Equal(start.Add(4*time.Second)) {
		t.Errorf("got %s, each %v, up to %v", got, step, end)
	}
	if _, _, rows := h.Window(2*time.Second, all); fmt.Sprint(rows[0].Columns[0]) != "[NaN 3]" {
		t.Errorf("the last two: %v", rows[0].Columns[0])
	}
}

func TestWhatWasSoSinceIsSaidForEachSecond(t *testing.T) {
	h := New(start, Budget)
	at := func(since, now int, v float64) {
		s := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
		h.Add(s(since), s(now), []Figures{{Key: Key{Kind: "source", Name: "a"}, Values: []float64{v}}})
	}
	at(0, 0, 1)
	at(1, 3, 2)
	at(3, 5, 4) // the third was spoken for already, but for this moment
	_, _, rows := h.Window(Length, all)
	if got := fmt.Sprint(rows[0].Columns[0]); got != "[1 2 2 2 4 4]" {
		t.Errorf("got %s", got)
	}
	at(6, 2000, 7)
	_, _, rows = h.Window(Length, all)
	if got := rows[0].Columns[0]; len(got) != 900 || got[0] != 7 || got[899] != 7 {
		t.Errorf("%d values, from %v to %v", len(got), got[0], got[len(got)-1])
	}
}

func TestOnlyAQuarterOfAnHourIsKept(t *testing.T) {
	h := New(start, Budget)
	for s := range 2000 {
		said(h, s, "a", float64(s))
	}
	_, _, rows := h.Window(Length, all)
	c := rows[0].Columns[0]
	if len(c) != 900 || math.Abs(c[0]-1100) > 2 || math.Abs(c[899]-1999) > 2 {
		t.Errorf("%d values from %v to %v", len(c), c[0], c[len(c)-1])
	}
	said(h, 10_000, "a", 7) // the machine slept
	if _, _, rows = h.Window(Length, all); !Missing(rows[0].Columns[0][898]) || rows[0].Columns[0][899] != 7 {
		t.Error("what is older than a quarter of an hour is still there")
	}
}

func TestWhatIsNotNamedAnyMoreIsForgotten(t *testing.T) {
	h := New(start, Budget)
	said(h, 0, "a", 1)
	said(h, 1, "b", 1)
	if _, _, rows := h.Window(Length, all); len(rows) != 1 || rows[0].Name != "b" || !Missing(rows[0].Columns[0][0]) {
		t.Errorf("got %v", rows)
	}
}

// Figures that are others now are not drawn as if they were those before them.
func TestARowOfAnotherShapeBeginsAnew(t *testing.T) {
	h := New(start, Budget)
	for s, shape := range []uint8{1, 1, 2, 2} {
		add(h, start.Add(time.Duration(s)*time.Second), []Figures{{Key: Key{Kind: "source", Name: "a"}, Shape: shape, Values: []float64{float64(s)}}})
	}
	_, _, rows := h.Window(Length, all)
	if got := fmt.Sprint(rows[0].Columns[0]); got != "[NaN NaN 2 3]" || rows[0].Shape != 2 {
		t.Errorf("got %s of shape %d", got, rows[0].Shape)
	}
}

// However many there are, the bound holds, and what is kept is the mean.
func TestManyRowsAreKeptMoreCoarsely(t *testing.T) {
	h := New(start, Budget)
	add := func(second, rows int, v float64) {
		var all []Figures
		for i := range rows {
			all = append(all, Figures{Key: Key{Kind: "source", Name: fmt.Sprint(i)}, Values: []float64{v, v, v, v, v}})
		}
		add(h, start.Add(time.Duration(second)*time.Second), all)
	}
	for s := range 100 {
		add(s, 10, float64(s%2)*100)
	}
	if _, step, _ := h.Window(Length, all); step != time.Second {
		t.Fatalf("ten rows are kept each %v", step)
	}
	for s := 100; s < 200; s++ {
		add(s, 1000, float64(s%2)*100)
	}
	_, step, rows := h.Window(Length, all)
	if len(rows) != 1000 || step != 16*time.Second {
		t.Fatalf("%d rows, each %v", len(rows), step)
	}
	bytes := 0
	for _, r := range h.rows {
		bytes += 2 * len(r.kept)
	}
	if bytes > Budget {
		t.Errorf("%d bytes, and %d may be used", bytes, Budget)
	}
	for _, r := range rows {
		for i, v := range r.Columns[0][:len(r.Columns[0])-1] {
			if !Missing(v) && math.Abs(v-50) > 1 {
				t.Fatalf("row %s, step %d: %v, want the mean, 50", r.Name, i, v)
			}
		}
	}
	if first := rows[0].Columns[0]; Missing(first[0]) {
		t.Error("what was kept before there were so many is gone")
	}
}

// The bound: every source, sender and endpoint of a large host, in 1 MiB with all that is around the values.
func TestTheHistoryOfALargeHostTakesAtMostAMegabyte(t *testing.T) {
	var figures []Figures
	for i := range 50 {
		figures = append(figures, Figures{Key: Key{Kind: "source", Name: fmt.Sprint(i)}, Values: make([]float64, 5)})
	}
	for i := range 5 {
		figures = append(figures, Figures{Key: Key{Kind: "sender", Name: fmt.Sprint(i)}, Values: make([]float64, 3)})
		for j := range 4 {
			figures = append(figures, Figures{Key: Key{Kind: "endpoint", Name: fmt.Sprint(i), Sub: fmt.Sprint(j)}, Values: make([]float64, 3)})
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	h := New(start, Budget)
	for s := range 1000 {
		add(h, start.Add(time.Duration(s)*time.Second), figures)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if took := int64(after.HeapAlloc) - int64(before.HeapAlloc); took > 1<<20 {
		t.Errorf("it takes %d bytes", took)
	}
	if _, step, _ := h.Window(Length, all); step != time.Second {
		t.Errorf("each %v, want each second", step)
	}
	if n := testing.AllocsPerRun(10, func() { add(h, start.Add(1000*time.Second), figures) }); n != 0 {
		t.Errorf("%v allocations a second", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	var figures []Figures
	for i := range 50 {
		figures = append(figures, Figures{Key: Key{Kind: "source", Name: fmt.Sprint(i)}, Values: []float64{1, 2, 3, 4, 5}})
	}
	h := New(start, Budget)
	for i := 0; b.Loop(); i++ {
		add(h, start.Add(time.Duration(i)*time.Second), figures)
	}
}
