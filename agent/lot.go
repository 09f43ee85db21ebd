package agent

import (
	"golang.org/x/sync/errgroup"

	"logskiff/agent/deliver"
	"logskiff/record"
)

// newLot returns where records wait that the destination does not take yet, while it takes others of the same
// batches; nil where batches are delivered in the order they were read. It may hold as many bytes as one
// batch holds text. A batch that waits there has given its memory back, and is neither in flight nor acknowledged.
func (p *Pipeline) newLot(stages *errgroup.Group) *deliver.Lot {
	if p.keepOrder {
		return nil
	}
	return deliver.NewLot(deliver.LotOptions{
		Room: func() int { return p.pool.Limits().Bytes },
		Go:   stages.Go,
		Waits: func(b *record.Batch) {
			p.Stats.SentBytes.Add(int64(len(b.Body)))
			p.pool.Put(b.Detach())
			p.flight.done()
		},
		Settled: func(b *record.Batch, outcome deliver.Outcome, err error) {
			if err != nil {
				p.abandon(b)
			} else {
				p.note(b, outcome)
			}
			p.reader.Done(b, err == nil)
		},
	})
}
