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
	ends        []uint32
	view        record.Batch // the records of a piece that are not neighbours

	todo    []*piece          // not decided yet, in order
	later   []*waiting        // to be sent again when it is time
	refused []refusal         // single records that were refused and are not written yet
	began   int64             // the quarantine's count of deliveries when this began
	took    map[*health]int64 // likewise the endpoints'
	since   time.Time
	hunts   int
	holds   int
	shown   bool // that records wait
	last    bool // what waits is tried for the last time

	homes []home // what batches the records are from; nil: all from that of Deliver
}

// refusal is the last word on one record.
type refusal struct {
	*piece   // of one record
	by       *health
	endpoint string // by's name
	asked    int    // times it was asked about again
	named    bool   // the answer named this record,
	judged   bool   // and some other answer did that took others: whoever gave it looks at each
	senders.Result
}

// isolate settles a batch that was not taken as a whole. Of what the destination names, each record goes
// its own way (named). Where it names none, the batch is sent in ever smaller pieces, so that
// one bad record costs only itself.
//
// A refused record goes to quarantine when it was refused again, on new connections
// (confirm), after there was evidence that the destination takes others: the same answer, a
// piece of this batch, or another batch of this pipeline, was delivered since. A
// destination that refuses everything is most likely set up wrongly and would send
// a whole day's logs there. Then the batch is held, shown, and tried again.
//
// A batch of a few bad records can stand before all that would be evidence. So these
// few may go without it after a long time, where the endpoint did once take something.
//
// Pieces go in order, except while hunting for evidence, and what has to wait.
func (d *Deliverer) isolate(ctx context.Context, b *record.Batch, r senders.Result, by *health) error {
	w := &isolation{Deliverer: d, b: b, encoder: d.newEncoder(), compressor: d.newCompressor(), since: time.Now()}
	w.begins()
	w.answered(&piece{set: set{{0, len(b.Records)}}}, r, by)
	defer w.waitsNoMore()
	return w.run(ctx)
}

// run goes on until all is settled or moved into the lot.
func (w *isolation) run(ctx context.Context) error {
	for {
		if err := w.settle(ctx); err != nil {
			return err
		}
		w.wake()
		var err error
		switch {
		case len(w.todo) > 0 && (w.evidence() || w.hunts < maxHunts):
			err = w.try(ctx)
		case len(w.todo)+len(w.refused) > 0:
			w.holdAll()
		case len(w.later) > 0 && w.intoLot(ctx):
			return ErrWaits
		case len(w.later) > 0:
			stops, gone := w.lot.stops()
			if w.hasHeld() {
				gone = nil // what another batch proves may settle it any moment
			} else if stops {
				return errStops
			}
			w.quarantine.blocked.Add(1)
			err = w.rest(ctx, gone)
			w.quarantine.blocked.Add(-1)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// begins notes from when on a delivery is evidence.
func (w *isolation) begins() {
	w.began, w.took = w.quarantine.deliveries.Load(), w.pool.taken()
}

// evidence says whether the destination took anything since this began.
func (w *isolation) evidence() bool { return w.quarantine.deliveries.Load() != w.began }

// try sends the next piece.
func (w *isolation) try(ctx context.Context) error {
	p := w.next()
	if w.waitsStill(p) {
		return nil
	}
	w.encode(p.set)
	// What was refused is asked about on new connections at once: a kept one that leads to
	// a bad server would refuse everything for ever, and an answer on it proves less.
	w.payload.Fresh = p.doubted() || w.holds > 0 && !w.evidence()
	w.tries = p.key
	r, by, err := w.first(ctx, p.len())
	if err == nil && doubtful(r, p.len()) && w.pool.canAsk(by) && !w.takes(by) {
		r, by, err = w.second(ctx, r, by)
	}
	w.tries = ""
	if err != nil {
		return err
	}
	w.answered(p, r, by)
	return nil
}

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

// add puts pieces back into their places.
func (w *isolation) add(pieces ...*piece) {
	for _, p := range pieces {
		at, _ := slices.BinarySearchFunc(w.todo, p.first(), func(t *piece, first int) int { return cmp.Compare(t.first(), first) })
		w.todo = slices.Insert(w.todo, at, p)
	}
}

// encode makes the records of s the payload.
func (w *isolation) encode(s set) {
	b, at := w.b, s[0]
	if len(s) > 1 {
		show(&w.view, b, s)
		b, at = &w.view, span{0, len(w.view.Records)}
	}
	w.plain, w.ends = w.append(w.encoder, w.plain[:0], w.ends[:0], b, at)
	body := w.plain
	if w.contentEncoding != "" {
		w.body = w.compressor.Append(w.body[:0], w.plain)
		body = w.body
	}
	w.load(b, at, body, w.ends)
}

// answered notes what the destination said to p.
func (w *isolation) answered(p *piece, r senders.Result, by *health) {
	if p.key != "" && !slices.ContainsFunc(r.Items, func(i senders.Item) bool { return i.Key == p.key }) {
		w.pool.keys.works(p.key)
	}
	switch {
	case r.Class == senders.Delivered && len(r.Items)+r.Rejected > 0:
		w.inPart(p, r, by)
	case r.Class == senders.Delivered:
		w.delivered(p.set)
		w.taken(p, by)
	case p.len() > 1:
		p.refuse(r, by)
		w.halve(p)
	default:
		p.refuse(r, by)
		w.refused = append(w.refused, refusal{piece: p, by: by, endpoint: by.Name(), Result: r})
	}
}

// halve has p sent in two pieces.
func (w *isolation) halve(p *piece) {
	w.pool.Splits.Add(1)
	w.add(p.halves())
}

// settle writes refused records to quarantine as far as they may go there.
func (w *isolation) settle(ctx context.Context) error {
	sure := w.evidence() || w.allJudged()
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
		if sure && !r.judged && !w.takes(r.by) { // the evidence is another endpoint's
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
		w.quarantined(r.first())
		w.pool.doubt.agreed()
	}
	w.refused = w.refused[:0]
	return nil
}
