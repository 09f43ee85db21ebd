package sendertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/senders"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client stands for a library with a goroutine and a queue of its own, such as those for message
// brokers: what was given to it cannot be taken back, and no context ends it.
type client struct {
	queue chan produced
	stuck chan struct{} // closed when it goes on; nil: it works
	ended chan struct{}

	mu    sync.Mutex
	taken [][]byte
	fail  error
}

type produced struct {
	body []byte
	done func(error)
}

func newClient() *client {
	c := &client{queue: make(chan produced, 100), ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		for p := range c.queue {
			c.mu.Lock()
			stuck, fail := c.stuck, c.fail
			c.mu.Unlock()
			if stuck != nil {
				<-stuck
			}
			if fail == nil {
				c.mu.Lock()
				c.taken = append(c.taken, p.body)
				c.mu.Unlock()
			}
			p.done(fail)
		}
	}()
	return c
}

func (c *client) set(stuck chan struct{}, fail error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stuck, c.fail = stuck, fail
}

// broker is the endpoint around it: what a sender has to do to keep the contract.
type broker struct {
	client   *client
	attempts atomic.Int64

	mu     sync.Mutex
	closed bool
}

func (b *broker) Name() string { return "broker:9092" }

func (b *broker) Send(ctx context.Context, p *senders.Payload) senders.Result {
	retry := func(err error) senders.Result { return senders.Result{Class: senders.Retry, Reason: err.Error()} }
	if err := ctx.Err(); err != nil {
		return retry(err)
	}
	answer := make(chan error, 1)
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return retry(errors.New("the client is closed"))
	}
	b.client.queue <- produced{bytes.Clone(p.Body), func(err error) { answer <- err }}
	b.mu.Unlock()
	b.attempts.Add(1)
	select {
	case err := <-answer:
		if err != nil {
			return retry(err)
		}
		return senders.Result{Class: senders.Delivered}
	case <-ctx.Done():
		return retry(fmt.Errorf("not known: %w", ctx.Err()))
	}
}

func (b *broker) Close() error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		return nil
	}
	close(b.client.queue)
	select {
	case <-b.client.ended:
		return nil
	case <-time.After(100 * time.Millisecond): // senders.CloseTime
		return errors.New("the client does not end")
	}
}

func (b *broker) Check(_ context.Context, say func(string)) error {
	say("nothing was sent")
	return nil
}

func TestABrokersClientKeepsTheContract(t *testing.T) {
	Run(t, func(t *testing.T) Fixture {
		b := &broker{client: newClient()}
		on := make(chan struct{})
		t.Cleanup(func() {
			close(on)
			_ = b.Close()
			<-b.client.ended
		})
		stick := func() { b.client.set(on, nil) }
		return Fixture{
			Endpoint: b,
			Received: func() [][]byte {
				b.client.mu.Lock()
				defer b.client.mu.Unlock()
				return slices.Clone(b.client.taken)
			},
			Attempts: func() int { return int(b.attempts.Load()) },
			Answers: map[senders.Class]func(){
				senders.Delivered: func() { b.client.set(nil, nil) },
				senders.Retry:     func() { b.client.set(nil, errors.New("not the leader")) },
			},
			Hang:  stick,
			Stick: stick,
		}
	})
}
