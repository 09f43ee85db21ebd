package kafka

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"logskiff/senders"
)

// unsure makes the next n produce requests be stored and answered as if nobody knew.
func (f *fake) unsure(n int) {
	f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.RequestTimedOut, Count: n})
}

// What a broker has, though it did not say so, is not stored again.
func TestWhatMayBeStoredIsSentUnderTheSameNumbers(t *testing.T) {
	for _, partitions := range []int32{1, 3} {
		f := newFake(t, kfake.SeedTopics(partitions, "logs"))
		e := f.sender(nil)
		delivered(t, e, batchOf(9, "before"))
		b := batchOf(1, lines(1000, "line %d")...)
		f.unsure(2)
		for i := range 2 {
			r := send(t, e, b)
			if len(r.Items) != 1000 || r.Items[0].Class != senders.Retry || !strings.HasPrefix(r.Items[0].Key, "logs/") || r.Items[0].Status != 7 {
				t.Fatalf("%d: got %+v", i, r)
			}
		}
		if n := f.count("logs"); n != 1001 {
			t.Fatalf("the fake stored %d, want the unsure ones", n)
		}
		delivered(t, e, batchOf(2, "another, meanwhile"))
		delivered(t, e, b)
		delivered(t, e, batchOf(3, "after"))
		if n := f.count("logs"); n != 1003 {
			t.Errorf("%d records are stored, want 1003: %d repeats", n, n-1003)
		}
	}
}

// Without that, what comes next could be refused for ever, or taken for what was sent before.
func TestOtherRecordsAfterWhatIsInDoubtAreStored(t *testing.T) {
	f := newFake(t)
	e := f.sender(nil)
	f.unsure(1)
	if r := send(t, e, batchOf(1, "a", "b", "c")); len(r.Items) != 3 {
		t.Fatalf("got %+v", r)
	}
	e.lanes.free[0].doubts[place{"logs", 0}] = doubt{first: identity{stream: [16]byte{2}}, n: 2, sequence: 0} // the lane is the one for what comes
	delivered(t, e, batchOf(2, "d"))
	if l := e.lanes.free[0]; l.epoch != 1 || len(l.doubts) != 0 || len(e.lanes.free) != 1 {
		t.Errorf("epoch %d, %d doubts, %d lanes", l.epoch, len(l.doubts), len(e.lanes.free))
	}
	delivered(t, e, batchOf(2, "e"))
	if got := texts(f.stored([]string{"logs"}, 5)); !strings.HasSuffix(strings.ReplaceAll(got, "\n", ""), `{"_offset":0,"message":"d"}{"_offset":0,"message":"e"}`) {
		t.Errorf("got %s", got)
	}
}

func TestABrokerThatForgotTheNumbersTakesOthers(t *testing.T) {
	f := newFake(t)
	e := f.sender(nil)
	delivered(t, e, batchOf(1, "a"))
	for _, err := range []*kerr.Error{kerr.OutOfOrderSequenceNumber, kerr.UnknownProducerID, kerr.InvalidProducerEpoch} {
		f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: err, Count: 1})
		delivered(t, e, batchOf(2, "b"))
	}
	f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.OutOfOrderSequenceNumber, Count: 2})
	if r := send(t, e, batchOf(3, "c")); len(r.Items) != 1 || r.Items[0].Class != senders.Retry {
		t.Errorf("got %+v", r)
	}
	if n := f.count("logs"); n != 4 {
		t.Errorf("%d of 4 are stored", n)
	}
}

// What a context ends is in doubt, too.
func TestWhatWasGivenUpIsRecognisedLater(t *testing.T) {
	f := newFake(t)
	e := f.sender(nil)
	delivered(t, e, batchOf(9, "before"))
	f.mu.Lock()
	f.hang = make(chan struct{})
	f.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for f.attempts() < 2 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	b := batchOf(1, "a", "b")
	if r := e.Send(ctx, payloadOf(t, e, b)); r.Class != senders.Retry || r.Reason == "" {
		t.Fatalf("got %+v", r)
	}
	if l := e.lanes.free[0]; len(l.doubts) != 1 || !l.knows(identityOf(b, 0)) {
		t.Errorf("doubts: %v", l.doubts)
	}
	f.set(nil)
	delivered(t, e, b)
	if n := f.count("logs"); n != 3 {
		t.Errorf("%d of 3 are stored", n)
	}
}

func TestNumbersBeginAgainBehindTheLargest(t *testing.T) {
	if behind(math.MaxInt32, 1) != 0 || behind(math.MaxInt32-1, 3) != 1 || behind(5, 3) != 8 {
		t.Error("they do not")
	}
	l := newLane()
	l.begin(7, math.MaxInt16)
	if l.renew(); l.producer != -1 {
		t.Error("an epoch follows the last one")
	}
}

func TestLanesAreLentByWhatTheyAreInDoubtAbout(t *testing.T) {
	var s lanes
	doubtful := func(n byte) identity { return identity{stream: [16]byte{n}} }
	for i := range byte(maxLanes + 5) {
		l := s.take(doubtful(i))
		l.doubts[place{"t", 0}] = doubt{first: doubtful(i)}
		s.give(l)
	}
	if len(s.free) != maxLanes {
		t.Fatalf("%d lanes are kept", len(s.free))
	}
	if l := s.take(doubtful(40)); !l.knows(doubtful(40)) {
		t.Error("another lane was lent")
	}
	if l := s.take(doubtful(200)); l.knows(doubtful(200)) || len(l.doubts) != 0 {
		t.Error("a lane in doubt was lent though there was room for a new one")
	}
}
