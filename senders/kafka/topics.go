package kafka

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	metadataAge = time.Minute      // what is known of a topic is asked for again when it is this old
	topicIdle   = 10 * time.Minute // a topic that nobody asks for is forgotten
	topicsMost  = 10_000           // that are known before the idle ones are looked for
)

// topic is what brokers say of a topic. It does not change, but for what is atomic.
type topic struct {
	name    string
	id      [16]byte
	code    int16   // why it cannot be used; 0: it can
	leaders []int32 // of each partition; -1: it has none
	at      time.Time
	stale   atomic.Bool // a broker said otherwise since
	*learnt
}

// learnt is what is known of a topic beside what brokers say.
type learnt struct {
	limit atomic.Int64 // largest batch that it takes, as found out; 0: nothing was
	since time.Time    // when that began to be found out
	used  time.Time    // guarded by topics.mu
}

// topics keeps what brokers say of topics.
type topics struct {
	ask  func(ctx context.Context, r *kmsg.MetadataRequest) (*kmsg.MetadataResponse, error)
	auto bool // unknown ones may be made

	turn chan struct{} // one asks at a time
	mu   sync.Mutex
	all  map[string]*topic
}

// find returns the topics with the names, as they were known after since; older ones serve as
// long as there is no answer, unless they cannot be used. Each name stands in the result.
func (s *topics) find(ctx context.Context, names []string, since time.Time) (map[string]*topic, error) {
	found, missing := s.known(names, since)
	if len(missing) == 0 {
		return found, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if found, missing = s.known(names, since); len(missing) == 0 {
		return found, nil // somebody else asked meanwhile
	}
	if err := s.refresh(ctx, missing); err != nil {
		for _, name := range missing {
			if t := found[name]; t == nil || t.code != 0 || t.stale.Load() {
				return nil, err
			}
		}
		return found, nil
	}
	found, missing = s.known(names, time.Time{})
	for _, name := range missing {
		if found[name] == nil {
			return nil, fmt.Errorf("the brokers say nothing of topic %q, which they were asked about", name)
		}
	}
	return found, nil
}

// known returns what is known, and the names that have to be asked for.
func (s *topics) known(names []string, since time.Time) (found map[string]*topic, missing []string) {
	found = make(map[string]*topic, len(names))
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		t := s.all[name]
		if t != nil {
			t.used = now
			found[name] = t
		}
		if t == nil || t.at.Before(since) || t.stale.Load() || now.Sub(t.at) > metadataAge {
			missing = append(missing, name)
		}
	}
	return found, missing
}

// refresh asks for topics.
func (s *topics) refresh(ctx context.Context, names []string) error {
	r := kmsg.NewPtrMetadataRequest()
	r.AllowAutoTopicCreation = s.auto
	for i := range names {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &names[i]
		r.Topics = append(r.Topics, t)
	}
	began := time.Now()
	answer, err := s.ask(ctx, r)
	if err != nil {
		return err
	}
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) > topicsMost {
		for name, t := range s.all {
			if began.Sub(t.used) > topicIdle {
				delete(s.all, name)
			}
		}
	}
	for i := range answer.Topics {
		t := topicOf(&answer.Topics[i], began)
		if old := s.all[t.name]; old != nil && old.id == t.id && began.Sub(old.since) < topicIdle {
			t.learnt = old.learnt
		} else { // a limit that was raised meanwhile is found out again
			t.learnt = &learnt{since: began, used: began}
		}
		s.all[t.name] = t
	}
	return nil
}

func topicOf(said *kmsg.MetadataResponseTopic, at time.Time) *topic {
	t := &topic{id: said.TopicID, code: said.ErrorCode, at: at}
	if said.Topic != nil {
		t.name = *said.Topic
	}
	most := int32(-1)
	for _, p := range said.Partitions {
		most = max(most, p.Partition)
	}
	t.leaders = make([]int32, most+1)
	for i := range t.leaders {
		t.leaders[i] = -1
	}
	for _, p := range said.Partitions {
		if p.Partition >= 0 {
			t.leaders[p.Partition] = p.Leader
		}
	}
	if t.code == 0 && len(t.leaders) == 0 {
		t.code = kerr.LeaderNotAvailable.Code
	}
	return t
}

// largest returns how large a batch for the topic may be.
func (t *topic) largest(most int) int {
	if found := int(t.limit.Load()); found > 0 {
		return min(found, most)
	}
	return most
}
