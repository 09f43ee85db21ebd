package agent

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/agent/ack"
	"logskiff/agent/deliver"
	"logskiff/conf"
	"logskiff/parsers"
	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/sendertest"
)

// endless hands out batches of ten lines of one stream, the last of each for a topic that nobody knows yet.
type endless struct {
	*scripted
	stream *record.Stream
	at     int64
	left   int
	mu     sync.Mutex
	out    map[*record.Batch]bool
	done   [2]int // given up, delivered
}

func (e *endless) Fill(b *record.Batch, l record.Limits) bool {
	if e.left == 0 {
		return false
	}
	e.left--
	seg := record.Segment{Stream: e.stream, Start: e.at, N: 10}
	for i := range 10 {
		text := fmt.Sprintf("line %d", e.at)
		if i == 9 {
			text += " for the unknown topic"
		}
		b.Records = append(b.Records, record.Record{Offset: e.at, Size: uint32(len(text) + 1), Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(text))}})
		b.Buf = append(b.Buf, text...)
		e.at += int64(len(text) + 1)
	}
	seg.End = e.at
	b.Segments = append(b.Segments, seg)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.out[b] {
		panic("BUG: the same batch came twice, and was not done")
	}
	e.out[b] = true
	return true
}

func (e *endless) Done(b *record.Batch, delivered bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.out[b] {
		panic("BUG: a batch is done that is not out")
	}
	delete(e.out, b)
	if delivered {
		e.done[1]++
	} else {
		e.done[0]++
	}
}

// waitingPipeline runs a pipeline of four batches over 300 of them.
func waitingPipeline(t *testing.T, known *atomic.Bool) (p *Pipeline, r *endless, dest *sendertest.Destination, released func() int64) {
	dest = &sendertest.Destination{Label: "dest", Judge: func(text string) senders.Item {
		if strings.Contains(text, "unknown") && !known.Load() {
			return senders.Item{Class: senders.Held, Key: "unknown", Reason: "UNKNOWN_TOPIC"}
		}
		return senders.Item{}
	}}
	log := slog.New(slog.DiscardHandler)
	q, err := deliver.OpenQuarantine(t.TempDir(), "p", log)
	if err != nil {
		t.Fatal(err)
	}
	r = &endless{scripted: newScripted(), stream: &record.Stream{ID: record.StreamID{1}, Path: "/a"}, left: 300, out: map[*record.Batch]bool{}}
	var at atomic.Int64
	p = &Pipeline{
		Name: "p", log: log, reader: r, parser: parsers.NewRaw(), quarantine: q, flight: newFlight(), quiet: time.Minute,
		giveBack: func(time.Time) time.Duration { return 0 }, stir: func() {},
		pool: record.NewPool(4, record.Limits{Bytes: 1 << 20, Lines: 10, Segments: 5}),
		acks: ack.New(func(_ *record.Stream, pos record.Position, _ ack.Outcome) { at.Store(pos.Offset) }),
		sender: &Sender{
			Sender: &senders.Sender{NewEncoder: encode.NewLines, NewCompressor: encode.NewNone},
			conf:   conf.Sender{MaxInFlight: 2, Batch: conf.Batch{Wait: conf.Duration(200 * time.Millisecond)}},
			Pool:   deliver.NewPool("s", []senders.Endpoint{dest}, deliver.PoolOptions{MaxInFlight: 2, Log: log}),
		},
	}
	return p, r, dest, at.Load
}

// Far more batches than there is memory for wait for a topic, and all other lines go on; nothing is acknowledged
// behind the first line that waits.
func TestAPipelineGoesOnWhileLinesOfOneTopicWait(t *testing.T) {
	for _, appears := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var known atomic.Bool
			p, r, dest, released := waitingPipeline(t, &known)
			soft, stop := context.WithCancel(t.Context())
			hard, kill := context.WithCancel(t.Context())
			defer kill()
			var run sync.WaitGroup
			run.Go(func() {
				if err := p.Run(soft, hard); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			if n := len(dest.Took()); n != 2700 || released() != 0 {
				t.Errorf("%d of 2700 lines of other topics are delivered, released up to %d", n, released())
			}
			if q := p.quarantine; q.Waiting() == "" || p.lot.Load().Held() < 300*100 {
				t.Errorf("shown: %q, %d bytes", q.Waiting(), p.lot.Load().Held())
			}
			if why, _ := p.quarantine.Problem(); why != "" {
				t.Errorf("held: %s", why)
			}
			if out, _ := p.pool.Out(); out > 1 || !p.flight.idle() {
				t.Errorf("%d batches are out", out)
			}
			known.Store(appears)
			began := time.Now()
			stop()
			run.Wait()
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the stop took %v: what waits for a person is not waited for", took)
			}
			switch {
			case len(r.out) != 0:
				t.Errorf("%d batches were never done", len(r.out))
			case appears && (released() != r.at || r.done != [2]int{0, 300} || p.Stats.DeliveredLines.Load() != 3000):
				t.Errorf("released to %d of %d, %v", released(), r.at, r.done)
			case !appears && (released() != 0 || r.done != [2]int{300, 0}):
				t.Errorf("released to %d, %v", released(), r.done)
			}
		})
	}
}
