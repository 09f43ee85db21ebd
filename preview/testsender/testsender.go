// Package testsender tries the senders of a configuration, step by step and without a record:
// what `test-sender` prints, and the page shows.
//
// It must not open a sender: an agent that runs may be using the same.
package testsender

import (
	"context"
	"fmt"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/senders"
)

// Tried is what came of trying one endpoint.
type Tried struct {
	Sender   string   `json:"sender"`
	Endpoint string   `json:"endpoint"` // "" when the sender could not be built
	Steps    []string `json:"steps,omitempty"`
	Problem  string   `json:"problem,omitempty"` // why it would not take a batch; "": nothing is known to be wrong
}

// Run tries all endpoints of a sender, one after another, each for at most limit, and tells each
// when that is over. It fails only when ctx ends.
func Run(ctx context.Context, c conf.Sender, env kinds.SenderEnv, limit time.Duration, each func(Tried)) error {
	s, err := kinds.BuildSender(c.Plugin, env)
	if err != nil {
		each(Tried{Sender: c.Name, Problem: fmt.Sprintf("cannot build it: %v", err)})
		return nil
	}
	for _, e := range s.Endpoints {
		t := try(ctx, e, limit)
		if err = ctx.Err(); err != nil {
			break
		}
		t.Sender = c.Name
		each(t)
	}
	if closed := s.Close(); err == nil && closed != nil {
		err = fmt.Errorf("cannot close sender %q: %w", c.Name, closed)
	}
	return err
}

func try(ctx context.Context, e senders.Endpoint, limit time.Duration) Tried {
	t := Tried{Endpoint: e.Name()}
	c, ok := e.(senders.Checker)
	if !ok {
		t.Steps = []string{"this kind of sender cannot be tried without a record"}
		return t
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := c.Check(ctx, func(step string) { t.Steps = append(t.Steps, step) }); err != nil {
		t.Problem = err.Error()
	}
	return t
}
