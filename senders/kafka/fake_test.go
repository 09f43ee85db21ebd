package kafka

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"logskiff/conf"
	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/encode"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long what must happen may take, on a machine however slow.
const patience = 30 * time.Second

// fake is a cluster in this process whose answers can be told.
type fake struct {
	*kfake.Cluster
	t *testing.T

	mu       sync.Mutex
	produced int // requests
	// answers, if not nil, is asked for the answer to each batch; "" takes it. hangs: there is no answer.
	judge func(topic string, partition int32, n int) *told
	lose  bool // connections are closed in the place of answers
	hang  chan struct{}
	deny  bool // producers get no id
}

// told is what a partition is answered.
type told struct {
	err     *kerr.Error
	records []int  // that are at fault
	message string // beside the code
}

func newFake(t *testing.T, o ...kfake.Opt) *fake {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.AllowAutoTopicCreation(), kfake.DefaultNumPartitions(1)}, o...)...)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{Cluster: c, t: t}
	t.Cleanup(func() {
		f.unhang()
		c.Close()
	})
	c.ControlKey(int16(kmsg.Produce), f.control)
	c.ControlKey(int16(kmsg.InitProducerID), f.controlProducers)
	return f
}

func (f *fake) control(r kmsg.Request) (kmsg.Response, error, bool) { //nolint:revive // the order is kfake's
	f.KeepControl()
	f.mu.Lock()
	f.produced++
	judge, lose, hang := f.judge, f.lose, f.hang
	f.mu.Unlock()
	if hang != nil {
		f.SleepControl(func() { <-hang })
		return nil, errors.New("given up"), true
	}
	if lose {
		return nil, errors.New("the connection breaks"), true
	}
	if judge == nil {
		return nil, nil, false
	}
	q := r.(*kmsg.ProduceRequest)
	answer := q.ResponseKind().(*kmsg.ProduceResponse)
	all := false
	for i := range q.Topics {
		t := kmsg.NewProduceResponseTopic()
		t.Topic, t.TopicID = q.Topics[i].Topic, q.Topics[i].TopicID
		for _, p := range q.Topics[i].Partitions {
			name := t.Topic
			if info := f.TopicIDInfo(t.TopicID); name == "" && info != nil {
				name = info.Topic
			}
			one := kmsg.NewProduceResponseTopicPartition()
			one.Partition = p.Partition
			if a := judge(name, p.Partition, countIn(p.Records)); a != nil {
				all = true
				one.ErrorCode = a.err.Code
				if a.message != "" {
					one.ErrorMessage = &a.message
				}
				for _, n := range a.records {
					e := kmsg.NewProduceResponseTopicPartitionErrorRecord()
					e.RelativeOffset = int32(n)
					one.ErrorRecords = append(one.ErrorRecords, e)
				}
			}
			t.Partitions = append(t.Partitions, one)
		}
		answer.Topics = append(answer.Topics, t)
	}
	if !all {
		return nil, nil, false
	}
	return answer, nil, true
}

func countIn(batch []byte) int {
	var b kmsg.RecordBatch
	if b.ReadFrom(batch) != nil {
		return 0
	}
	return int(b.NumRecords)
}

func (f *fake) set(judge func(topic string, partition int32, n int) *told) {
	f.unhang()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.judge, f.lose, f.deny = judge, false, false
}

func (f *fake) denyProducers() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deny = true
}

func (f *fake) controlProducers(r kmsg.Request) (kmsg.Response, error, bool) { //nolint:revive // the order is kfake's
	f.KeepControl()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.deny {
		return nil, nil, false
	}
	f.produced++
	answer := r.ResponseKind().(*kmsg.InitProducerIDResponse)
	answer.ErrorCode = kerr.ClusterAuthorizationFailed.Code
	return answer, nil, true
}

// count returns how many records a topic holds.
func (f *fake) count(topic string) (n int) {
	for _, p := range f.PartitionInfos(topic) {
		n += int(p.HighWatermark)
	}
	return n
}

func header(r *kgo.Record, name string) string {
	for _, h := range r.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

func (f *fake) unhang() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hang != nil {
		close(f.hang)
		f.hang = nil
	}
}

func always(err *kerr.Error) func(string, int32, int) *told {
	return func(string, int32, int) *told { return &told{err: err} }
}

func (f *fake) attempts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.produced
}

// sender builds what is tested.
func (f *fake) sender(change func(*Config)) *endpoint {
	f.t.Helper()
	cfg := Default()
	cfg.Brokers, cfg.Topic, cfg.AutoCreate = f.ListenAddrs(), "logs", true
	cfg.Timeout = conf.Duration(patience)
	if change != nil {
		change(&cfg)
	}
	e, err := build(cfg, Env{Log: slog.New(slog.DiscardHandler), Version: "1.2.3+test"})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = e.Close() })
	return e
}

// stored returns what a topic holds, all partitions, until there are n records or none comes any more.
func (f *fake) stored(topics []string, n int, o ...kgo.Opt) []*kgo.Record {
	f.t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(f.ListenAddrs()...), kgo.ConsumeTopics(topics...), kgo.FetchMaxWait(50 * time.Millisecond)}, o...)...)
	if err != nil {
		f.t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	var all []*kgo.Record
	for len(all) < n {
		got := c.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			f.t.Fatalf("%d of %d records are stored", len(all), n)
		}
		all = append(all, got.Records()...)
	}
	return all
}

// batchOf returns lines of a stream, as JSON objects where they are some.
func batchOf(stream byte, lines ...string) *record.Batch {
	b := &record.Batch{ReadAt: 1_700_000_000_000_000_000}
	s := &record.Stream{ID: record.StreamID{stream}, Path: "/var/log/a.log", Origin: &record.Origin{Host: "web-1", Source: "nginx"}}
	seg := record.Segment{Stream: s, N: len(lines)}
	for _, line := range lines {
		r := record.Record{Offset: seg.End, Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(line))}, Size: uint32(len(line) + 1)}
		if strings.HasPrefix(line, "{") {
			r.Kind = record.Object
		}
		b.Buf = append(b.Buf, line...)
		b.Records = append(b.Records, r)
		seg.End += int64(len(line) + 1)
	}
	b.Segments = []record.Segment{seg}
	return b
}

// payloadOf returns a body of a sender's values.
func payloadOf(t *testing.T, e *endpoint, b *record.Batch) *senders.Payload {
	t.Helper()
	var enc senders.Marking
	switch v, err := e.cfg.valueTemplate(); {
	case err != nil:
		t.Fatal(err)
	case v != nil:
		enc = newTemplateValues(v).(senders.Marking)
	case e.cfg.Value == valueRaw:
		enc = rawValues{}
	default:
		enc = encode.NewNDJSON(e.cfg.Repeat).(senders.Marking)
	}
	body, ends := enc.AppendMarked(nil, nil, b, 0, len(b.Records))
	return &senders.Payload{Body: body, Ends: ends, ContentType: enc.ContentType(), Batch: b, Last: len(b.Records)}
}

func texts(all []*kgo.Record) string {
	var lines []string
	for _, r := range all {
		lines = append(lines, string(r.Value))
	}
	return strings.Join(lines, "\n")
}
