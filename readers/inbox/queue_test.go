package inbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"logskiff/readers"
	"logskiff/record"
)

// lines makes a message of lines, and settled is what became of it.
func lines(b *Budget, texts ...string) (m *Message, size int64, settled *[]Outcome) {
	settled = new([]Outcome)
	m = &Message{Lease: b.Lease("a"), Settled: func(o Outcome) { *settled = append(*settled, o) }}
	for _, text := range texts {
		m.Records = append(m.Records, record.Record{
			Offset: int64(len(m.Body)), Size: uint32(len(text) + 1), Text: record.Span{Off: uint32(len(m.Body)), Len: uint32(len(text))},
		})
		m.Body = append(append(m.Body, text...), '\n')
	}
	if err := m.Lease.Take(int64(len(m.Body))); err != nil {
		panic("BUG: " + err.Error())
	}
	return m, int64(len(m.Body)), settled
}

func newRun() *Run { return &Run{Stream: &record.Stream{Origin: &record.Origin{}}} }

func texts(b *record.Batch) string {
	var all []string
	for _, r := range b.Records {
		all = append(all, string(b.Bytes(r.Text)))
	}
	return strings.Join(all, " ")
}

// A thousand clients cost one segment, whose offsets go on without a gap over batches.
func TestManyMessagesOfARunAreOneSegment(t *testing.T) {
	q, run, budget := NewQueue(), newRun(), NewBudget(1<<20)
	want := []string{}
	for i := range 1000 {
		m, size, _ := lines(budget, fmt.Sprint("a", i), fmt.Sprint("b", i))
		if err := q.PushRun(run, m, size); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprint("a", i), fmt.Sprint("b", i))
	}
	<-q.Ready()
	var got []string
	end := int64(0)
	for more := true; more; {
		b := new(record.Batch)
		more = q.Fill(b, record.Limits{Bytes: 1 << 20, Lines: 777, Segments: 3})
		if len(b.Segments) != 1 || b.Segments[0].Start != end || b.Segments[0].N != len(b.Records) || len(b.Records) > 777 {
			t.Fatalf("segments %+v, %d records, after %d", b.Segments, len(b.Records), end)
		}
		for _, r := range b.Records {
			if r.Offset != end {
				t.Fatalf("a record at %d, want %d", r.Offset, end)
			}
			end += int64(r.Size)
		}
		if end != b.Segments[0].End {
			t.Fatalf("records end at %d, their segment at %d", end, b.Segments[0].End)
		}
		got = append(got, strings.Fields(texts(b))...)
		q.Done(b, true)
	}
	if !slices.Equal(got, want) || budget.Used() != 0 || len(q.lent) != 0 || q.Len() != 0 {
		t.Fatalf("%d of %d records, %d bytes held, %d batches out", len(got), len(want), budget.Used(), len(q.lent))
	}
}

func TestAMessageIsSettledOnceAndSaysWhatWasGivenUp(t *testing.T) {
	q, run, budget := NewQueue(), newRun(), NewBudget(1<<20)
	m, size, settled := lines(budget, "one", "two", "three")
	if err := q.PushRun(run, m, size); err != nil {
		t.Fatal(err)
	}
	var batches []*record.Batch
	for more := true; more; {
		b := new(record.Batch)
		more = q.Fill(b, record.Limits{Bytes: 1 << 20, Lines: 1})
		batches = append(batches, b)
	}
	if budget.Used() != 0 {
		t.Fatal("what is in batches still counts for the queue")
	}
	q.Done(batches[2], true)
	q.Done(batches[0], true)
	if len(*settled) != 0 {
		t.Fatal("it is settled while a part of it is on its way")
	}
	q.Done(batches[1], false)
	if want := []Outcome{{Records: 1, Bytes: 4}}; !slices.Equal(*settled, want) || (*settled)[0].Delivered() {
		t.Fatalf("got %v, want %v", *settled, want)
	}
	q.Done(batches[1], false) // of nothing
}

func TestClosingGivesUpWhatWaitsAndTakesNothingMore(t *testing.T) {
	q, run, budget := NewQueue(), newRun(), NewBudget(1<<20)
	half, size, settledHalf := lines(budget, "one", "two", "three")
	if err := q.PushRun(run, half, size); err != nil {
		t.Fatal(err)
	}
	whole, size, settledWhole := lines(budget, "four", "five")
	if err := q.PushRun(run, whole, size); err != nil {
		t.Fatal(err)
	}
	b := new(record.Batch)
	q.Fill(b, record.Limits{Bytes: 1 << 20, Lines: 1})
	q.Close()
	if want := []Outcome{{Records: 2, Bytes: 10}}; !slices.Equal(*settledWhole, want) || len(*settledHalf) != 0 {
		t.Fatalf("got %v and %v", *settledWhole, *settledHalf)
	}
	q.Done(b, true)
	if want := []Outcome{{Records: 2, Bytes: 10}}; !slices.Equal(*settledHalf, want) || budget.Used() != 0 {
		t.Fatalf("got %v, %d bytes held", *settledHalf, budget.Used())
	}
	late, size, _ := lines(budget, "late")
	if err := q.PushRun(run, late, size); !errors.Is(err, ErrClosed) || run.next != 24 {
		t.Fatal(err, run.next)
	}
}

func TestWhatComesFromElsewhereGoesIntoAnotherBatch(t *testing.T) {
	q, budget := NewQueue(), NewBudget(1<<20)
	origins := []*record.Origin{{Host: "a"}, {Host: "a"}, {Host: "b"}}
	for i, o := range origins {
		m, size, _ := lines(budget, fmt.Sprint(i))
		if err := q.PushRun(&Run{Stream: &record.Stream{Origin: o}}, m, size); err != nil {
			t.Fatal(err)
		}
	}
	b := new(record.Batch)
	if !q.Fill(b, record.Limits{Bytes: 1 << 20}) || texts(b) != "0 1" || len(b.Segments) != 2 {
		t.Fatalf("%q in %d segments", texts(b), len(b.Segments))
	}
}

func TestFillingTakesNoMemoryForARecord(t *testing.T) {
	q, run, budget := NewQueue(), newRun(), NewBudget(1<<30)
	all := make([]string, 1000)
	for i := range all {
		all[i] = "a line"
	}
	type sized struct {
		m    *Message
		size int64
	}
	var messages []sized
	for range 22 {
		m, size, _ := lines(budget, all...)
		messages = append(messages, sized{m, size})
	}
	b := new(record.Batch)
	next := 0
	pass := func() {
		b.Reset()
		if err := q.PushRun(run, messages[next].m, messages[next].size); err != nil {
			t.Fatal(err)
		}
		q.Fill(b, record.Limits{Bytes: 1 << 20})
		q.Done(b, true)
		next++
	}
	pass()
	if n := testing.AllocsPerRun(20, pass); n > 4 || len(b.Records) != len(all) { // of the message, and of what the test keeps
		t.Fatalf("%v allocations for a message of %d records", n, len(b.Records))
	}
}

func TestWhatIsGivenUpIsCountedByReason(t *testing.T) {
	var g GivenUp
	g.Add("the queue is full", 1, 10)
	g.Add("stopping", 2, 20)
	g.Add("the queue is full", 3, 30)
	g.Add("nothing", 0, 0)
	want := []readers.GivenUp{{Why: "stopping", Records: 2, Bytes: 20}, {Why: "the queue is full", Records: 4, Bytes: 40}}
	if got := g.Snapshot(); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}
