package file

import (
	"math/rand/v2"
	"testing"

	"logskiff/record"
	"logskiff/senders"
)

// keeping takes all records that keep does not want out of a payload, as the stage
// of a source does.
func keeping(p *senders.Payload, keep func(offset int64) bool) *senders.Payload {
	b := p.Batch
	p.Body = nil
	for i := range b.Records {
		if r := &b.Records[i]; !keep(r.Offset) {
			r.Kind = record.Dropped
		} else {
			p.Body = append(p.Body, line(1, r.Offset)...)
		}
	}
	b.RemoveDropped()
	p.Last = len(b.Records)
	return p
}

// A sender that leaves most lines out, and whose batches are cut at other places after
// each restart. Batches of which nothing is left are not sent at all.
func TestRepeatsAroundDroppedRecordsAreKnown(t *testing.T) {
	const records = 200
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		kept := map[int64]bool{}
		var want []seg
		for i := range int64(records) {
			if rnd.IntN(6) == 0 {
				kept[10*i] = true
				want = append(want, seg{1, 10 * i, 1, 10})
			}
		}
		dir := t.TempDir()
		e := mustOpen(t, dir)
		for range 3 {
			for at := int64(0); at < records; {
				n := min(1+rnd.Int64N(30), records-at)
				p := keeping(payload(seg{1, 10 * at, int(n), 10}), func(offset int64) bool { return kept[offset] })
				at += n
				if p.Last == 0 {
					continue
				}
				if r := e.Send(t.Context(), p); r.Class != senders.Delivered {
					t.Fatal(r.Reason)
				}
			}
		}
		wantOnce(t, dir, want...)
	}
}
