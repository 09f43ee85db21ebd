package ack

import (
	"slices"
	"testing"

	"logskiff/record"

	"pgregory.net/rapid"
)

// naive is what a tracker promises, said in the dullest way: it keeps every
// segment for ever and looks at all of them each time.
type naive struct {
	segments map[string][]naiveSegment
}

type naiveSegment struct {
	start, end int64
	acked      bool
	outcome    Outcome
}

func (n *naive) find(s record.Segment) *naiveSegment {
	of := n.segments[s.Stream.Path]
	i := slices.IndexFunc(of, func(x naiveSegment) bool { return x.start == s.Start })
	return &of[i]
}

// run returns the offset released so far and the ledger up to it.
func (n *naive) run(name string) (offset int64, sum Outcome) {
	for _, s := range n.segments[name] {
		if !s.acked {
			break
		}
		offset = s.end
		sum.Delivered += s.outcome.Delivered
		sum.Quarantined += s.outcome.Quarantined
		sum.Dropped += s.outcome.Dropped
	}
	return offset, sum
}

func TestTrackerAgreesWithANaiveModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := naive{segments: map[string][]naiveSegment{}}
		offsets, sums := map[string]int64{}, map[string]Outcome{}
		tr := New(func(s *record.Stream, pos record.Position, o Outcome) {
			if pos.Offset <= offsets[s.Path] {
				t.Fatalf("stream %s went from %d back to %d", s.Path, offsets[s.Path], pos.Offset)
			}
			sum := sums[s.Path]
			offsets[s.Path] = pos.Offset
			sums[s.Path] = Outcome{sum.Delivered + o.Delivered, sum.Quarantined + o.Quarantined, sum.Dropped + o.Dropped}
		})
		ends := map[string]int64{}
		var inFlight []*record.Batch

		add := func(t *rapid.T) {
			b := &record.Batch{}
			for range rapid.IntRange(1, 4).Draw(t, "segments") {
				name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "stream")
				n := rapid.Int64Range(1, 9).Draw(t, "bytes")
				b.Segments = append(b.Segments, segments(stream(name), ends[name], ends[name]+n).Segments[0])
				model.segments[name] = append(model.segments[name], naiveSegment{start: ends[name], end: ends[name] + n})
				ends[name] += n
			}
			tr.Add(b)
			inFlight = append(inFlight, b)
		}
		take := func(t *rapid.T) *record.Batch {
			if len(inFlight) == 0 {
				t.Skip("nothing in flight")
			}
			i := rapid.IntRange(0, len(inFlight)-1).Draw(t, "batch")
			b := inFlight[i]
			inFlight = slices.Delete(inFlight, i, i+1)
			return b
		}
		done := func(t *rapid.T) {
			b := take(t)
			outcomes := make([]Outcome, len(b.Segments))
			for i, s := range b.Segments {
				bad := rapid.Int64Range(0, s.End-s.Start).Draw(t, "quarantined")
				dropped := rapid.Int64Range(0, s.End-s.Start-bad).Draw(t, "dropped")
				outcomes[i] = Outcome{s.End - s.Start - bad - dropped, bad, dropped}
				m := model.find(s)
				m.acked, m.outcome = true, outcomes[i]
			}
			tr.Done(b, outcomes)
		}
		abandon := func(t *rapid.T) {
			if rapid.IntRange(0, 9).Draw(t, "rarely") > 0 {
				t.Skip("not now")
			}
			tr.Abandon(take(t))
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": add, "done": done, "done again": done, "abandon": abandon,
			"": func(t *rapid.T) {
				for name := range model.segments {
					offset, sum := model.run(name)
					if offsets[name] != offset || sums[name] != sum {
						t.Fatalf("stream %s: released %d %+v, want %d %+v", name, offsets[name], sums[name], offset, sum)
					}
				}
				if len(inFlight) == 0 && tr.Outstanding() != (Outstanding{}) {
					t.Fatalf("nothing is in flight, yet %+v", tr.Outstanding())
				}
			},
		})
	})
}
