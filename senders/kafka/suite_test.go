package kafka

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"

	"logskiff/senders"
	"logskiff/senders/encode"
	"logskiff/senders/sendertest"
)

// suited is an endpoint for the suite: it can send each record to a topic of its own.
type suited struct {
	*endpoint
	apart *endpoint // topics by offset
	mu    sync.Mutex
	split bool
	place map[string]int // of the record that a topic has
}

func (s *suited) Send(ctx context.Context, p *senders.Payload) senders.Result {
	s.mu.Lock()
	split := s.split
	for i := p.First; split && i < p.Last; i++ {
		s.place[fmt.Sprintf("t-%d", p.Batch.Records[i].Offset)] = i - p.First
	}
	s.mu.Unlock()
	if split {
		return s.apart.Send(ctx, p)
	}
	return s.endpoint.Send(ctx, p)
}

func TestContract(t *testing.T) {
	sendertest.Run(t, func(t *testing.T) sendertest.Fixture {
		f := newFake(t)
		s := &suited{
			endpoint: f.sender(nil), apart: f.sender(func(c *Config) { c.Topic = "t-{offset}" }), place: map[string]int{},
		}
		return sendertest.Fixture{
			Endpoint:   s,
			NewEncoder: func() senders.Encoder { return encode.NewNDJSON(nil) },
			Attempts:   f.attempts,
			Received:   func() [][]byte { return f.bodies() },
			Answers: map[senders.Class]func(){
				senders.Delivered: func() { f.set(nil) },
				senders.Retry:     func() { f.set(nil); f.mu.Lock(); f.lose = true; f.mu.Unlock() },
				senders.Held:      func() { f.set(always(kerr.ClusterAuthorizationFailed)); f.denyProducers() },
			},
			ByRecord: func(judge func(place int) senders.Item) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.split = true
				f.set(func(topic string, _ int32, _ int) *told {
					switch judge(s.place[topic]).Class {
					case senders.Refused:
						return &told{err: kerr.InvalidRecord, records: []int{0}, message: "so"}
					case senders.Retry:
						return &told{err: kerr.NotEnoughReplicas}
					case senders.Held:
						return &told{err: kerr.TopicAuthorizationFailed}
					case senders.Throttled:
						return &told{err: kerr.ThrottlingQuotaExceeded}
					}
					return nil
				})
			},
			Hang: func() {
				f.set(nil)
				f.mu.Lock()
				defer f.mu.Unlock()
				f.hang = make(chan struct{})
			},
		}
	})
}

// bodies returns what is stored as the bodies that it came in, of which each has a stream of its own.
func (f *fake) bodies() [][]byte {
	f.t.Helper()
	n := f.count("logs")
	if n == 0 {
		return nil
	}
	byStream := map[string][]byte{}
	for _, r := range f.stored([]string{"logs"}, n) {
		id := header(r, "stream")
		byStream[id] = append(append(byStream[id], r.Value...), '\n')
	}
	var all [][]byte
	for _, body := range byStream {
		all = append(all, body)
	}
	return all
}
