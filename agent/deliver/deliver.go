package deliver

import (
	"context"

	"logskiff/agent/ack"
	"logskiff/record"
	"logskiff/senders"
)

// Outcome says what became of a batch. It is valid until the Deliverer is used again.
type Outcome struct {
	Delivered   int           // records
	Quarantined int           // records
	Segments    []ack.Outcome // bytes, one for each of the batch's segments
}

// Deliverer delivers batches, one after another; each goroutine needs its own. A
// pipeline that must keep the order of its batches uses a single one: it does not
// begin with a batch before the last one is settled.
type Deliverer struct {
	pool          *Pool
	quarantine    *Quarantine
	newEncoder    func() senders.Encoder
	newCompressor func() senders.Compressor

	contentType, contentEncoding string

	payload senders.Payload
	own     []byte // the payload's records in the sender's own form; nil: not made
	ownEnds []uint32
	tries   string // the key whose records are sent to find out whether they are taken again
	waits   func(key string) bool
	lot     *Lot // nil: Deliver stays with a batch until all of it is settled
	out     Outcome
}

// NewDeliverer returns a Deliverer for one goroutine of a pipeline. The
// bodies of the batches it is given were made by a compressor of the same kind, and
// by an encoder of the same kind or one that their BodyType names.
func NewDeliverer(pool *Pool, newEncoder func() senders.Encoder, newCompressor func() senders.Compressor,
	q *Quarantine) *Deliverer {
	d := &Deliverer{
		pool: pool, quarantine: q,
		newEncoder: newEncoder, newCompressor: newCompressor,
		contentType: newEncoder().ContentType(), contentEncoding: newCompressor().ContentEncoding(),
	}
	d.waits = func(key string) bool { return key != d.tries && pool.keys.waits(key) }
	return d
}

// WaitIn lets batches of which only records are left that have to wait go on in lot.
func (d *Deliverer) WaitIn(lot *Lot) { d.lot = lot }

// Deliver returns once every record of b is delivered or in quarantine, however
// long that takes, or with ErrWaits when the lot has what is left of b. Else it fails only with the context's error, or when its lot was stopped: then nothing of b may
// be acknowledged, although some of it may have been delivered. b.Body holds all
// records, encoded and compressed. Of a batch without records nothing is sent.
func (d *Deliverer) Deliver(ctx context.Context, b *record.Batch) (Outcome, error) {
	d.begin(b)
	whole := span{0, len(b.Records)}
	if whole.len() == 0 {
		return d.out.finish(b), nil
	}
	d.load(b, whole, b.Body, b.Ends)
	if b.BodyType != "" {
		d.payload.ContentType = b.BodyType
	}
	r, by, err := d.first(ctx, whole.len())
	if err == nil && doubtful(r, whole.len()) && (whole.len() == 1 || d.pool.canAsk(by)) {
		r, by, err = d.second(ctx, r, by)
	}
	if err == nil {
		if r.Class == senders.Delivered && len(r.Items)+r.Rejected == 0 {
			d.delivered(whole.len())
		} else {
			err = d.isolate(ctx, b, r, by)
		}
	}
	d.payload, d.own, d.ownEnds = senders.Payload{}, nil, nil // the batch is not ours any more
	if err != nil {
		return Outcome{}, err
	}
	return d.out.finish(b), nil
}

// load makes body, which holds the records of s, the next thing to send.
func (d *Deliverer) load(b *record.Batch, s span, body []byte, ends []uint32) {
	d.payload = senders.Payload{
		Body: body, ContentType: d.contentType, ContentEncoding: d.contentEncoding,
		Batch: b, First: s.first, Last: s.last, Waits: d.waits,
	}
	if d.pool.Ends && len(ends) == s.len() {
		d.payload.Ends = ends
	}
}

// append makes a body of the records of s, and says where each ends if the sender wants it.
func (d *Deliverer) append(e senders.Encoder, dst []byte, ends []uint32, b *record.Batch, s span) ([]byte, []uint32) {
	if !d.pool.Ends {
		return e.Append(dst, b, s.first, s.last), ends
	}
	return e.(senders.Marking).AppendMarked(dst, ends, b, s.first, s.last)
}

// first sends the payload, n records, until it is Delivered, or TooLarge, TooManySegments or
// Refused by the endpoint it returns; that is nil when the body need not be tried.
func (d *Deliverer) first(ctx context.Context, n int) (senders.Result, *health, error) {
	if n > 1 && d.pool.known.tooLarge(len(d.payload.Body)) {
		return senders.Result{Class: senders.TooLarge}, nil, nil
	}
	r, by, err := d.send(ctx, nil)
	if err == nil && r.Class == senders.TooLarge {
		d.pool.known.learn(len(d.payload.Body))
	}
	return r, by, err
}

// doubtful says whether an answer to n records may be its endpoint's fault.
func doubtful(r senders.Result, n int) bool {
	return r.Class == senders.Refused || r.Class == senders.TooLarge && n == 1
}

// second asks again, on a new connection, before a doubtful answer is believed: another endpoint where that
// is possible. If the body is taken then, what refused it is at fault; else the first answer stays.
func (d *Deliverer) second(ctx context.Context, r senders.Result, by *health) (senders.Result, *health, error) {
	second, other, err := d.sendFresh(ctx, by)
	switch n := d.payload.Last - d.payload.First; {
	case err != nil || second.Class != senders.Delivered:
		return r, by, err
	case second.Taken(n) < n: // this one looks at each record
	case r.Class == senders.Refused: // a lower limit is no fault
		d.pool.contradicted(by, other, r.Reason)
	}
	return second, other, nil
}

// sendFresh is send on a new connection.
func (d *Deliverer) sendFresh(ctx context.Context, avoid *health) (senders.Result, *health, error) {
	before := d.payload.Fresh
	d.payload.Fresh = true
	defer func() { d.payload.Fresh = before }()
	return d.send(ctx, avoid)
}

// send makes attempts until one ends with a last word: Delivered, TooLarge,
// TooManySegments or Refused. It uses another endpoint than avoid while one is healthy.
func (d *Deliverer) send(ctx context.Context, avoid *health) (senders.Result, *health, error) {
	for {
		a, err := d.pool.begin(ctx, avoid)
		if err != nil {
			return senders.Result{}, nil, err
		}
		if !d.takes(a.health, d.payload.ContentType) {
			d.rewrite()
		}
		r, by := d.attempt(ctx, a)
		if r.Class == senders.Misread {
			d.rewrite()
			d.pool.Retries.Add(1)
			continue
		}
		if isLastWord(r.Class) {
			return r, by, nil
		}
		if err := ctx.Err(); err != nil {
			return r, by, err
		}
		d.pool.Retries.Add(1)
	}
}

// attempt sends the payload once, or to two endpoints when the first keeps silent.
func (d *Deliverer) attempt(ctx context.Context, a attempt) (senders.Result, *health) {
	if d.pool.Hedge && len(d.pool.all) > 1 {
		return d.race(ctx, a)
	}
	r := a.Send(ctx, &d.payload)
	d.pool.finish(a, &d.payload, r, ctx.Err() != nil)
	return r, a.health
}

// isLastWord says whether an answer is about the body, and not about the endpoint.
func isLastWord(c senders.Class) bool {
	switch c {
	case senders.Delivered, senders.TooLarge, senders.TooManySegments, senders.Refused, senders.Misread:
		return true
	}
	return false
}

// begin empties the outcome for a batch.
func (d *Deliverer) begin(b *record.Batch) {
	d.out.Delivered, d.out.Quarantined = 0, 0
	d.out.Segments = append(d.out.Segments[:0], make([]ack.Outcome, len(b.Segments))...)
}

// delivered counts n records.
func (d *Deliverer) delivered(n int) {
	d.out.Delivered += n
	d.quarantine.delivered()
}

// quarantined counts a record that covers so much of a segment; -1: in none.
func (o *Outcome) quarantined(segment int, size uint32) {
	o.Quarantined++
	if segment >= 0 {
		o.Segments[segment].Quarantined += int64(size)
	}
}

// finish says that what is neither dropped nor in quarantine is delivered.
func (o *Outcome) finish(b *record.Batch) Outcome {
	for i := range b.Segments {
		s := &o.Segments[i]
		s.Dropped = b.Segments[i].Dropped + b.Segments[i].Missing
		s.Delivered = b.Segments[i].End - b.Segments[i].Start - s.Quarantined - s.Dropped
	}
	return *o
}
