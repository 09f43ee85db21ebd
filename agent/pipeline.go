package agent

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"logskiff/agent/ack"
	"logskiff/agent/checkpoint"
	"logskiff/agent/deliver"
	"logskiff/parsers"
	"logskiff/readers"
	"logskiff/record"
)

// Pipeline carries the records of one source to one sender:
//
//	bytes in a file -> lines -> records -> encoded body -> forwarder -> acknowledgement -> checkpoint
//
// Every arrow is one method below, in this order. A batch has one owner at a
// time and walks forward through channels; only the acknowledgement walks back.
// The pool bounds how many batches there are, so a sender that does not take
// them stops this pipeline's reading, and nothing else.
type Pipeline struct {
	Name string // "source/sender", also its name in the checkpoint store

	log        *slog.Logger
	reader     readers.Reader
	parser     parsers.Parser
	sender     *Sender
	quarantine *deliver.Quarantine
	pool       *record.Pool
	acks       *ack.Tracker         // nil: the reader keeps no cursors, and its streams come in any order
	cursors    *checkpoint.Pipeline // nil likewise
	flight     flight
	lot        atomic.Pointer[deliver.Lot] // what waits while others go on; nil: nothing ever does
	pace       pace
	busy       busy
	quiet      time.Duration                        // after so long without a batch, idle memory is given back
	giveBack   func(time.Time) (wait time.Duration) // see memory.giveBack
	stir       func()                               // see rest.stir
	built      time.Time
	shadowed   sync.Once
	keepOrder  bool // batches are delivered in the order they were read
	Stats      Stats
}

// Run carries records until soft is done, then stops reading and goes on until
// everything read is acknowledged, or waits for what only others can do (lot.go), or hard is done.
func (p *Pipeline) Run(soft, hard context.Context) error {
	workers, deliverers := runtime.GOMAXPROCS(0), p.sender.conf.MaxInFlight
	if p.keepOrder {
		workers, deliverers = 1, 1
	}
	filled := make(chan *record.Batch)
	encoded := make(chan *record.Batch)

	reading, stop := context.WithCancel(soft)
	defer stop()
	var stages errgroup.Group
	stages.Go(func() error {
		defer stop() // a reader that can never work ends its pipeline
		return p.reader.Run(reading)
	})
	stages.Go(func() error {
		defer close(filled)
		return p.read(reading, filled)
	})
	stages.Go(func() error {
		defer close(encoded)
		var parsing errgroup.Group
		for range workers {
			parsing.Go(func() error { return p.parse(filled, encoded) })
		}
		return parsing.Wait()
	})
	lot := p.newLot(&stages)
	p.lot.Store(lot)
	defer context.AfterFunc(soft, lot.Stop)()
	stages.Go(func() error {
		defer lot.Drain() // nothing comes behind what the last of them had
		var delivering errgroup.Group
		for range deliverers {
			delivering.Go(func() error { return p.deliver(hard, encoded, lot) })
		}
		return delivering.Wait()
	})
	err := stages.Wait()
	if closing := p.reader.Close(); err == nil {
		err = closing
	}
	return err
}

// read: bytes in a file -> lines. Each batch it hands on is noted by the
// acknowledgement tracker first, in read order.
func (p *Pipeline) read(ctx context.Context, filled chan<- *record.Batch) error {
	for {
		b, err := p.pool.Get(ctx)
		if err != nil {
			return nil
		}
		p.fill(ctx, b)
		if empty(b) {
			p.pool.Put(b)
			return nil // the context is done
		}
		b.ReadAt = time.Now().UnixNano()
		if p.acks != nil {
			p.acks.Add(b)
		}
		p.flight.add()
		p.stir()
		p.Stats.read(b)
		filled <- b
	}
}

// fill collects records until the batch is full, or has waited long enough: while
// something is in flight. When the sender is idle and all there is was read, the batch goes at
// once, so a lone line is not delayed. Right behind one look there is no other: see pace.
func (p *Pipeline) fill(ctx context.Context, b *record.Batch) {
	limits := p.pool.Limits()
	var waited <-chan time.Time
	var paused time.Duration // before the look that found the first of them
	trim := time.NewTimer(p.quiet)
	defer trim.Stop()
	for {
		left := p.pace.left(time.Now())
		if left <= 0 {
			had := len(b.Records)
			more := p.reader.Fill(b, limits)
			p.pace.found(len(b.Records)-had, large(b, limits))
			switch {
			case full(b, limits), more && !empty(b):
				return // there is more, and the reader sees no room for it
			case more && ctx.Err() == nil:
				continue
			case empty(b):
				paused = 0
			default:
				p.pace.looked(time.Now())
				left = p.pace.left(time.Now())
			}
		}
		ready, landed := p.reader.Ready(), p.flight.landed
		var pause <-chan time.Time
		if left > 0 {
			timer := time.NewTimer(left)
			defer timer.Stop()
			ready, pause = nil, timer.C
		}
		switch {
		case empty(b):
			landed = nil
			paused += max(left, 0)
		case p.flight.idle():
			return
		case waited == nil:
			timer := time.NewTimer(p.sender.conf.Batch.Wait.Std() - paused)
			defer timer.Stop()
			waited = timer.C
		}
		select {
		case <-ready:
		case <-pause:
		case <-landed:
		case <-waited:
			return
		case <-trim.C:
			p.pool.Trim()
			if wait := p.giveBack(time.Now()); wait > 0 {
				trim.Reset(wait)
			}
		case <-ctx.Done():
			return
		}
	}
}

// empty tells whether nothing was put into b. A segment can be left without a record.
func empty(b *record.Batch) bool { return len(b.Records)+len(b.Segments) == 0 }

func full(b *record.Batch, l record.Limits) bool { return large(b, l) || len(b.Segments) >= l.Segments }

// large tells whether b has as many bytes or lines as it may, not only as many files.
func large(b *record.Batch, l record.Limits) bool {
	return len(b.Buf) >= l.Bytes || len(b.Records) >= l.Lines
}

// parse: lines -> records -> encoded body. This is where the cores are used;
// each worker has its own parser, encoder and compressor. The stages of a source that
// come after its parser (time, fields) belong to the parser here.
func (p *Pipeline) parse(filled <-chan *record.Batch, encoded chan<- *record.Batch) error {
	parser, body := p.parser.Clone(), newBodyMaker(p.sender)
	for b := range filled {
		p.busy.begin(b, "parsing")
		parser.Parse(b)
		p.Stats.parsed(b)
		if b.Shadowed != "" {
			p.shadowed.Do(func() { p.warnShadowed(b.Shadowed) })
		}
		body.make(b)
		p.busy.end(b)
		encoded <- b
	}
	return nil
}

// warnShadowed says that an expression or a template may have meant a field.
func (p *Pipeline) warnShadowed(name string) {
	p.log.Warn("ambiguous: an expression or template uses a name that lines have a field of, too; it means what the agent knows of the record, not the field: "+
		"write fields[\""+name+"\"] for that, in a template {fields."+name+"}", "name", name)
}

// deliver: encoded body -> forwarder -> acknowledgement. It holds its batch until
// every record of it is delivered or in quarantine, however long that takes, or until only records are
// left that have to wait while others go on: see lot.go. A batch
// of which the configuration left nothing is acknowledged at once.
func (p *Pipeline) deliver(hard context.Context, encoded <-chan *record.Batch, lot *deliver.Lot) error {
	d := p.newDeliverer()
	d.WaitIn(lot)
	for b := range encoded {
		outcome, err := d.Deliver(hard, b)
		if errors.Is(err, deliver.ErrWaits) {
			continue
		}
		if err != nil {
			p.giveUp(b)
			continue
		}
		p.acknowledge(b, outcome)
	}
	return nil
}

func (p *Pipeline) newDeliverer() *deliver.Deliverer {
	return deliver.NewDeliverer(p.sender.Pool, p.sender.NewEncoder, p.sender.NewCompressor, p.quarantine)
}

// acknowledge: acknowledgement -> checkpoint. The tracker releases, per stream,
// the oldest unbroken run; only that moves a cursor.
func (p *Pipeline) acknowledge(b *record.Batch, outcome deliver.Outcome) {
	p.note(b, outcome)
	p.finish(b, true)
}

// note tells who counts what became of b.
func (p *Pipeline) note(b *record.Batch, outcome deliver.Outcome) {
	p.busy.begin(b, "acknowledging")
	if p.acks != nil {
		p.acks.Done(b, outcome.Segments)
	}
	p.busy.end(b)
	p.Stats.delivered(b, outcome)
}

// released is called by the tracker, in rising order for each stream.
func (p *Pipeline) released(s *record.Stream, pos record.Position, sum ack.Outcome) {
	p.cursors.Advance(s.ID, pos, sum.Delivered, sum.Quarantined, sum.Dropped)
	p.reader.(readers.Resumable).Advance(s, pos)
}

// giveUp returns a batch that could not be delivered before the agent had to
// stop. Nothing of it is acknowledged, so it is read again after the restart.
func (p *Pipeline) giveUp(b *record.Batch) {
	p.abandon(b)
	p.finish(b, false)
}

func (p *Pipeline) abandon(b *record.Batch) {
	if p.acks != nil {
		p.acks.Abandon(b)
	}
}

func (p *Pipeline) finish(b *record.Batch, delivered bool) {
	p.reader.Done(b, delivered)
	p.pool.Put(b)
	p.flight.done()
}
