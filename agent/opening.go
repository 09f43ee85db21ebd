package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/senders"
)

// openTime is how long a start, a reload or a stop waits for senders that are being opened: a folder may hang, or have
// gigabytes to be read back. Then it goes on without them, and they are asked for again.
const openTime = 10 * time.Second

// opening is a sender whose Open is under way. What hangs is asked once, not again and again.
type opening struct {
	conf  conf.Sender
	built *senders.Sender
	began time.Time
	until time.Time  // when others have waited long enough
	done  chan error // has room for what Open says
}

// beginOpening builds a sender and has it opened, or returns the one whose opening was begun before. The caller holds a.change.
func (a *Agent) beginOpening(ctx context.Context, c conf.Sender) (*opening, error) {
	if o := a.opening[c.Name]; o != nil {
		delete(a.opening, c.Name)
		if o.conf.Equal(c) {
			return o, nil
		}
		o.leave()
	}
	built, err := kinds.BuildSender(c.Plugin, a.senderEnv())
	if err != nil {
		return nil, fmt.Errorf("cannot build sender %q: %w", c.Name, err)
	}
	patience := a.OpenTime
	if patience == 0 {
		patience = openTime
	}
	o := &opening{conf: c, built: built, began: time.Now(), until: time.Now().Add(patience), done: make(chan error, 1)}
	if built.Open == nil {
		o.done <- nil
		return o, nil
	}
	go func() { o.done <- built.Open(ctx) }()
	return o, nil
}

// opened returns the sender when it is open. One that does not answer in time is kept in a.opening. The caller holds a.change.
func (a *Agent) opened(ctx context.Context, o *opening) (*senders.Sender, error) {
	patience := time.NewTimer(time.Until(o.until))
	defer patience.Stop()
	select {
	case err := <-o.done:
		return o.result(err)
	case <-ctx.Done():
	case <-patience.C:
	}
	select { // what is there counts, however late it is looked for
	case err := <-o.done:
		return o.result(err)
	default:
	}
	a.opening[o.conf.Name] = o
	return nil, fmt.Errorf("cannot open sender %q: it has not answered for %s", o.conf.Name, time.Since(o.began).Round(time.Second))
}

func (o *opening) result(err error) (*senders.Sender, error) {
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open sender %q: %w", o.conf.Name, err), o.built.Close())
	}
	return o.built, nil
}

// leave closes the sender when its opening has ended, which nobody waits for: no call can end one that hangs.
func (o *opening) leave() {
	go func() {
		<-o.done
		_ = o.built.Close() // nobody is interested any more
	}()
}
