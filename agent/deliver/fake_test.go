package deliver

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/encode"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is an endpoint whose answers a test decides.
type fake struct {
	name   string
	answer func(ctx context.Context, body string) senders.Result // nil: all is delivered

	mu   sync.Mutex
	sent []string // bodies, also those not delivered
	took []string // lines delivered
	at   []time.Time
}

func (f *fake) Name() string { return f.name }
func (f *fake) Close() error { return nil }

func (f *fake) Send(ctx context.Context, p *senders.Payload) senders.Result {
	body := string(p.Body)
	f.mu.Lock()
	f.sent, f.at = append(f.sent, body), append(f.at, time.Now())
	answer := f.answer
	f.mu.Unlock()
	var r senders.Result
	if answer != nil {
		r = answer(ctx, body)
	}
	if r.Class == senders.Delivered {
		f.mu.Lock()
		f.took = append(f.took, strings.Split(strings.TrimSuffix(body, "\n"), "\n")...)
		f.mu.Unlock()
	}
	return r
}

func (f *fake) answerWith(a func(ctx context.Context, body string) senders.Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = a
}

func (f *fake) bodies() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.sent...)
}

func (f *fake) lines() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.took...)
}

// always answers every body the same.
func always(c senders.Class, why string) func(context.Context, string) senders.Result {
	return func(context.Context, string) senders.Result { return senders.Result{Class: c, Reason: why} }
}

// refusing refuses bodies that hold the text.
func refusing(text string) func(context.Context, string) senders.Result {
	return func(_ context.Context, body string) senders.Result {
		if strings.Contains(body, text) {
			return senders.Result{Class: senders.Refused, Status: 400, Reason: "400: no " + text}
		}
		return senders.Result{}
	}
}

func newPool(strategy senders.Strategy, inFlight int, fakes ...*fake) *Pool {
	var all []senders.Endpoint
	for i, f := range fakes {
		f.name = fmt.Sprintf("fake-%d", i+1)
		all = append(all, f)
	}
	return NewPool("test", all, PoolOptions{
		Strategy: strategy, MaxInFlight: inFlight, Log: slog.New(slog.DiscardHandler),
		Random: func() float64 { return 0.5 }, // the middle of the jitter: no jitter
	})
}

func newQuarantine(t *testing.T) *Quarantine {
	t.Helper()
	q, err := OpenQuarantine(t.TempDir(), "src/dst", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func newDeliverer(p *Pool, q *Quarantine) *Deliverer {
	return NewDeliverer(p, encode.NewLines, encode.NewNone, q)
}

// newBatch returns a batch of one segment, encoded as plain lines.
func newBatch(lines ...string) *record.Batch {
	b := &record.Batch{}
	addSegment(b, &record.Stream{ID: record.StreamID{1}, Path: "/var/log/a.log"}, 1000, lines...)
	return b
}

func addSegment(b *record.Batch, s *record.Stream, start int64, lines ...string) {
	seg := record.Segment{Stream: s, Start: start, End: start, First: len(b.Records), N: len(lines)}
	for _, l := range lines {
		text := record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(l))}
		b.Buf = append(b.Buf, l...)
		b.Records = append(b.Records, record.Record{Offset: seg.End, Text: text, Size: uint32(len(l) + 1)})
		seg.End += int64(len(l) + 1)
	}
	b.Segments = append(b.Segments, seg)
	b.Body = encode.NewLines().Append(nil, b, 0, len(b.Records))
}

// numbered returns n lines; those in bad say so.
func numbered(n int, bad func(i int) bool) []string {
	var lines []string
	for i := range n {
		l := fmt.Sprintf("line %d", i)
		if bad(i) {
			l += " BAD"
		}
		lines = append(lines, l)
	}
	return lines
}

func checkLedger(t *testing.T, b *record.Batch, o Outcome) {
	t.Helper()
	if o.Delivered+o.Quarantined != len(b.Records) {
		t.Errorf("%d records delivered and %d quarantined of %d", o.Delivered, o.Quarantined, len(b.Records))
	}
	for i, p := range o.Segments {
		if s := b.Segments[i]; p.Delivered+p.Quarantined != s.End-s.Start {
			t.Errorf("segment %d: %+v does not add up to %d", i, p, s.End-s.Start)
		}
	}
}

func checkLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("%s: got %d lines, want %d\n%.400s", what, len(got), len(want), bytes.TrimSpace([]byte(g)))
	}
}
