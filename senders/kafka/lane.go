package kafka

import (
	"math"
	"sync"

	"logskiff/record"
)

// A lane is a producer in Kafka's sense: an id, an epoch, and for each partition a sequence of numbers by which
// brokers recognise a batch that they have (KIP-98). A Send uses one lane alone, so that no batch is on its way
// behind another of the same numbers.
//
// What a broker did with a batch may stay unknown: it did not answer, or the connection broke. Then the lane keeps the
// batch's numbers, not its bytes, and the same records get the same numbers when they come again. If others come first the
// lane takes the next epoch, by which brokers refuse what may still be on its way (KIP-360).
type lane struct {
	producer int64 // -1: it has no id yet
	epoch    int16
	next     map[place]int32
	doubts   map[place]doubt

	sorting    sorting
	out        []byte // batches of a round
	headerRoom []byte
}

// place names a partition.
type place struct {
	topic     string
	partition int32
}

// identity is that of a record.
type identity struct {
	stream record.StreamID
	offset int64
}

// doubt is a batch that a broker may have.
type doubt struct {
	first    identity
	n        int    // records
	sum      uint32 // of their compressed bytes
	sequence int32
}

func newLane() *lane {
	return &lane{producer: -1, next: map[place]int32{}, doubts: map[place]doubt{}}
}

// begin makes it a new producer.
func (l *lane) begin(producer int64, epoch int16) {
	l.producer, l.epoch = producer, epoch
	clear(l.next)
	clear(l.doubts)
}

// forget makes it one without an id: brokers do not know its numbers.
func (l *lane) forget() { l.begin(-1, 0) }

// renew takes the next epoch, in which all numbers begin again.
func (l *lane) renew() {
	if l.epoch == math.MaxInt16 {
		l.forget()
		return
	}
	l.begin(l.producer, l.epoch+1)
}

// doubted returns the doubt about a batch that begins with a record.
func (l *lane) doubted(at place, first identity) (doubt, bool) {
	d, ok := l.doubts[at]
	return d, ok && d.first == first
}

// stored notes that a broker has a batch.
func (l *lane) stored(at place, sequence int32, n int) {
	l.next[at] = behind(sequence, n)
	delete(l.doubts, at)
}

// behind returns the number behind n that begin with sequence. Behind the largest comes 0.
func behind(sequence int32, n int) int32 {
	return int32((int64(sequence) + int64(n)) & math.MaxInt32)
}

// knows says whether it is in doubt about a batch that begins with a record.
func (l *lane) knows(first identity) bool {
	for _, d := range l.doubts {
		if d.first == first {
			return true
		}
	}
	return false
}

// maxLanes bounds how many lanes are kept for what is in doubt.
const maxLanes = 64

// lanes lends them. Those that are free wait in the order in which they were used.
type lanes struct {
	mu   sync.Mutex
	free []*lane
}

// take returns the lane in doubt about what begins with first, or one that is in no doubt.
func (s *lanes) take(first identity) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := -1
	for i, l := range s.free {
		if l.knows(first) {
			at = i
			break
		}
		if len(l.doubts) == 0 {
			at = i // the one used last
		}
	}
	if at < 0 {
		if len(s.free) < maxLanes {
			return newLane()
		}
		at = 0 // in doubt for longest about what has not come again
	}
	l := s.free[at]
	s.free = append(s.free[:at], s.free[at+1:]...)
	return l
}

// give takes one back. A buffer that overlong lines made grow is not kept.
func (s *lanes) give(l *lane) {
	if cap(l.out) > 2*maxPlain {
		l.out = nil
	}
	l.sorting.reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, l)
}
