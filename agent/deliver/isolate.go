package deliver

import (
	"cmp"
	"context"
	"slices"
	"time"

	"logskiff/record"
	"logskiff/senders"
)

const (
	maxBlind = 16 // lone records that may go in a row without evidence, each after blindAfter
	maxHunts = 32 // further tries to find anything the destination takes
	flushAt  = 64 // refused records gathered for one write
	holdMost = time.Minute

	// So long a record must have been refused, again and again, before it goes without evidence.
	blindAfter = 10 * time.Minute
)

// isolation is a batch in pieces, and what sending pieces needs.
type isolation struct {
	*Deliverer
	b           *record.Batch
	encoder     senders.Encoder
	compressor  senders.Compressor
	plain, body []byte

	todo    []*piece          // not decided yet, in order
	refused []refusal         // single records that were refused and are not written yet
	began   int64             // the quarantine's count of deliveries when this began
	took    map[*health]int64 // likewise the endpoints'
	since   time.Time
	hunts   int
	holds   int
}

// refusal is the last word on one record.
type refusal struct {
	*piece   // of one record
	by       *health
	endpoint string // by's name
	asked    int    // times it was asked about again
	senders.Result
}

// isolate sends a batch that was refused or is too large in ever smaller pieces,
// so that one bad record costs only itself.
//
// A refused record goes to quarantine when it was refused again, alone and on new
// connections (confirm), after there was evidence that the destination takes others: a
// piece of this batch, or another batch of this pipeline, was delivered since. A
// destination that refuses everything is most likely set up wrongly and would send
// a whole day's logs there. Then the batch is held, shown, and tried again.
//
// A batch of a few bad records can stand before all that would be evidence. So these
// few may go without it after a long time, where the endpoint did once take something.
//
// Pieces go in order, except while hunting for evidence.
func (d *Deliverer) isolate(ctx context.Context, b *record.Batch, r senders.Result, by *health) error {
	w := &isolation{Deliverer: d, b: b, encoder: d.newEncoder(), compressor: d.newCompressor(), since: time.Now()}
	w.begins()
	w.answered(&piece{span: span{0, len(b.Records)}}, r, by)
	for {
		if err := w.settle(ctx); err != nil {
			return err
		}
		if len(w.todo)+len(w.refused) == 0 {
			return nil
		}
		if len(w.todo) == 0 || !w.evidence() && w.hunts >= maxHunts {
			if err := w.holdAll(ctx); err != nil {
				return err
			}
			continue
		}
		p := w.next()
		w.encode(p.span)
		// What was refused is asked about on new connections at once: a kept one that leads to
		// a bad server would refuse everything for ever, and an answer on it proves less.
		w.payload.Fresh = p.doubted() || w.holds > 0 && !w.evidence()
		r, by, err := w.first(ctx, p.len())
		if err == nil && doubtful(r, p.len()) && w.pool.canAsk(by) && !w.takes(by) {
			r, by, err = w.second(ctx, r, by)
		}
		if err != nil {
			return err
		}
		w.answered(p, r, by)
	}
}

// begins notes from when on a delivery is evidence.
func (w *isolation) begins() {
	w.began, w.took = w.quarantine.deliveries.Load(), w.pool.taken()
}

// evidence says whether the destination took anything since this began.
func (w *isolation) evidence() bool { return w.quarantine.deliveries.Load() != w.began }

// next takes the leftmost piece; while hunting, the largest.
func (w *isolation) next() *piece {
	i := 0
	if !w.evidence() && len(w.refused) >= maxBlind {
		w.hunts++
		largest := slices.MaxFunc(w.todo, func(a, b *piece) int { return cmp.Compare(a.len(), b.len()) })
		i = slices.Index(w.todo, largest)
	}
	p := w.todo[i]
	w.todo = slices.Delete(w.todo, i, i+1)
	return p
}

// encode makes the records of s the payload.
func (w *isolation) encode(s span) {
	w.plain = w.encoder.Append(w.plain[:0], w.b, s.first, s.last)
	body := w.plain
	if w.contentEncoding != "" {
		w.body = w.compressor.Append(w.body[:0], w.plain)
		body = w.body
	}
	w.load(w.b, s, body)
}

// answered notes what the destination said to p.
func (w *isolation) answered(p *piece, r senders.Result, by *health) {
	switch {
	case r.Class == senders.Delivered:
		w.delivered(p.span)
		w.taken(p, by)
	case p.len() > 1:
		p.refuse(r, by)
		w.pool.Splits.Add(1)
		at, _ := slices.BinarySearchFunc(w.todo, p.first, func(t *piece, first int) int { return cmp.Compare(t.first, first) })
		left, right := p.halves()
		w.todo = slices.Insert(w.todo, at, left, right)
	default:
		p.refuse(r, by)
		w.refused = append(w.refused, refusal{p, by, by.Name(), 0, r})
	}
}

// settle writes refused records to quarantine as far as they may go there.
func (w *isolation) settle(ctx context.Context) error {
	sure := w.evidence()
	switch {
	case len(w.refused) == 0:
		return nil
	case sure && len(w.refused) < flushAt && len(w.todo) > 0:
		return nil // more may come
	case !sure && (len(w.todo) > 0 || !w.mayBlindly()):
		return nil
	}
	if err := w.confirm(ctx); err != nil {
		return err
	}
	for _, r := range w.refused {
		if sure && !w.takes(r.by) { // the evidence is another endpoint's
			w.begins()
			return nil
		}
	}
	return w.keep(ctx, !sure)
}

// mayBlindly says whether what was refused may go to quarantine without evidence.
func (w *isolation) mayBlindly() bool {
	if time.Since(w.since) < blindAfter || !w.quarantine.mayBlindly(len(w.refused)) {
		return false
	}
	taken := w.pool.taken()
	return !slices.ContainsFunc(w.refused, func(r refusal) bool { return taken[r.by] == 0 })
}

// keep writes the refused records to quarantine.
func (w *isolation) keep(ctx context.Context, blindly bool) error {
	if len(w.refused) == 0 {
		return nil
	}
	for n := 1; ; n++ {
		err := w.quarantine.put(w.b, w.refused, blindly)
		if err == nil {
			w.quarantine.kept()
			break
		}
		if err := w.quarantine.holdUnkept(ctx, err.Error(), w.pause(n)); err != nil {
			return err
		}
	}
	for _, r := range w.refused {
		w.quarantined(w.b, r.first)
		w.pool.doubt.agreed()
	}
	w.refused = w.refused[:0]
	return nil
}

// holdAll waits, and then has everything not settled sent again in pieces as large as possible.
func (w *isolation) holdAll(ctx context.Context) error {
	w.holds++
	last := w.refused[len(w.refused)-1]
	why := last.endpoint + " refuses everything: " + last.Reason
	if err := w.quarantine.holdRefused(ctx, why, w.pause(w.holds), w.began); err != nil {
		return err
	}
	for _, r := range w.refused {
		w.todo = append(w.todo, r.piece)
	}
	slices.SortFunc(w.todo, func(a, b *piece) int { return cmp.Compare(a.first, b.first) })
	var merged []*piece
	for _, p := range w.todo {
		if n := len(merged); n > 0 && merged[n-1].last == p.first {
			merged[n-1].last = p.last
			continue
		}
		merged = append(merged, &piece{span: p.span})
	}
	w.todo, w.refused, w.hunts = merged, w.refused[:0], 0
	return nil
}

// pause returns how long the n-th hold in a row lasts: 1 s, doubled up to a minute.
func (w *isolation) pause(n int) time.Duration {
	d := min(backoffFirst<<min(n-1, 10), holdMost)
	return time.Duration(float64(d) * (0.8 + 0.4*w.pool.Random()))
}
