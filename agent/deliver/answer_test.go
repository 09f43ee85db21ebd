package deliver

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/senders"
)

// An endpoint says since when it is as it is, and what came of the last attempt that was not given up by us.
func TestAnEndpointSaysItsLastAnswerAndSinceWhenItIsAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		p := newPool(senders.RoundRobin, 8, f)
		q := newQuarantine(t)
		began := time.Now()
		is := func(what string, state State, since, at time.Duration, class senders.Class, status int) {
			t.Helper()
			s := p.Status()[0]
			if s.State != state || s.Since.Sub(began) != since {
				t.Errorf("%s: it is %s since %v", what, s.State, s.Since.Sub(began))
			}
			if at >= 0 && (s.Last.At.Sub(began) != at || s.Last.Class != class || s.Last.Status != status) || at < 0 && !s.Last.At.IsZero() {
				t.Errorf("%s: the last answer is %+v, at %v", what, s.Last, s.Last.At.Sub(began))
			}
		}
		is("before the first", Healthy, 0, -1, 0, 0)
		deliver := func(ctx context.Context) { newDeliverer(p, q).Deliver(ctx, newBatch("x")) } //nolint:errcheck // what came of it is asked for
		time.Sleep(time.Second)
		deliver(t.Context())
		is("delivered", Healthy, 0, time.Second, senders.Delivered, 0)
		f.answerWith(func(context.Context, string) senders.Result {
			time.Sleep(200 * time.Millisecond)
			return senders.Result{Class: senders.Retry, Status: 500, Reason: "oops"}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		deliver(ctx)
		is("failed", Waiting, 1200*time.Millisecond, 1200*time.Millisecond, senders.Retry, 500)
		if s := p.Status()[0]; s.Last.Took != 200*time.Millisecond || s.Last.Reason != "oops" {
			t.Errorf("it took %v and said %q", s.Last.Took, s.Last.Reason)
		}
		f.answerWith(nil)
		deliver(t.Context())
		since := p.Status()[0].Since.Sub(began)
		is("recovered", Healthy, since, since, senders.Delivered, 0)
		if since < 1800*time.Millisecond {
			t.Errorf("it recovered after %v", since)
		}
		f.answerWith(func(ctx context.Context, _ string) senders.Result {
			<-ctx.Done()
			return senders.Result{Class: senders.Retry, Reason: "we gave up"}
		})
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		deliver(ctx)
		is("given up by us", Healthy, since, since, senders.Delivered, 0)
	})
}
